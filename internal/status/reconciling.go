// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// reconciling is Reconciling, which is absent unless it is True: for the given cause, or
// else while a rollout is in progress. What it waits for is then what Ready does: kstatus
// shows this message.
func reconciling(in Input, g gates, because metav1.Condition) []metav1.Condition {
	if in.Reconciling != nil {
		return one(v1alpha1.ConditionReconciling, isTrue(in.Reconciling.Reason, "%s", in.Reconciling.Message))
	}
	if in.Stalled != nil || in.Tracker.Spec.Suspend {
		return nil
	}
	for _, c := range g.inOrder() {
		switch c.Reason {
		case v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRestarting, v1alpha1.ReasonRunning:
			return one(v1alpha1.ConditionReconciling, isTrue(v1alpha1.ReasonProgressing, "%s", because.Message))
		}
	}
	return nil
}
