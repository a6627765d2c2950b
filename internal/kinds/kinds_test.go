// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Each row is consistent, and is found.
func TestRows(t *testing.T) {
	for _, k := range kinds.All() {
		t.Run(k.Kind, func(t *testing.T) {
			if found, ok := kinds.Of(k.GroupKind()); !ok || found.Plural != k.Plural {
				t.Errorf("Of finds %v", found)
			}
			if _, ok := kinds.OfCRD(k.CRD()); ok != k.Optional {
				t.Errorf("OfCRD finds it: %t", ok)
			}
			resource, _ := meta.UnsafeGuessKindToResource(k.GroupVersionKind)
			if resource.Resource != k.Plural {
				t.Errorf("the plural is %s", k.Plural)
			}
			for _, gvk := range k.WatchedWith {
				if with, ok := kinds.Of(gvk.GroupKind()); !ok || !with.Optional {
					t.Errorf("it is watched with %s, which is not optional", gvk)
				}
			}
			if _, partial := k.New().(*metav1.PartialObjectMetadata); partial {
				if got := k.New().GetObjectKind().GroupVersionKind(); got != k.GroupVersionKind {
					t.Errorf("New returns a %s", got)
				}
				if got := k.NewList().GetObjectKind().GroupVersionKind(); got.Kind != k.Kind+"List" || got.GroupVersion() != k.GroupVersion() {
					t.Errorf("NewList returns a %s", got)
				}
				return
			}
			object, list := reflect.TypeOf(k.New()).Elem(), reflect.TypeOf(k.NewList()).Elem()
			if object.Name() != k.Kind || list.Name() != k.Kind+"List" || object.PkgPath() != list.PkgPath() {
				t.Errorf("New returns a %s, NewList a %s", object, list)
			}
		})
	}
	if _, ok := kinds.Of(schema.GroupKind{Kind: "Toaster"}); ok {
		t.Error("Of finds a kind that is not in the table")
	}
}

// The golden files of what is built hold objects of the kinds that have a phase, and of
// no others.
func TestKindsWithAPhaseAreThoseThatAreBuilt(t *testing.T) {
	files, err := filepath.Glob("../desired/testdata/*.out.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files:", err)
	}
	built := sets.New[schema.GroupVersionKind]()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for document := range bytes.SplitSeq(text, []byte("---\n")) {
			var object metav1.TypeMeta
			if err := yaml.Unmarshal(document, &object); err != nil {
				t.Fatal(name, err)
			}
			if object.Kind != "" {
				built.Insert(object.GroupVersionKind())
			}
		}
	}
	applied := sets.New[schema.GroupVersionKind]()
	for _, k := range kinds.All() {
		if k.Phase != "" {
			applied.Insert(k.GroupVersionKind)
		}
	}
	for gvk := range built.Difference(applied) {
		t.Errorf("%s is built, and has no phase in the table", gvk.Kind)
	}
	for gvk := range applied.Difference(built) {
		t.Errorf("%s has a phase in the table, and no golden file holds one", gvk.Kind)
	}
}

// What is applied can be patched, but for Secrets, whose data are not among what is
// built. What is only watched can't.
func TestPatchable(t *testing.T) {
	for _, k := range kinds.All() {
		patchable := k.Phase != "" && k.GroupVersionKind != kinds.Secret
		if (len(k.Patchable) > 0) != patchable {
			t.Errorf("%s: the fields that a patch may change are %q", k.Kind, k.Patchable)
		}
		for _, path := range slices.Concat(k.Patchable, k.Fixed) {
			names := strings.Split(path, ".")
			if !slices.Equal(k.Field(names), names) {
				t.Errorf("%s has no field %s", k.Kind, path)
			}
		}
	}
}

