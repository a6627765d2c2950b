// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// marked gives an object the labels that the operator's objects have.
func marked[T client.Object](w *world, object T) T {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[v1alpha1.LabelTracker], labels[kinds.LabelInstance], labels[kinds.LabelManagedBy] = w.owner.Name, w.owner.Name, v1alpha1.FieldManager
	object.SetLabels(labels)
	return object
}

// restored creates an object as a backup has it that was made of the applied one.
func restored[T client.Object](w *world, object T) T {
	w.Helper()
	metav1.SetMetaDataAnnotation(metaOf(w, object), v1alpha1.AnnotationIntent, strings.Repeat("0", 32))
	object.SetOwnerReferences(nil)
	w.ok(w.Create(w.Context(), object, client.FieldOwner("kubectl-create")))
	return object
}

func metaOf(w *world, object client.Object) *metav1.ObjectMeta {
	w.Helper()
	accessor, ok := object.(metav1.ObjectMetaAccessor)
	if !ok {
		w.Fatalf("%T", object)
	}
	meta, ok := accessor.GetObjectMeta().(*metav1.ObjectMeta)
	if !ok {
		w.Fatalf("%T", accessor.GetObjectMeta())
	}
	return meta
}

// What is taken up is the operator's alone: what the tracker no longer wants goes, although
// whoever restored it has written it, too.
func TestAdoptedFieldsAreTheOperators(t *testing.T) {
	w := newWorld(t)
	saved := marked(w, w.deployment())
	saved.Annotations = map[string]string{"example.com/theirs": "stays"}
	restored(w, saved)
	got := w.apply(marked(w, w.deployment()))
	want := []apply.Event{{
		Type: corev1.EventTypeNormal, Reason: apply.ReasonAdopted,
		Message: "Adopted Deployment hiring-api: it was made for a tracker of this name, and nothing controlled it",
	}}
	if !slices.Equal(got.Events, want) {
		t.Errorf("events %v", got.Events)
	}
	w.writes(0, func() { w.apply(marked(w, w.deployment())) })

	less := marked(w, w.deployment())
	less.Spec.Template.Spec.NodeSelector = nil
	less.Spec.Template.Spec.Containers[0].Env = nil
	w.writes(1, func() { w.apply(less) })
	live := get(w, "hiring-api", &appsv1.Deployment{})
	if n := len(live.Spec.Template.Spec.NodeSelector) + len(live.Spec.Template.Spec.Containers[0].Env); n > 0 {
		t.Errorf("%v and %v are still there", live.Spec.Template.Spec.NodeSelector, live.Spec.Template.Spec.Containers[0].Env)
	}
	if live.Annotations["example.com/theirs"] != "stays" {
		t.Errorf("annotations %v", live.Annotations)
	}
}

// A tracker that is gone takes nothing up, although the cache still shows it: the garbage
// collector would delete it.
func TestNothingIsAdoptedForATrackerThatIsGone(t *testing.T) {
	w := newWorld(t)
	theirs := restored(w, marked(w, w.service()))
	unchanged := w.unchanged(theirs)
	w.owner.UID = "of-an-earlier-one"
	fails[*apply.OutdatedError](w, marked(w, w.service()))
	unchanged()
}

// What was taken up and is not wanted is deleted as anything that the tracker controls; a
// Secret never, as it may be the only copy of a password.
func TestOrphansThatAreNotWantedArePruned(t *testing.T) {
	w := newWorld(t)
	restored(w, marked(w, w.service()))
	secret := restored(w, marked(w, w.newSecret()))
	foreign := marked(w, w.deployment())
	foreign.OwnerReferences = nil
	w.ok(w.Create(t.Context(), foreign)) // The operator never applied it.
	unchanged, kept := w.unchanged(foreign), w.unchanged(secret)
	result, err := w.engine.Prune(t.Context(), w.owner, kinds.In(kinds.Application), nil)
	w.ok(err)
	if len(result.Events) != 1 || !strings.Contains(result.Events[0].Message, "Deleted Service hiring-api") {
		t.Errorf("events %v", result.Events)
	}
	unchanged()
	kept()
}

// An owner that was removed is set again, of credentials with what they hold.
func TestLostOwnerIsRepaired(t *testing.T) {
	w := newWorld(t)
	all := []client.Object{marked(w, w.service()), marked(w, w.newSecret()), marked(w, w.deployment())}
	w.apply(all...)
	for _, child := range []client.Object{marked(w, w.service()), marked(w, w.secret()), marked(w, w.deployment())} {
		patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"ownerReferences":null}}`))
		w.ok(w.Patch(t.Context(), child, patch, client.FieldOwner("kubectl-edit")))
	}
	w.apply(marked(w, w.service()), marked(w, w.secret()), marked(w, w.deployment()))
	for _, child := range []client.Object{w.service(), w.secret(), w.deployment()} {
		w.ok(w.Get(t.Context(), client.ObjectKeyFromObject(child), child))
		if !metav1.IsControlledBy(child, w.owner) {
			t.Errorf("%T has owners %v", child, child.GetOwnerReferences())
		}
	}
	w.checkPassword()
}
