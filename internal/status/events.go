// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Event is an Event on the tracker, to be emitted once its status is stored.
type Event struct {
	Type    string // Normal or Warning
	Reason  string // one CamelCase word
	Message string // one line
}

// monitoringEvents are the reasons of the events of MonitoringReady.
var monitoringEvents = catalog.Condition{Type: v1alpha1.ConditionMonitoringReady, Bad: "MonitoringNotReady", Good: "MonitoringRecovered"}

// monitoringConditions are those of the monitoring objects.
var monitoringConditions = []string{v1alpha1.ConditionMonitoringReady, v1alpha1.ConditionNotificationsReady}

// gateEvents are the reasons of the events of the gates of Ready.
func gateEvents(c catalog.Catalog) []catalog.Condition {
	all := []catalog.Condition{{Type: v1alpha1.ConditionMigrationsComplete, Bad: "MigrationsFailed", Good: "MigrationsRecovered"}}
	for _, d := range c.Dependencies {
		all = append(all, d.Condition)
	}
	for _, component := range c.Components {
		all = append(all, component.Condition)
	}
	return all
}

// Emitted are the conditions, by type, that a warning has been emitted for and whose
// recovery has not been, with the status since when. It is nil when that is not known, as
// after a restart: then the status before decides.
type Emitted map[string]*metav1.Condition

// Transitions are the events of the transition between two statuses of a tracker with a spec, causes
// before consequences, and what has been emitted after them.
func Transitions(
	c catalog.Catalog, spec *v1alpha1.InterviewTrackerSpec, before, after v1alpha1.InterviewTrackerStatus, emitted Emitted,
) ([]Event, Emitted) {
	now := Emitted{}
	var events []Event
	for _, conditionType := range []string{v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling, v1alpha1.ConditionDataLoss} {
		from := meta.FindStatusCondition(before.Conditions, conditionType)
		to := meta.FindStatusCondition(after.Conditions, conditionType)
		if to != nil && !routine(to.Reason) && (changed(from, to) || hasNewWords(from, to)) {
			events = append(events, Event{corev1.EventTypeWarning, to.Reason, to.Message})
		}
	}
	events = append(events, maintenanceEvents(before, after)...)
	for _, g := range append(gateEvents(c), monitoringEvents, notificationsEvents, autoscalingEvents, telemetryEvents, routeEvents, journeyEvents) {
		event, open := gateTransition(c, spec, g, before, after, emitted)
		if event != nil {
			events = append(events, *event)
		}
		if open != nil {
			now[g.Type] = open
		}
	}
	ready := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Status == metav1.ConditionTrue && !meta.IsStatusConditionTrue(before.Conditions, ready.Type) {
		events = append(events, Event{corev1.EventTypeNormal, v1alpha1.ReasonReady, ready.Message})
	}
	return events, now
}

// hasNewWords reports that a condition with the same reason has another message that is worth an event. That of a version
// that was taken back changes once more, when the good one runs.
func hasNewWords(from, to *metav1.Condition) bool {
	return from.Message != to.Message && to.Reason != v1alpha1.ReasonRolledBack
}

// gateTransition is the event of one gate, and the condition that a warning has been
// emitted for and that has not recovered; each nil when there is none.
func gateTransition(
	c catalog.Catalog, spec *v1alpha1.InterviewTrackerSpec, g catalog.Condition, before, after v1alpha1.InterviewTrackerStatus, emitted Emitted,
) (*Event, *metav1.Condition) {
	from := meta.FindStatusCondition(before.Conditions, g.Type)
	to := meta.FindStatusCondition(after.Conditions, g.Type)
	if to == nil {
		return nil, nil
	}
	open := emitted[g.Type]
	if emitted == nil && from != nil && isBad(from) && !symptom(c, spec, *from, before.Conditions) {
		open = from
	}
	switch {
	case open != nil && to.Status == metav1.ConditionTrue:
		lasted := to.LastTransitionTime.Sub(open.LastTransitionTime.Time).Round(time.Second)
		return &Event{corev1.EventTypeNormal, g.Good, fmt.Sprintf("%s, after %s of %s", to.Message, lasted, open.Reason)}, nil
	case to.Reason == v1alpha1.ReasonRestarting:
		return restartEvent(from, to), open
	case isBad(to) && !symptom(c, spec, *to, after.Conditions) && changed(from, to):
		since := to.LastTransitionTime
		if open != nil {
			since = open.LastTransitionTime
		}
		return &Event{corev1.EventTypeWarning, g.Bad, to.Reason + ": " + to.Message}, &metav1.Condition{Reason: to.Reason, LastTransitionTime: since}
	}
	return nil, open
}

