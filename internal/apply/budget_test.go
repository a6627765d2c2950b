// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

func TestEachChildCostsOneWriteAndThenNone(t *testing.T) {
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

// counts are what is counted when one action is taken about each of some children.
func counts(action apply.Action, children []client.Object) apply.Counts {
	all := apply.Counts{}
	for _, child := range children {
		all[apply.Count{Action: action, Kind: child.GetObjectKind().GroupVersionKind().Kind}]++
	}
	return all
}
