// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package restart

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

func TestLater(t *testing.T) {
	tracker := &v1alpha1.InterviewTracker{}
	if got := later(tracker); got != "" {
		t.Errorf("without migrations: %q", got)
	}
	tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{}
	if got := later(tracker); got != ": the pods of the api once the migrations have run" {
		t.Errorf("before the migrations: %q", got)
	}
	tracker.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionMigrationsComplete, Status: metav1.ConditionTrue}}
	if got := later(tracker); got != "" {
		t.Errorf("after the migrations: %q", got)
	}
}
