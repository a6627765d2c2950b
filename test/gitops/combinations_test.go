// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"fmt"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// For all combinations of the summary conditions the tools agree, including combinations that
// the operator doesn't write today. Only an observed generation without Ready is left out:
// status.Compute writes both or, at first, nothing.
func TestEveryCombinationOfConditions(t *testing.T) {
	overrides := customizations(t)
	seen := map[string]int{}
	for _, ready := range [][]metav1.Condition{
		nil,
		condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady),
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonProgressing),
		condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonDependencyDown),
		condition(v1alpha1.ConditionReady, metav1.ConditionUnknown, v1alpha1.ReasonUnknown),
		condition(v1alpha1.ConditionReady, metav1.ConditionUnknown, v1alpha1.ReasonSuspended),
	} {
		for _, abnormal := range abnormalConditions() {
			for _, observed := range []int64{-1, 2, 3} {
				for _, deleted := range []bool{false, true} {
					if ready == nil && observed == 3 {
						continue
					}
					tracker := withConditions(slices.Concat(ready, abnormal), observed, deleted)
					t.Run(name(tracker), func(t *testing.T) {
						kstatus, argo := evaluate(t, overrides, generic(t, tracker))
						seen[kstatus+" "+string(argo.Status)]++
					})
				}
			}
		}
	}
	for _, want := range []string{
		"Current Healthy", "Failed Degraded", "InProgress Degraded", "InProgress Progressing", "InProgress Suspended", "Terminating Progressing",
	} {
		if seen[want] == 0 {
			t.Errorf("no combination is %q, so the test misses a case; there are %v", want, seen)
		}
	}
}

// abnormalConditions are Stalled and Reconciling, each present or not, in any order:
// kstatus uses the first one.
func abnormalConditions() [][]metav1.Condition {
	stalled := condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonNameConflict)
	reconciling := condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonReconcileFailed)
	return [][]metav1.Condition{
		nil, stalled, reconciling,
		{stalled[0], reconciling[0]},
		{reconciling[0], stalled[0]},
	}
}

func condition(conditionType string, status metav1.ConditionStatus, reason string) []metav1.Condition {
	return []metav1.Condition{{Type: conditionType, Status: status, Reason: reason, Message: "the words of " + conditionType}}
}

// withConditions is a tracker of generation 3.
func withConditions(conditions []metav1.Condition, observed int64, deleted bool) *v1alpha1.InterviewTracker {
	tracker := &v1alpha1.InterviewTracker{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.Kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring", Generation: 3},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
		Status:     v1alpha1.InterviewTrackerStatus{ObservedGeneration: observed, Conditions: conditions},
	}
	if deleted {
		now := metav1.Now()
		tracker.DeletionTimestamp = &now
	}
	return tracker
}

// name is the name of a tracker's test.
func name(tracker *v1alpha1.InterviewTracker) string {
	name := fmt.Sprintf("observed %d", tracker.Status.ObservedGeneration)
	for _, c := range tracker.Status.Conditions {
		name += fmt.Sprintf(", %s %s %s", c.Type, c.Status, c.Reason)
	}
	if tracker.DeletionTimestamp != nil {
		name += ", deleted"
	}
	return name
}

// generic returns a tracker as the API server returns it.
func generic(t *testing.T, tracker *v1alpha1.InterviewTracker) *unstructured.Unstructured {
	t.Helper()
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(tracker)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: object}
}
