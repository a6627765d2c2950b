// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package status says what a tracker's state is: pure functions from a snapshot
// and the outcome of a pass to the status, and from two statuses to the events
// that lie between them. Writing it is one patch.
package status

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Cause is a reason, one of v1alpha1's constants, and a message for a person.
type Cause struct {
	Reason  string
	Message string
}

// Pass is what one pass of the reconciler made of a tracker.
type Pass struct {
	// Tracker is the tracker as it was read, with the status that is stored.
	Tracker *v1alpha1.InterviewTracker
	// Snapshot is what the cluster showed after the pass's writes; nil when it
	// could not be read.
	Snapshot *snapshot.Snapshot
	// Inventory is what stands applied; nil when nothing was applied in this pass.
	Inventory []v1alpha1.InventoryEntry
	// Monitoring is what the tracker asks for to be monitored; nil when that could not be
	// found out.
	Monitoring *Monitoring
	// Stalled is why only a person can help; nil when the pass can go on by itself.
	Stalled *Cause
	// Reconciling is why the cluster is not yet as the spec says, beyond what the
	// snapshot shows; nil when there is no such reason.
	Reconciling *Cause
	// Failed is set when the current spec could not be applied as a whole.
	Failed bool
	// Now is the time that transitions bear.
	Now metav1.Time
}

// Compute returns the status that the pass found.
func Compute(p Pass) v1alpha1.InterviewTrackerStatus {
	previous := p.Tracker.Status
	next := v1alpha1.InterviewTrackerStatus{
		ObservedGeneration: p.Tracker.Generation,
		Components:         previous.Components,
		Version:            previous.Version,
		Inventory:          previous.Inventory,
	}
	if p.Inventory != nil {
		next.Inventory = p.Inventory
	}
	if p.Snapshot != nil {
		next.Components = components(p.Snapshot, previous.Components)
		next.Version = version(next.Components)
	}

	gates := gates(p)
	next.Dependencies = dependencies(p, gates)

	stalled := abnormal(v1alpha1.ConditionStalled, p.Stalled)
	reconciling := abnormal(v1alpha1.ConditionReconciling, reconcilingCause(p, gates))
	conditions := []metav1.Condition{summary(p, stalled, gates)}
	conditions = append(conditions, gates...)
	conditions = append(conditions, monitoring(p))
	conditions = append(conditions, stalled...)
	conditions = append(conditions, reconciling...)
	for i := range conditions {
		conditions[i].ObservedGeneration = p.Tracker.Generation
		stamp(&conditions[i], previous.Conditions, p.Now)
	}
	next.Conditions = conditions
	return next
}

// gates returns the conditions that Ready depends on, the causes first: what
// stands earlier may be the reason for what stands later.
func gates(p Pass) []metav1.Condition {
	if p.Snapshot == nil {
		return unread(p)
	}
	return append(migrations(p),
		dependency(p, v1alpha1.ComponentDatabase, v1alpha1.ConditionDatabaseHealthy),
		dependency(p, v1alpha1.ComponentRedis, v1alpha1.ConditionRedisHealthy),
		component(p, v1alpha1.ComponentAPI, v1alpha1.ConditionAPIAvailable),
		component(p, v1alpha1.ComponentFrontend, v1alpha1.ConditionFrontendAvailable),
	)
}

// unread is what is known when the cluster could not be read: nothing. An
// earlier answer would be yesterday's.
func unread(p Pass) []metav1.Condition {
	message := "the tracker's objects could not be read"
	if p.Reconciling != nil {
		message += ": " + p.Reconciling.Message
	}
	types := []string{
		v1alpha1.ConditionDatabaseHealthy, v1alpha1.ConditionRedisHealthy,
		v1alpha1.ConditionAPIAvailable, v1alpha1.ConditionFrontendAvailable,
	}
	if p.Tracker.Spec.Migrations != nil {
		types = slices.Insert(types, 0, v1alpha1.ConditionMigrationsComplete)
	}
	conditions := make([]metav1.Condition, 0, len(types))
	for _, t := range types {
		conditions = append(conditions, unknown(t, v1alpha1.ReasonReconcileFailed, message))
	}
	return conditions
}

