// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// built are the objects of a tracker of a version, with patches.
func (w *world) built(version string, patches ...v1alpha1.Patch) []client.Object {
	w.Helper()
	w.owner.Spec = v1alpha1.InterviewTrackerSpec{Version: version, Patches: patches}
	output, err := desired.Build(w.Context(), w.owner, &snapshot.Snapshot{NewPasswords: map[v1alpha1.Component]string{
		v1alpha1.ComponentDatabase: password, v1alpha1.ComponentRedis: password,
	}}, catalog.Default())
	w.ok(err)
	var objects []client.Object
	for _, object := range output.Objects {
		if object.GetObjectKind().GroupVersionKind().Kind != "Secret" { // A new one each time.
			objects = append(objects, object)
		}
	}
	return objects
}

// undefaulted is an object without what is written out although the API server would fill it
// in: as it was before.
func undefaulted(object client.Object) client.Object {
	var containers []corev1.Container
	switch o := object.(type) {
	case *appsv1.Deployment:
		containers = o.Spec.Template.Spec.Containers
	case *appsv1.StatefulSet:
		containers = o.Spec.Template.Spec.Containers
	}
	for i := range containers {
		containers[i].ImagePullPolicy = ""
	}
	return object
}

// To write out a default restarts no pods.
func TestWrittenDefaultsChangeNothing(t *testing.T) {
	for _, version := range []string{"1.0.0", "latest"} {
		w := newWorld(t)
		before := w.built(version)
		for _, object := range before {
			w.apply(undefaulted(object))
		}
		specs := func() map[string]any {
			all := map[string]any{}
			for _, object := range before {
				switch name := object.GetName(); object.(type) {
				case *appsv1.Deployment:
					all["Deployment "+name] = get(w, name, &appsv1.Deployment{}).Spec
				case *appsv1.StatefulSet:
					all["StatefulSet "+name] = get(w, name, &appsv1.StatefulSet{}).Spec
				}
			}
			return all
		}
		want := specs()
		w.apply(w.built(version)...)
		if diff := cmp.Diff(want, specs()); diff != "" || len(want) != 4 {
			t.Errorf("of %d, with version %s (-before +after):\n%s", len(want), version, diff)
		}
		w.writes(0, func() { w.apply(w.built(version)...) })
	}
}

// What the API server derives from another field follows that field.
func TestDerivedDefaultsFollow(t *testing.T) {
	of := func(kind, name, patch string) v1alpha1.Patch {
		return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Kind: kind, Name: name}, Patch: patch}
	}
	policy := func(w *world) corev1.PullPolicy {
		return get(w, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].ImagePullPolicy
	}

	w := newWorld(t)
	for _, object := range w.built("latest") {
		w.apply(undefaulted(object))
	}
	if got := policy(w); got != corev1.PullAlways {
		t.Errorf("the API server made it %s", got)
	}
	w.apply(w.built("1.0.0")...)
	if got := policy(w); got != corev1.PullIfNotPresent {
		t.Errorf("of a version it is %s", got)
	}
	w.apply(w.built("latest")...)
	if got := policy(w); got != corev1.PullAlways {
		t.Errorf("of latest it is %s", got)
	}
	image := func(image string) v1alpha1.Patch {
		return of("Deployment", "hiring-api", `[{op: replace, path: /spec/template/spec/containers/0/image, value: "`+image+`"}]`)
	}
	w.apply(w.built("latest", image("x:1.0"))...)
	if got := policy(w); got != corev1.PullIfNotPresent {
		t.Errorf("of a patched image it is %s", got)
	}

	// Strategies that exclude what the API server fills in for another, there and back.
	replace := func(kind, path, value string) v1alpha1.Patch {
		return of(kind, ".*", `[{op: replace, path: `+path+`, value: `+value+`}]`)
	}
	for name, patches := range map[string][]v1alpha1.Patch{
		"no share, then Recreate": {
			of("Deployment", ".*", `[{op: remove, path: /spec/strategy/rollingUpdate}]`),
			replace("Deployment", "/spec/strategy", "{type: Recreate}"),
		},
		"no strategy, then Recreate": {
			of("Deployment", ".*", `[{op: remove, path: /spec/strategy}]`),
			of("Deployment", ".*", "spec: {strategy: {type: Recreate, rollingUpdate: null}}"),
		},
		"OnDelete":         {replace("StatefulSet", "/spec/updateStrategy", "{type: OnDelete}")},
		"session affinity": {of("Service", ".*", "spec: {sessionAffinity: ClientIP}")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, object := range w.built("1.0.0") {
				w.apply(undefaulted(object))
			}
			for _, patch := range patches {
				w.apply(w.built("1.0.0", patch)...)
			}
			w.apply(w.built("1.0.0")...)
		})
	}
}