// isBad reports that a condition is not True for a cause that is not routine. A cluster
// need not have the kinds of monitoring objects: that is no event at each tracker.
func isBad(c *metav1.Condition) bool {
	lacking := slices.Contains(monitoringConditions, c.Type) && c.Reason == v1alpha1.ReasonCRDNotInstalled
	return c.Status != metav1.ConditionTrue && !routine(c.Reason) && !lacking
}

// changed reports that a condition has another cause than before.
func changed(from, to *metav1.Condition) bool {
	return from == nil || from.Reason != to.Reason || from.Status != to.Status
}

// symptom reports that another event has the cause: a component that uses the
// dependencies is not available because one of them fails that is required, as the probe that
// fails checks them; a dependency is unknown because the primary component is not available; nothing
// could be read; or the monitoring objects wait for the tracker's others, or for the
// cluster.
func symptom(parts catalog.Catalog, spec *v1alpha1.InterviewTrackerSpec, c metav1.Condition, all []metav1.Condition) bool {
	if c.Status == metav1.ConditionUnknown && (c.Reason == v1alpha1.ReasonReconcileFailed || slices.Contains(monitoringConditions, c.Type)) {
		return true
	}
	for _, component := range parts.Components {
		if component.UsesDependencies && c.Type == component.Condition.Type {
			return c.Reason == v1alpha1.ReasonProbeFailing && slices.ContainsFunc(parts.Dependencies, func(d catalog.Dependency) bool {
				condition := meta.FindStatusCondition(all, d.Condition.Type)
				return condition != nil && condition.Status != metav1.ConditionTrue && !d.Optional(spec)
			})
		}
	}
	return c.Status == metav1.ConditionUnknown && !meta.IsStatusConditionTrue(all, parts.Primary().Condition.Type)
}

// routine reports whether a reason belongs to every rollout.
func routine(reason string) bool {
	switch reason {
	case v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRestarting, v1alpha1.ReasonRunning, v1alpha1.ReasonAwaitingGarbageCollection,
		v1alpha1.ReasonNotRunYet:
		return true
	}
	return false
}

// awaitsEnd reports that a status names an object that has to go before anything goes on.
func awaitsEnd(s v1alpha1.InterviewTrackerStatus) bool {
	migrations := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionMigrationsComplete)
	reconciling := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReconciling)
	return migrations != nil && strings.HasSuffix(migrations.Message, snapshot.EarlierMigrations) ||
		reconciling != nil && reconciling.Reason == v1alpha1.ReasonAwaitingGarbageCollection
}

// hasNews reports that a status says what a person should read at once: it is of another
// spec, it says what to do about data or the monitoring, such as which kinds to install, or
// what the one before it waited for is over.
func hasNews(before, after v1alpha1.InterviewTrackerStatus) bool {
	for _, conditionType := range append(monitoringConditions, v1alpha1.ConditionDataLoss, v1alpha1.ConditionTelemetryReady, v1alpha1.ConditionRouteReady) {
		from := meta.FindStatusCondition(before.Conditions, conditionType)
		to := meta.FindStatusCondition(after.Conditions, conditionType)
		// The message of RouteReady has what controllers report, which may change all the time.
		if to != nil && (changed(from, to) || from.Message != to.Message && conditionType != v1alpha1.ConditionRouteReady) {
			return true
		}
	}
	return len(maintenanceEvents(before, after)) > 0 || before.ObservedGeneration != after.ObservedGeneration ||
		!equality.Semantic.DeepEqual(before.Rollout, after.Rollout) || awaitsEnd(before) && !awaitsEnd(after)
}

// OnlyProgress reports that between two statuses nothing happened but the progress of a
// rollout: the tracker was and is not ready, for no cause that a person could act on. An optional
// dependency that is down as before is none.
func OnlyProgress(parts catalog.Catalog, spec *v1alpha1.InterviewTrackerSpec, before, after v1alpha1.InterviewTrackerStatus) bool {
	if hasNews(before, after) {
		return false
	}
	still := func(c metav1.Condition) bool {
		return !changed(meta.FindStatusCondition(before.Conditions, c.Type), &c) && slices.ContainsFunc(parts.Dependencies, func(d catalog.Dependency) bool {
			return d.Condition.Type == c.Type && d.Optional(spec)
		})
	}
	for _, s := range []v1alpha1.InterviewTrackerStatus{before, after} {
		summary := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
		if summary == nil || summary.Status == metav1.ConditionTrue || !routine(summary.Reason) {
			return false
		}
		for _, g := range gateEvents(parts) {
			c := meta.FindStatusCondition(s.Conditions, g.Type)
			if c != nil && c.Status == metav1.ConditionFalse && !routine(c.Reason) && !symptom(parts, spec, *c, s.Conditions) && !still(*c) {
				return false
			}
		}
	}
	return true
}