// summary is Ready: the first cause in the order Stalled, then the gates.
func summary(p Pass, stalled, gates []metav1.Condition) metav1.Condition {
	for _, s := range stalled {
		return isFalse(v1alpha1.ConditionReady, s.Reason, s.Message)
	}
	if p.Tracker.Spec.Suspend {
		return unknown(v1alpha1.ConditionReady, v1alpha1.ReasonSuspended,
			"spec.suspend is true: the operator writes nothing, and the current spec may not be applied")
	}
	if p.Failed && !appliedBefore(p.Tracker) {
		return isFalse(v1alpha1.ConditionReady, p.Reconciling.Reason, p.Reconciling.Message)
	}
	gates = causes(p, gates)
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		if status == metav1.ConditionUnknown && p.Snapshot != nil && wantsNoAPI(p) {
			break // The API has been stopped: nobody can tell, and nobody needs to.
		}
		i := slices.IndexFunc(gates, func(c metav1.Condition) bool { return c.Status == status })
		if i >= 0 {
			return metav1.Condition{
				Type: v1alpha1.ConditionReady, Status: status, Reason: gates[i].Reason, Message: gates[i].Message,
			}
		}
	}
	return isTrue(v1alpha1.ConditionReady, v1alpha1.ReasonReady, "the API, the frontend and their dependencies work")
}

// appliedBefore tells whether the current generation was applied as a whole in
// an earlier pass: then a request that fails now doesn't make the tracker unready.
func appliedBefore(t *v1alpha1.InterviewTracker) bool {
	r := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionReady)
	if r == nil || r.ObservedGeneration != t.Generation {
		return false
	}
	switch r.Reason {
	case v1alpha1.ReasonReconcileFailed, v1alpha1.ReasonAwaitingGarbageCollection, v1alpha1.ReasonSuspended:
		return false
	}
	return !meta.IsStatusConditionTrue(t.Status.Conditions, v1alpha1.ConditionStalled)
}

// reconcilingCause is why the cluster is being changed: what the pass says, or
// else a rollout that is under way.
func reconcilingCause(p Pass, gates []metav1.Condition) *Cause {
	if p.Reconciling != nil {
		return p.Reconciling
	}
	if p.Stalled != nil || p.Tracker.Spec.Suspend {
		return nil
	}
	for _, c := range gates {
		switch c.Reason {
		case v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRunning:
			return &Cause{Reason: v1alpha1.ReasonProgressing, Message: c.Message}
		}
	}
	return nil
}

// abnormal is a condition that is present only when it is true.
func abnormal(conditionType string, c *Cause) []metav1.Condition {
	if c == nil {
		return nil
	}
	return []metav1.Condition{isTrue(conditionType, c.Reason, c.Message)}
}

// stamp dates a condition: as before while its status stays the same.
func stamp(c *metav1.Condition, previous []metav1.Condition, now metav1.Time) {
	c.Message = bounded(c.Message)
	c.LastTransitionTime = now
	if before := meta.FindStatusCondition(previous, c.Type); before != nil && before.Status == c.Status {
		c.LastTransitionTime = before.LastTransitionTime
	}
}

func isTrue(conditionType, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionTrue, Reason: reason, Message: message}
}

func isFalse(conditionType, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: reason, Message: message}
}

func unknown(conditionType, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionUnknown, Reason: reason, Message: message}
}

// maxMessage bounds every message, in bytes: one line that a person reads.
const maxMessage = 1024

func bounded(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	const ellipsis = "…"
	cut := maxMessage - len(ellipsis)
	for cut > 0 && !isRuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + ellipsis
}

func isRuneStart(b byte) bool { return b&0xC0 != 0x80 }
