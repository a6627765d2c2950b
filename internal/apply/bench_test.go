// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// BenchmarkApplyUnchanged applies one object of each kind that has not changed, through
// a cache.
func BenchmarkApplyUnchanged(b *testing.B) {
	w := newWorld(b)
	c := w.cached()
	children := w.children()
	w.apply(children...)
	w.caughtUp(c, w.children()...)
	w.apply(children...)
	b.ReportAllocs()
	for b.Loop() {
		w.apply(children...)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(children)), "µs/object")
}

// BenchmarkCompare compares a Deployment with what the API server made of it.
func BenchmarkCompare(b *testing.B) {
	w := newWorld(b)
	deployment := w.deployment()
	w.apply(deployment)
	intent := must(w.engine.NewIntent(deployment))(b)
	live := w.deployment()
	w.ok(w.Get(b.Context(), client.ObjectKeyFromObject(live), live))
	fields := must(intent.Live(live))(b)
	b.ReportAllocs()
	for b.Loop() {
		if found := intent.Drift(fields); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
