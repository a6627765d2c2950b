// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// underMaintenance is UnderMaintenance, which is absent when there is no maintenance, or it
// has ended. Its message is a column of kubectl.
func underMaintenance(in Input) []metav1.Condition {
	if maintenanceLeft(in.Tracker, in.Now.Time) == 0 {
		return nil
	}
	if in.Tracker.Spec.Suspend {
		return one(v1alpha1.ConditionUnderMaintenance, unknown(v1alpha1.ReasonSuspended,
			"%s; spec.suspend is true: notifications may not be muted", maintenanceText(in.Tracker)))
	}
	return one(v1alpha1.ConditionUnderMaintenance, isTrue(v1alpha1.ReasonPagesMuted, "%s", maintenanceText(in.Tracker)))
}

func maintenanceText(t *v1alpha1.InterviewTracker) string {
	return fmt.Sprintf("until %s: %s", t.Spec.Maintenance.End().Format(time.RFC3339), t.Spec.Maintenance.Reason)
}

// maintenanceLeft is how long maintenance goes on; 0 when there is none.
func maintenanceLeft(t *v1alpha1.InterviewTracker, now time.Time) time.Duration {
	return max(t.Spec.Maintenance.End().Sub(now), 0)
}

// maintenanceEvents report that maintenance has begun, is another one, or has ended.
func maintenanceEvents(before, after v1alpha1.InterviewTrackerStatus) []Event {
	from := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionUnderMaintenance)
	to := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionUnderMaintenance)
	switch {
	case to != nil && (from == nil || from.Message != to.Message):
		return []Event{{corev1.EventTypeNormal, to.Reason, "notifications are muted " + to.Message}}
	case from != nil && to == nil:
		return []Event{{corev1.EventTypeNormal, "MaintenanceEnded", "notifications are no longer muted"}}
	}
	return nil
}
