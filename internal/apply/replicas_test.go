// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// withoutReplicas is the Deployment after a patch that leaves the number of pods to another
// manager.
func (w *world) withoutReplicas() *appsv1.Deployment {
	d := w.deployment()
	d.Spec.Replicas = nil
	return d
}

// pods checks the number of pods of the Deployment.
func (w *world) pods(want int32) {
	w.Helper()
	if got := *get(w, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; got != want {
		w.Errorf("%d replicas, want %d", got, want)
	}
}

// applyReplicas sets the number of pods as kubectl apply --server-side does.
func (w *world) applyReplicas(manager string, replicas int64) error {
	return w.Apply(w.Context(), client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"namespace": w.namespace, "name": "hiring-api"},
		"spec":     map[string]any{"replicas": replicas},
	}}), client.FieldOwner(manager))
}

func TestCaseKedaNoreplicas(t *testing.T) {
	w := newWorld(t)
	next := func(change string) *appsv1.Deployment {
		d := w.withoutReplicas()
		d.Labels["change"] = change
		return d
	}
	w.apply(w.deployment())
	w.writes(1, func() { w.apply(w.withoutReplicas()) })
	w.pods(2)
	w.writes(0, func() { w.apply(w.withoutReplicas()) })
	w.restart()
	w.writes(0, func() { w.apply(w.withoutReplicas()) })

	// It outlives later changes, until another manager writes another number.
	w.apply(next("one"))
	w.pods(2)
	w.scale(5)
	w.writes(0, func() { w.apply(next("one")) })
	w.apply(next("two"))
	w.pods(5)

	// So does a number that the other manager set and we restated.
	w.apply(w.deployment())
	w.scale(4)
	same := w.deployment()
	same.Spec.Replicas = new(int32(4))
	w.apply(same)
	w.apply(next("three"))
	w.pods(4)

	// It can be taken back.
	w.apply(w.deployment())
	w.pods(2)
}

// A manager that applies the number too has it alone after our next write.
func TestReplicasGivenUpToAnApplier(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	w.ok(w.applyReplicas("theirs", 2))
	w.apply(w.withoutReplicas())
	w.pods(2)
	w.ok(w.applyReplicas("theirs", 6))
	w.pods(6)
}

func TestReplicasGivenUpAtCreation(t *testing.T) {
	w := newWorld(t)
	w.apply(w.withoutReplicas())
	w.pods(1)
	w.scale(3)
	w.writes(0, func() { w.apply(w.withoutReplicas()) })
	w.restart()
	w.writes(0, func() { w.apply(w.withoutReplicas()) })
	w.pods(3)
}

// Neither does it matter whether the pod template is kept, or by what kind they are made.
func TestReplicasGivenUpBesides(t *testing.T) {
	w := newWorld(t)
	set := w.statefulSet()
	set.Spec.Replicas = new(int32(3))
	w.apply(w.deployment(), set)
	keeping := w.keeping()
	keeping.Spec.Replicas = nil
	set = w.statefulSet()
	set.Spec.Replicas = nil
	w.apply(keeping, set)
	w.pods(2)
	if got := *get(w, set.Name, &appsv1.StatefulSet{}).Spec.Replicas; got != 3 {
		t.Errorf("%d replicas of the StatefulSet", got)
	}

	// Without managedFields it has no owner, and stays too.
	edit(w, w.deployment(), "test", func(d *appsv1.Deployment) { d.ManagedFields = []metav1.ManagedFieldsEntry{{}} })
	w.apply(w.withoutReplicas())
	w.pods(2)
}
