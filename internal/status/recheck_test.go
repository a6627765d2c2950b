// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Nothing else brings the operator back to a tracker whose new pods are compared.
func TestRecheckOfAComparison(t *testing.T) {
	for due, want := range map[time.Duration]time.Duration{30 * time.Second: 30 * time.Second, 0: time.Second, -time.Hour: time.Second} {
		s := &snapshot.Snapshot{Comparison: &snapshot.Comparison{Due: t1.Add(due)}}
		if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, s, Rollout{}, t1.Time); got != want {
			t.Errorf("when it is due in %s: after %s, want %s", due, got, want)
		}
	}
}
