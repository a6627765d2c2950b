// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// controlledBy makes another owner the controller of an object.
func controlledBy[T client.Object](object T, apiVersion, kind, name string, uid types.UID) T {
	object.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: apiVersion, Kind: kind, Name: name, UID: uid, Controller: new(true),
	}})
	return object
}

// unchanged returns a function that checks that an object is as it was.
func (w *world) unchanged(object client.Object) func() {
	w.Helper()
	key := client.ObjectKeyFromObject(object)
	w.ok(w.Get(w.Context(), key, object))
	before := object.GetResourceVersion()
	uid := object.GetUID()
	return func() {
		w.Helper()
		w.ok(w.Get(w.Context(), key, object))
		if object.GetUID() != uid || object.GetResourceVersion() != before {
			w.Errorf("%s was written", key)
		}
	}
}

func TestForeignObjectIsConflict(t *testing.T) {
	for name, c := range map[string]struct {
		theirs func(*world) client.Object
		want   string
	}{
		"no controller": {func(w *world) client.Object {
			s := w.service()
			s.OwnerReferences, s.Labels = nil, nil
			return s
		}, `Service "hiring-api" exists and does not belong to this tracker: it has no controller`},
		"no controller, with our label": {func(w *world) client.Object {
			s := w.service()
			s.OwnerReferences = nil
			return s
		}, `it has no controller`},
		"an owner that does not control": {func(w *world) client.Object {
			s := w.service()
			s.OwnerReferences[0].Controller = nil
			return s
		}, `it has no controller`},
		"another tracker's": {func(w *world) client.Object {
			return controlledBy(w.service(), v1alpha1.GroupVersion.String(), v1alpha1.Kind, "other", "1")
		}, `its controller is InterviewTracker other`},
		"a namesake of another group's": {func(w *world) client.Object {
			return controlledBy(w.service(), "example.com/v1", v1alpha1.Kind, "hiring", "1")
		}, `its controller is InterviewTracker hiring`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			theirs := c.theirs(w)
			w.ok(w.Create(t.Context(), theirs))
			unchanged := w.unchanged(theirs)
			w.writes(1, func() {
				// The others are applied all the same.
				conflict := failure[*apply.ConflictError](w, w.service(), w.serviceAccount())
				if conflict.Kind != "Service" || conflict.Name != "hiring-api" || !strings.Contains(conflict.Error(), c.want) {
					t.Errorf("%v, want %s", conflict, c.want)
				}
			})
			unchanged()

			// It clears when the object goes.
			w.ok(w.Delete(t.Context(), theirs))
			w.apply(w.service(), w.serviceAccount())
		})
	}
}

func TestLeftoverObjectIsPending(t *testing.T) {
	w := newWorld(t)
	old := controlledBy(w.service(), v1alpha1.GroupVersion.String(), v1alpha1.Kind, w.owner.Name, "uid-of-before")
	w.ok(w.Create(t.Context(), old))
	unchanged := w.unchanged(old)
	fails[*apply.PendingError](w, w.service())
	unchanged()
}

func TestObjectBeingDeletedIsPending(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service())
	edit(w, w.service(), "test", func(s *corev1.Service) { s.Finalizers = []string{"example.com/wait"} })
	w.ok(w.Delete(t.Context(), w.service()))
	w.writes(0, func() {
		changed := w.service()
		changed.Spec.Ports = changed.Spec.Ports[:1]
		fails[*apply.PendingError](w, changed)
	})
	edit(w, w.service(), "test", func(s *corev1.Service) { s.Finalizers = nil })
	w.apply(w.service())
}

// A server-side apply with a resourceVersion that never was creates what is
// absent and conflicts with whatever exists: all kinds of API are held to it here.
func TestForeignObjectCreatedFirstIsConflict(t *testing.T) {
	w := newWorld(t)
	for _, child := range w.children() {
		theirs, ok := child.DeepCopyObject().(client.Object)
		if !ok {
			t.Fatalf("%T is no object", child)
		}
		theirs.SetOwnerReferences(nil)
		theirs.SetLabels(nil)
		var unchanged func()
		w.beforeWrite(func() {
			w.ok(w.Create(t.Context(), theirs))
			unchanged = w.unchanged(theirs)
		})
		w.writes(1, func() { fails[*apply.ConflictError](w, child) })
		unchanged()
	}
}

func TestObjectReplacedBetweenReadAndWrite(t *testing.T) {
	w := newWorld(t)
	w.apply(w.children()...)
	for _, child := range w.children() {
		theirs, ok := child.DeepCopyObject().(client.Object)
		if !ok {
			t.Fatalf("%T is no object", child)
		}
		theirs.SetOwnerReferences(nil)
		child.GetLabels()["changed"] = "yes"
		var unchanged func()
		w.beforeWrite(func() {
			w.ok(w.Delete(t.Context(), child, client.GracePeriodSeconds(0), client.PropagationPolicy(metav1.DeletePropagationBackground)))
			w.ok(w.Create(t.Context(), theirs))
			unchanged = w.unchanged(theirs)
		})
		w.writes(1, func() {
			if pending := failure[*apply.PendingError](w, child); !pending.Stale {
				t.Errorf("%v is not stale", pending)
			}
		})
		unchanged()
		fails[*apply.ConflictError](w, child)
		unchanged()
	}
}

func TestObjectDeletedBetweenReadAndWrite(t *testing.T) {
	w := newWorld(t)
	w.apply(w.service())
	changed := w.service()
	changed.Spec.Ports = changed.Spec.Ports[:1]
	w.beforeWrite(func() { w.ok(w.Delete(t.Context(), w.service())) })
	fails[*apply.PendingError](w, changed)
	w.apply(changed)
}

func TestIntentDerivedFromOlderVersionIsPending(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	derived := w.deployment()
	derived.ResourceVersion = get(w, "hiring-api", &appsv1.Deployment{}).ResourceVersion
	edit(w, w.deployment(), "autoscaler", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(5)) })
	w.writes(0, func() { fails[*apply.PendingError](w, derived) })
}

func TestCreationLeavesNoUpdateEntry(t *testing.T) {
	w := newWorld(t)
	w.apply(w.children()...)
	for _, child := range w.children() {
		w.ok(w.Get(t.Context(), client.ObjectKeyFromObject(child), child))
		for _, entry := range child.GetManagedFields() {
			if entry.Manager != v1alpha1.FieldManager || entry.Operation != metav1.ManagedFieldsOperationApply {
				t.Errorf("%T: fields are managed by %s by %s", child, entry.Manager, entry.Operation)
			}
		}
	}
}
