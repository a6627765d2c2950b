// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// ready is Ready: Stalled, or else the first gate that is False, or else the first that
// is Unknown. runs is the version that the pods run; empty when they don't run one.
func ready(in Input, g gates, runs string) metav1.Condition {
	if in.Stalled != nil {
		return isFalse(in.Stalled.Reason, "%s", in.Stalled.Message)
	}
	if in.Tracker.Spec.Suspend {
		return unknown(v1alpha1.ReasonSuspended, "spec.suspend is true: the operator writes nothing, and %s", outstanding(in, runs))
	}
	if in.Failed && !appliedBefore(in.Tracker) {
		return isFalse(in.Reconciling.Reason, "%s", in.Reconciling.Message)
	}
	if in.Snapshot == nil {
		return unread(in)
	}
	ordered := causesFirst(in, g)
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		if status == metav1.ConditionUnknown && primaryStopped(in) {
			break // No pod can report anything, as the spec wants it.
		}
		i := slices.IndexFunc(ordered, func(c metav1.Condition) bool { return c.Status == status })
		if i >= 0 {
			return metav1.Condition{Status: status, Reason: ordered[i].Reason, Message: ordered[i].Message}
		}
	}
	messages := []string{"all components and dependencies work"}
	if len(g.without) > 0 {
		messages = append([]string{"all components work"}, g.without...)
	}
	for _, c := range g.beside {
		if isBad(&c) || c.Type == v1alpha1.ConditionDataLoss {
			messages = append(messages, c.Message)
		}
	}
	messages = append(messages, underObservation(in)...)
	return isTrue(v1alpha1.ReasonReady, "%s", strings.Join(messages, "; "))
}

// outstanding is what may not be applied of the spec of a tracker that is suspended.
func outstanding(in Input, runs string) string {
	if runs == "" || runs == in.Tracker.Spec.Version {
		return "the current spec may not be applied"
	}
	return fmt.Sprintf("version %s is wanted, %s runs", in.Tracker.Spec.Version, runs)
}

// causesFirst are the gates in the order in which one may be the cause of the next.
// Migrations that have not begun, or whose state is unknown, wait for the dependencies,
// whose conditions have the cause, and those that get an invalid URL fail because of it.
func causesFirst(in Input, g gates) []metav1.Condition {
	if len(g.migrations) == 0 {
		return g.inOrder()
	}
	begun := in.Tracker.Spec.Migrations == nil || in.Snapshot.MigrationJob != nil || in.Snapshot.Migrated()
	invalid := slices.ContainsFunc(g.dependencies, func(c metav1.Condition) bool { return c.Reason == v1alpha1.ReasonInvalidURL })
	if begun && !invalid && g.migrations[0].Status != metav1.ConditionUnknown {
		return g.inOrder()
	}
	return slices.Concat(g.dependencies, g.migrations, g.components)
}

// appliedBefore reports whether the current generation was applied as a whole before:
// then a request that fails now doesn't make the tracker unready.
func appliedBefore(t *v1alpha1.InterviewTracker) bool {
	r := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionReady)
	if r == nil || !t.Observed() {
		return false
	}
	switch r.Reason {
	case v1alpha1.ReasonReconcileFailed, v1alpha1.ReasonAwaitingGarbageCollection, v1alpha1.ReasonCacheLagging, v1alpha1.ReasonSuspended:
		return false
	}
	return !meta.IsStatusConditionTrue(t.Status.Conditions, v1alpha1.ConditionStalled)
}
