// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Event is an Event on the tracker, to be emitted once its status is stored.
type Event struct {
	// Type is Normal or Warning.
	Type string
	// Reason is one CamelCase word.
	Reason string
	// Message is one line.
	Message string
}

// gateEvent are the reasons of the events of one gate, or another condition.
type gateEvent struct{ condition, bad, good string }

// monitoringEvent are the reasons of the events of MonitoringReady.
var monitoringEvent = gateEvent{v1alpha1.ConditionMonitoringReady, "MonitoringNotReady", "MonitoringRecovered"}

// gateEvents are the reasons of the events in which a gate of Ready ends up bad
// or good again.
var gateEvents = []gateEvent{
	{v1alpha1.ConditionMigrationsComplete, "MigrationsFailed", "MigrationsRecovered"},
	{v1alpha1.ConditionDatabaseHealthy, "DatabaseUnhealthy", "DatabaseRecovered"},
	{v1alpha1.ConditionRedisHealthy, "RedisUnhealthy", "RedisRecovered"},
	{v1alpha1.ConditionAPIAvailable, "APIUnavailable", "APIRecovered"},
	{v1alpha1.ConditionFrontendAvailable, "FrontendUnavailable", "FrontendRecovered"},
}

// Told are the conditions, by type, whose badness has been told and whose recovery
// has not, with the status since when. It is nil when it is not known, as after a
// restart: then the status before has to tell.
type Told map[string]metav1.Condition

// Transitions are the events that lie between two statuses, in the order in
// which a person would tell them: causes before consequences; and what is told then.
func Transitions(before, after v1alpha1.InterviewTrackerStatus, told Told) ([]Event, Told) {
	now := Told{}
	var events []Event
	for _, conditionType := range []string{v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling} {
		events = append(events, abnormalTransition(conditionType, before.Conditions, after.Conditions)...)
	}
	for _, g := range append(slices.Clone(gateEvents), monitoringEvent) {
		event, open := gateTransition(g, before, after, told)
		if event != nil {
			events = append(events, *event)
		}
		if open != nil {
			now[g.condition] = *open
		}
	}
	if isReady(after) && !isReady(before) {
		message := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionReady).Message
		events = append(events, Event{corev1.EventTypeNormal, v1alpha1.ReasonReady, message})
	}
	return events, now
}

// gateTransition is the event of one gate, and its badness that is told and not over;
// nil when there is none.
func gateTransition(g gateEvent, before, after v1alpha1.InterviewTrackerStatus, told Told) (*Event, *metav1.Condition) {
	from := meta.FindStatusCondition(before.Conditions, g.condition)
	to := meta.FindStatusCondition(after.Conditions, g.condition)
	if to == nil {
		return nil, nil
	}
	var open *metav1.Condition
	if known, ok := told[g.condition]; ok {
		open = &known
	}
	if told == nil && from != nil && isBad(from) && !symptom(*from, before.Conditions) {
		open = from
	}
	switch {
	case open != nil && to.Status == metav1.ConditionTrue:
		lasted := to.LastTransitionTime.Sub(open.LastTransitionTime.Time).Round(time.Second)
		return &Event{corev1.EventTypeNormal, g.good, fmt.Sprintf("%s, after %s of %s", to.Message, lasted, open.Reason)}, nil
	case isBad(to) && !symptom(*to, after.Conditions) && changed(from, to):
		since := to.LastTransitionTime
		if open != nil {
			since = open.LastTransitionTime
		}
		return &Event{corev1.EventTypeWarning, g.bad, to.Reason + ": " + to.Message}, &metav1.Condition{Reason: to.Reason, LastTransitionTime: since}
	}
	return nil, open
}

// isBad tells that a condition is not True for a cause that is not routine. Nobody has
// to have the kinds of monitoring objects: that is no news at each tracker.
func isBad(c *metav1.Condition) bool {
	lacking := c.Type == v1alpha1.ConditionMonitoringReady && c.Reason == v1alpha1.ReasonCRDNotInstalled
	return c.Status != metav1.ConditionTrue && !routine(c.Reason) && !lacking
}

// changed tells that a condition has another cause than before.
func changed(from, to *metav1.Condition) bool {
	return from == nil || from.Reason != to.Reason || from.Status != to.Status
}

// abnormalTransition tells of Stalled, and of the kinds of Reconciling that are
// no routine.
func abnormalTransition(conditionType string, before, after []metav1.Condition) []Event {
	from := meta.FindStatusCondition(before, conditionType)
	to := meta.FindStatusCondition(after, conditionType)
	if to == nil || routine(to.Reason) || (from != nil && from.Reason == to.Reason && from.Message == to.Message) {
		return nil
	}
	return []Event{{corev1.EventTypeWarning, to.Reason, to.Message}}
}

// symptom tells that another event says it all: the API is unready because a
// dependency is, as the probe that fails is the one that checks the dependencies; a
// dependency is unknown because the API is not available; nothing could be read; or the
// monitoring objects wait for the tracker's own, or for the cluster.
func symptom(c metav1.Condition, all []metav1.Condition) bool {
	switch {
	case c.Status == metav1.ConditionUnknown && (c.Reason == v1alpha1.ReasonReconcileFailed || c.Type == v1alpha1.ConditionMonitoringReady):
		return true
	case c.Type == v1alpha1.ConditionAPIAvailable:
		return c.Reason == v1alpha1.ReasonProbeFailing &&
			(!meta.IsStatusConditionTrue(all, v1alpha1.ConditionDatabaseHealthy) ||
				!meta.IsStatusConditionTrue(all, v1alpha1.ConditionRedisHealthy))
	default:
		return c.Status == metav1.ConditionUnknown && !meta.IsStatusConditionTrue(all, v1alpha1.ConditionAPIAvailable)
	}
}

// routine reasons belong to every rollout and are no news.
func routine(reason string) bool {
	switch reason {
	case v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRunning, v1alpha1.ReasonAwaitingGarbageCollection:
		return true
	}
	return false
}

func isReady(s v1alpha1.InterviewTrackerStatus) bool {
	return meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReady)
}

// OnlyProgress tells that between two statuses nothing happened but the progress
// of a rollout: the tracker was and is not ready, and for no cause that a person
// could do anything about.
func OnlyProgress(before, after v1alpha1.InterviewTrackerStatus) bool {
	if before.ObservedGeneration != after.ObservedGeneration {
		return false
	}
	from := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionMonitoringReady)
	to := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionMonitoringReady)
	if to != nil && (changed(from, to) || from.Message != to.Message) {
		return false // Its message says what to do, such as which kinds to install.
	}
	for _, s := range []v1alpha1.InterviewTrackerStatus{before, after} {
		summary := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
		if summary == nil || summary.Status == metav1.ConditionTrue || !routine(summary.Reason) {
			return false
		}
		for _, g := range gateEvents {
			c := meta.FindStatusCondition(s.Conditions, g.condition)
			if c != nil && c.Status == metav1.ConditionFalse && !routine(c.Reason) && !symptom(*c, s.Conditions) {
				return false
			}
		}
	}
	return true
}
