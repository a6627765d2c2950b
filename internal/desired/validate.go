// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	psaapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// validateFixed refuses what no patch may change in an object of a kind.
func validateFixed(kind kinds.Kind, before, after map[string]any) error {
	fixed := kind.FixedFields()
	for _, metadata := range kinds.MetadataFields {
		fixed = append(fixed, fixedMetadata(metadata, before, after)...)
	}
	for _, path := range fixed {
		if !reflect.DeepEqual(field(before, path), field(after, path)) {
			return fmt.Errorf("%s can't be changed by a patch; remove this change from the patch", path)
		}
	}
	return validateReserved(before, after)
}

// validateChanges refuses all changes of an object of a kind but those that a patch may make.
// Allowed are fields beside those of the table of kinds.
func validateChanges(kind kinds.Kind, allowed kinds.Paths, before, after map[string]any) error {
	for _, way := range changes(before, after) {
		if !kind.MayPatch(way, allowed) {
			path := strings.Join(kind.Field(way), ".")
			return fmt.Errorf("%s can't be changed by a patch of a %s; remove this change from the patch, or have the cluster's "+
				"administrator allow it with the operator's flag --allow-patches=%s/%s", path, kind.Kind, kind.Kind, path)
		}
	}
	return nil
}

// changes are the ways to the values in which two objects differ, in a fixed order. A list is
// one value.
func changes(before, after map[string]any) [][]string {
	names := sets.KeySet(before).Union(sets.KeySet(after))
	var ways [][]string
	for _, name := range sets.List(names) {
		a, b := before[name], after[name]
		aFields, aIsObject := a.(map[string]any)
		bFields, bIsObject := b.(map[string]any)
		switch {
		case reflect.DeepEqual(a, b):
		case (aIsObject || a == nil) && (bIsObject || b == nil) && len(aFields)+len(bFields) > 0:
			for _, way := range changes(aFields, bFields) {
				ways = append(ways, append([]string{name}, way...))
			}
		default:
			ways = append(ways, []string{name})
		}
	}
	return ways
}

// fixedMetadata are all fields of an object's metadata but its labels and
// annotations.
func fixedMetadata(path string, objects ...map[string]any) []string {
	names := map[string]bool{}
	for _, object := range objects {
		metadata, _ := field(object, path).(map[string]any)
		for name := range metadata {
			names[path+"."+name] = true
		}
	}
	delete(names, path+".labels")
	delete(names, path+".annotations")
	return slices.Sorted(maps.Keys(names))
}

// validateReserved refuses changes to the labels and annotations by which the operator finds
// its own, and to the labels by which others find out what belongs together.
func validateReserved(before, after map[string]any) error {
	for _, path := range kinds.MetadataFields {
		for name, prefixes := range map[string][]string{
			"labels":      {v1alpha1.GroupVersion.Group + "/", "app.kubernetes.io/"},
			"annotations": {v1alpha1.GroupVersion.Group + "/"},
		} {
			for _, prefix := range prefixes {
				if !reflect.DeepEqual(reserved(field(before, path+"."+name), prefix), reserved(field(after, path+"."+name), prefix)) {
					return fmt.Errorf("%s.%s under %s can't be changed by a patch; remove this change from the patch", path, name, prefix)
				}
			}
		}
	}
	return nil
}

func reserved(values any, prefix string) map[string]any {
	own := map[string]any{}
	all, _ := values.(map[string]any)
	for key, value := range all {
		if strings.HasPrefix(key, prefix) {
			own[key] = value
		}
	}
	return own
}

// field is the value at a path such as spec.selector, nil when there is none.
func field(object map[string]any, path string) any {
	// An error says that something on the way is not an object: there is no such field.
	value, _, _ := unstructured.NestedFieldNoCopy(object, strings.Split(path, ".")...)
	return value
}

// podSecurity holds the checks of Pod Security admission, those of its newest
// version.
var podSecurity = func() policy.Evaluator {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(err) // the library's own list of checks is broken
	}
	return evaluator
}()

// templateOf is the template of an object that has one, or nil.
func templateOf(object Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	default:
		return nil
	}
}

// containersOf are the names of the containers of an object's pods.
func containersOf(object Object) []string {
	template := templateOf(object)
	if template == nil {
		return nil
	}
	var names []string
	for i := range template.Spec.Containers {
		names = append(names, template.Spec.Containers[i].Name)
	}
	return names
}

// restricted refuses an object whose pods Pod Security's "restricted" would.
func restricted(object Object) error {
	template := templateOf(object)
	if template == nil {
		return nil
	}
	// Of a pod in a user namespace, the newest version allows more; an API server that knows
	// no such namespace drops the field, and runs the pod as root.
	spec := template.Spec
	spec.HostUsers = nil
	level := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	result := policy.AggregateCheckResults(podSecurity.EvaluatePod(level, &template.ObjectMeta, &spec))
	if !result.Allowed {
		return fmt.Errorf("its pods would violate Pod Security \"restricted\": %s", result.ForbiddenDetail())
	}
	return nil
}
