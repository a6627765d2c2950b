// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package status computes the status of a tracker: pure functions from a snapshot and
// the result of reconciling to the status, and from two statuses to the events of the
// transition.
package status

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// Cause is a reason, one of v1alpha1's constants, and a message for a person.
type Cause struct {
	Reason  string
	Message string
}

// Input is what the status of a tracker is computed from.
type Input struct {
	// Tracker is the tracker as it was read, with the status that is stored.
	Tracker *v1alpha1.InterviewTracker
	// Catalog are the parts of a tracker.
	Catalog catalog.Catalog
	// Snapshot is the state of the cluster after all writes; nil when it could not be
	// read.
	Snapshot *snapshot.Snapshot
	// Inventory is what is applied; nil when nothing has been applied this time.
	Inventory []v1alpha1.InventoryEntry
	// Monitoring is the monitoring that the tracker wants; nil when that could not be
	// determined.
	Monitoring *Monitoring
	// Rollout is what the pod templates have come to.
	Rollout Rollout
	// Stalled is why a person has to act; nil when reconciling can go on by itself.
	Stalled *Cause
	// Reconciling is why the cluster does not match the spec yet, beyond what the
	// snapshot shows; nil when there is no such reason.
	Reconciling *Cause
	// Failed is set when the current spec could not be applied as a whole.
	Failed bool
	// Now is the time of transitions.
	Now metav1.Time
}

// Compute returns the status of a tracker.
func Compute(in Input) v1alpha1.InterviewTrackerStatus {
	previous := in.Tracker.Status
	in.Stalled = cmp.Or(in.Stalled, stalledRollout(in))
	next := v1alpha1.InterviewTrackerStatus{
		ObservedGeneration: in.Tracker.Generation,
		Components:         previous.Components,
		Replicas:           previous.Replicas,
		Selector:           previous.Selector,
		Version:            previous.Version,
		Rollout:            in.Rollout.Status,
		Inventory:          previous.Inventory,
	}
	if in.Tracker.Spec.Migrations != nil {
		next.Migrations = previous.Migrations
	}
	if in.Inventory != nil {
		next.Inventory = v1alpha1.NewInventory(in.Inventory)
	}
	if in.Snapshot != nil {
		next.Components, next.Version = components(in)
		next.Replicas, next.Selector = scale(in)
	}

	g, healthy := gates{migrations: migrationsComplete(in)}, []metav1.Condition{}
	for _, d := range in.Catalog.Used(&in.Tracker.Spec) {
		condition := one(d.Condition.Type, dependencyHealthy(in, d))
		healthy = append(healthy, condition...)
		if d.Optional(&in.Tracker.Spec) {
			g.without = append(g.without, without(in, d, condition[0])...)
			continue
		}
		g.dependencies = append(g.dependencies, condition...)
	}
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		g.components = append(g.components, one(c.Condition.Type, componentAvailable(in, c))...)
	}
	next.Dependencies = otherDependencies(in)
	volumes := volumesOf(in, healthy)
	next.Volumes = records(in, volumes)
	g.beside = slices.Concat(dataLoss(in, volumes), autoscalingReady(in))
	next.Conditions = slices.Concat(
		one(v1alpha1.ConditionReady, ready(in, g, next.Version)),
		g.migrations, healthy, g.components,
		g.beside,
		one(v1alpha1.ConditionMonitoringReady, monitoringReady(in)),
		notificationsReady(in),
		telemetryReady(in),
		routeReady(in),
		journeysPassing(in),
		underMaintenance(in),
		stalled(in),
		reconciling(in, g, ready(in, g, next.Version)),
	)
	for i := range next.Conditions {
		c := &next.Conditions[i]
		c.Message = fit(c.Message)
		c.LastTransitionTime = in.Now
		if before := storedCondition(in, c.Type); before != nil && before.Status == c.Status {
			c.LastTransitionTime = before.LastTransitionTime
		}
	}
	return next
}

// gates are the conditions that Ready depends on and, beside them, those that it mentions.
type gates struct {
	migrations, dependencies, components, beside []metav1.Condition
	// without are sentences about the optional dependencies that the tracker works without.
	without []string
}

// without is what Ready says of an optional dependency; nothing while it works.
func without(in Input, d catalog.Dependency, c metav1.Condition) []string {
	switch {
	case c.Status == metav1.ConditionTrue, c.Status == metav1.ConditionUnknown && primaryStopped(in):
		return nil
	case c.Reason == v1alpha1.ReasonSecretNotFound, c.Reason == v1alpha1.ReasonInvalidURL: // Those that run may have a URL that works.
		return []string{fmt.Sprintf("new pods can't use the optional %s (%s): %s", d.Title, c.Reason, c.Message)}
	case c.Status == metav1.ConditionFalse:
		return []string{fmt.Sprintf("the optional %s is down (%s): %s", d.Title, c.Reason, c.Message)}
	}
	return []string{fmt.Sprintf("whether the optional %s works is not known (%s): %s", d.Title, c.Reason, c.Message)}
}

// inOrder are the gates in the order in which they are reported: the cause of one that
// is not True is most often one before it.
func (g gates) inOrder() []metav1.Condition {
	return slices.Concat(g.migrations, g.dependencies, g.components)
}

// storedCondition is the condition of a type in the status that is stored, nil when there is none.
func storedCondition(in Input, conditionType string) *metav1.Condition {
	return meta.FindStatusCondition(in.Tracker.Status.Conditions, conditionType)
}

// unread is a condition when the cluster could not be read: an earlier answer may no
// longer hold.
func unread(in Input) metav1.Condition {
	message := "the tracker's objects could not be read"
	if in.Reconciling != nil {
		message += ": " + in.Reconciling.Message
	}
	return unknown(v1alpha1.ReasonReconcileFailed, "%s", message)
}

// one is a list of one condition, of a type: some conditions may be absent.
func one(conditionType string, c metav1.Condition) []metav1.Condition {
	c.Type = conditionType
	return []metav1.Condition{c}
}

func isTrue(reason, format string, args ...any) metav1.Condition {
	return metav1.Condition{Status: metav1.ConditionTrue, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func isFalse(reason, format string, args ...any) metav1.Condition {
	return metav1.Condition{Status: metav1.ConditionFalse, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func unknown(reason, format string, args ...any) metav1.Condition {
	return metav1.Condition{Status: metav1.ConditionUnknown, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// maxMessage bounds every message, in characters: one line that a person reads.
const maxMessage = 1024

// longest is how much of a message is looked at, in characters. What is cut off is not shown
// in any case, unless much of the rest is masked.
const longest = 4 * maxMessage

// fit makes every message fit to show: it may hold what users and others wrote, and what an
// earlier version of the operator stored.
func fit(message string) string {
	return words.Line(words.WithoutPasswordInURL(words.Line(message, longest)), maxMessage)
}
