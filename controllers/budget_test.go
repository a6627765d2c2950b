// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// synthetic enables the monitoring objects that are not made by default.
func synthetic(tracker *v1alpha1.InterviewTracker) {
	tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox:9115"}}
}

// A new tracker costs one request for each object, two for its status, and one for each
// managed dependency, to confirm that it has no data.
func TestNewTrackerCostsItsObjectsAndFourRequests(t *testing.T) {
	t.Parallel()
	o := start(t)
	o.frozenClock() // Progress that takes long is reported in between.
	tracker := create(t, namespace(t), synthetic)
	o.requests.take()

	o.ready(t, tracker)

	children := len(tracker.Status.Applied())
	got := notWatches(o.requests.take())
	t.Logf("%d objects, %d writes, %d requests", children, len(writes(got)), len(got))
	if len(writes(got)) > children+2 || len(got) > children+4 {
		t.Errorf("%d requests for %d objects, want at most %d:\n%v", len(got), children, children+4, got)
	}
}

func TestUnchangedTrackerCostsNoRequest(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), synthetic)
	o.ready(t, tracker)
	o.requests.take()

	for range 10 {
		o.once(t, tracker)
	}

	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("ten reconciles of an unchanged tracker cost %d requests:\n%v", len(got), got)
	}
}

func TestRestartCostsNoRequest(t *testing.T) {
	t.Parallel()
	const trackers = 10
	ns := namespace(t)
	first := start(t)
	all := make([]*v1alpha1.InterviewTracker, trackers)
	for i := range all {
		all[i] = create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
			synthetic(tracker)
			tracker.Name = fmt.Sprintf("hiring-%d", i)
		})
		first.ready(t, all[i])
	}

	second := start(t)
	second.requests.take()
	for _, tracker := range all {
		second.once(t, tracker)
	}

	if got := notWatches(second.requests.take()); len(got) > 0 {
		t.Errorf("a restarted operator with %d settled trackers made %d requests:\n%v", trackers, len(got), got)
	}
}
