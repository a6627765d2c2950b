// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

func TestEachChildCostsOneWrite(t *testing.T) {
	w := newWorld(t)
	n := len(w.children())
	w.writes(n, func() {
		got := w.apply(w.children()...)
		if diff := cmp.Diff(counts(apply.Applied, w.children()), got.Counts); diff != "" {
			t.Error(diff)
		}
		if len(got.Inventory) != n || len(got.Events) != 0 {
			t.Errorf("inventory %v, events %v", got.Inventory, got.Events)
		}
	})
	settled := func() {
		got := w.apply(w.children()...)
		if diff := cmp.Diff(counts(apply.Skipped, w.children()), got.Counts); diff != "" {
			t.Error(diff)
		}
	}
	w.writes(0, settled)
	w.restart()
	w.writes(0, settled)
}

// What an autoscaler does costs nothing, and a Deployment that it can't wake up is.
func TestAutoscaledReplicasCostNoWrite(t *testing.T) {
	w := newWorld(t)
	autoscaler := w.autoscaler()
	autoscaler.Spec.ScaleTargetRef.Name = "hiring-api"
	derived := func() *appsv1.Deployment {
		live := get(w, "hiring-api", &appsv1.Deployment{})
		d := w.deployment()
		d.ResourceVersion, d.Spec.Replicas = live.ResourceVersion, live.Spec.Replicas
		return d
	}
	w.writes(2, func() { w.apply(w.deployment(), autoscaler) })
	w.writes(0, func() { w.apply(derived(), autoscaler) })
	w.scale(5)
	w.writes(0, func() { w.apply(derived(), autoscaler) })
	if n := *get(w, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; n != 5 {
		t.Errorf("%d replicas", n)
	}
	w.scale(0)
	w.writes(1, func() { w.apply(w.deployment(), autoscaler) })
}

// counts are what is counted when one action is taken about each of some children.
func counts(action apply.Action, children []client.Object) apply.Counts {
	all := apply.Counts{}
	for _, child := range children {
		all[apply.Count{Action: action, Kind: child.GetObjectKind().GroupVersionKind().Kind}]++
	}
	return all
}
