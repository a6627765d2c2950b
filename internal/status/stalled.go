// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// stalled is Stalled, which is absent unless it is True.
func stalled(in Input) []metav1.Condition {
	if in.Stalled == nil {
		return nil
	}
	return one(v1alpha1.ConditionStalled, isTrue(in.Stalled.Reason, "%s", in.Stalled.Message))
}