func TestAllowedPaths(t *testing.T) {
	tests := map[string]string{ // an error by the list; none when empty
		"Service/spec.type": "",
		"Service/spec.type, ServiceAccount/metadata.annotations": "",
		"NetworkPolicy/spec.ingress,NetworkPolicy/spec.egress":   "",
		"ServiceMonitor/spec.endpoints":                          "",
		"Deployment/spec.template.spec.containers":               "",
		"":                                    "is not KIND/FIELD",
		"Service":                             "is not KIND/FIELD",
		"Service/spec.type,":                  "is not KIND/FIELD",
		"service/spec.type":                   `no object of kind "service" can be patched`,
		"Secret/data":                         `no object of kind "Secret" can be patched`,
		"Pod/spec":                            `no object of kind "Pod" can be patched`,
		"Service/":                            `Service has no field ""`,
		"Service/spec..type":                  `Service has no field "spec..type"`,
		"Service/spec.typo":                   `Service has no field "spec.typo"`,
		"Service/spec/type":                   `Service has no field "spec/type"`,
		"Service/spec.ports.0.port":           `Service has no field "spec.ports.0.port"`,
		"Service/metadata.labels.team":        `Service has no field "metadata.labels.team"`,
		"Service/metadata.name":               "of metadata, only labels and annotations can be changed by a patch",
		"Service/metadata":                    "of metadata, only labels and annotations can be changed by a patch",
		"Deployment/metadata.ownerReferences": "of metadata, only labels and annotations can be changed by a patch",
		"Deployment/spec.template.metadata.finalizers":     "of spec.template.metadata, only labels and annotations can be changed by a patch",
		"Service/spec.selector":                            "spec.selector can never be changed by a patch",
		"Service/spec":                                     "it holds spec.selector, which can never be changed by a patch; name the fields beside that",
		"Deployment/spec.selector.matchLabels":             "spec.selector can never be changed by a patch",
		"Deployment/spec.template":                         "it holds spec.template.spec.serviceAccountName, which can never",
		"Deployment/spec.template.spec.serviceAccountName": "spec.template.spec.serviceAccountName can never be changed by a patch",
		"StatefulSet/spec.replicas":                        "spec.replicas can never be changed by a patch",
		"ServiceAccount/automountServiceAccountToken":      "automountServiceAccountToken can never be changed by a patch",
		"ServiceMonitor/spec.namespaceSelector":            "spec.namespaceSelector can never be changed by a patch",
		"Service/status":                                   "status can never be changed by a patch",
		"Service/kind":                                     "kind can never be changed by a patch",
	}
	for list, want := range tests {
		err := kinds.Paths{}.Add(list)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", list, err, want)
		}
	}
}

// rules returns the rules of the first of the operator's roles in a file.
func rules(t *testing.T, name string) []rbacv1.PolicyRule {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", name))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(file, []byte("\n---\n"))
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(first, role); err != nil {
		t.Fatal(err)
	}
	return role.Rules
}

// The operator may watch each kind of the table, may write those that it applies, and
// has rights on no others but Events, which it never watches.
func TestRole(t *testing.T) {
	granted := map[schema.GroupResource]sets.Set[string]{}
	for _, rule := range slices.Concat(rules(t, "role.yaml"), rules(t, "cluster_role.yaml")) {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				gr := schema.GroupResource{Group: group, Resource: resource}
				if granted[gr] == nil {
					granted[gr] = sets.New[string]()
				}
				granted[gr].Insert(rule.Verbs...)
			}
		}
	}
	for _, k := range kinds.All() {
		gr := schema.GroupResource{Group: k.Group, Resource: k.Plural}
		want := []string{"list", "watch"}
		if k.Phase != "" {
			want = append(want, "create", "get", "patch")
		}
		if !granted[gr].HasAll(want...) {
			t.Errorf("of %s, the role grants %q, want %q", gr, sets.List(granted[gr]), want)
		}
		if k.Phase == "" && granted[gr].HasAny("create", "delete", "update") {
			t.Errorf("of %s, which is not applied, the role grants %q", gr, sets.List(granted[gr]))
		}
		delete(granted, gr)
	}
	delete(granted, schema.GroupResource{Resource: "events"})
	for gr := range granted {
		if gr.Group == v1alpha1.GroupVersion.Group && strings.Contains(gr.Resource, "/") {
			delete(granted, gr) // A part of trackers, such as their status.
		}
	}
	for gr := range granted {
		t.Errorf("the role grants rights on %s, which is not in the table", gr)
	}
}

// The operator may read the CustomResourceDefinitions of the optional kinds, and no
// others.
func TestRoleNamesTheOptionalKinds(t *testing.T) {
	var named, want []string
	for _, rule := range rules(t, "cluster_role.yaml") {
		if slices.Contains(rule.Resources, "customresourcedefinitions") && slices.Contains(rule.Verbs, "get") {
			named = append(named, rule.ResourceNames...)
		}
	}
	for _, k := range kinds.Optional() {
		want = append(want, k.CRD())
	}
	slices.Sort(named)
	slices.Sort(want)
	if !slices.Equal(named, want) {
		t.Errorf("the role names %q, want %q", named, want)
	}
}
