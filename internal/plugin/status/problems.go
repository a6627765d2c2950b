// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// State is a tracker in one word.
type State string

// The states, the worst first.
const (
	StateFailing     State = "Failing"
	StateUnknown     State = "Unknown"
	StateProgressing State = "Progressing"
	StateDeleting    State = "Deleting"
	StateSuspended   State = "Suspended"
	StateReady       State = "Ready"
)

var statesWorstFirst = []State{StateFailing, StateUnknown, StateProgressing, StateDeleting, StateSuspended, StateReady}

// Level is how much a problem matters.
type Level string

// The levels, the worst first.
const (
	// LevelBroken is of what keeps the tracker from working, or loses data.
	LevelBroken Level = "broken"
	// LevelWarning is of what a person should look at, while the tracker works.
	LevelWarning Level = "warning"
	// LevelWaiting is of what goes on by itself.
	LevelWaiting Level = "waiting"
	// LevelNote is of what is as somebody wants it.
	LevelNote Level = "note"
)

// Problem is a condition that is not as it should be.
type Problem struct {
	// Condition is its type; empty for what the plugin itself has found.
	Condition string                 `json:"condition,omitempty"`
	Status    metav1.ConditionStatus `json:"status,omitempty"`
	Reason    string                 `json:"reason"`
	Message   string                 `json:"message"`
	Since     *metav1.Time           `json:"since,omitempty"`
	Level     Level                  `json:"level"`
	// Advice is what to do; empty when it is to wait.
	Advice string `json:"advice,omitempty"`
	// Runbook is the page about the alert that fires because of it.
	Runbook string `json:"runbook,omitempty"`
}

// role is what a condition means.
type role struct {
	// rank orders problems, the worst first.
	rank int
	// gates reports that Ready is not True without it.
	gates bool
	// badWhenTrue marks a condition that is absent while all is well.
	badWhenTrue bool
	// part marks one that is about a component or a dependency.
	part bool
	// level is that of the problem.
	level Level
	// alert fires because of it.
	alert v1alpha1.AlertName
}

// roles are the conditions that this version knows.
var roles = map[string]role{
	v1alpha1.ConditionDataLoss:           {rank: 0, badWhenTrue: true, level: LevelBroken},
	v1alpha1.ConditionStalled:            {rank: 1, badWhenTrue: true, gates: true, level: LevelBroken},
	v1alpha1.ConditionReady:              {rank: 2, gates: true, level: LevelBroken},
	v1alpha1.ConditionMigrationsComplete: {rank: 3, gates: true, level: LevelBroken, alert: v1alpha1.AlertTrackerRolloutStuck},
	v1alpha1.ConditionDatabaseHealthy:    {rank: 4, gates: true, part: true, level: LevelBroken, alert: v1alpha1.AlertTrackerDependencyDown},
	v1alpha1.ConditionRedisHealthy:       {rank: 5, gates: true, part: true, level: LevelBroken, alert: v1alpha1.AlertTrackerDependencyDown},
	v1alpha1.ConditionAPIAvailable:       {rank: 6, gates: true, part: true, level: LevelBroken, alert: v1alpha1.AlertTrackerAPIDown},
	v1alpha1.ConditionFrontendAvailable:  {rank: 7, gates: true, part: true, level: LevelBroken, alert: v1alpha1.AlertTrackerRolloutStuck},
	v1alpha1.ConditionAutoscalingReady:   {rank: 8, level: LevelWarning},
	v1alpha1.ConditionJourneysPassing:    {rank: 9, level: LevelWarning, alert: v1alpha1.AlertTrackerJourneyFailing},
	v1alpha1.ConditionNotificationsReady: {rank: 10, level: LevelWarning},
	v1alpha1.ConditionMonitoringReady:    {rank: 11, level: LevelWarning},
	v1alpha1.ConditionTelemetryReady:     {rank: 12, level: LevelWarning},
	v1alpha1.ConditionRouteReady:         {rank: 13, level: LevelWarning},
	v1alpha1.ConditionReconciling:        {rank: 15, badWhenTrue: true, level: LevelWaiting},
	v1alpha1.ConditionUnderMaintenance:   {rank: 16, badWhenTrue: true, level: LevelNote},
}

// roleOf is what a condition means for a tracker, and whether this version knows it. The condition of
// an optional dependency gates nothing.
func roleOf(conditionType string, tracker *v1alpha1.InterviewTracker) (role, bool) {
	known, ok := roles[conditionType]
	for _, d := range catalog.Default().Optional(&tracker.Spec) {
		if d.Condition.Type == conditionType {
			known.gates, known.level, known.alert = false, LevelWarning, v1alpha1.AlertTrackerOptionalDependencyDown
		}
	}
	return known, ok
}

// rankUnknownType is that of conditions which this version does not know.
const rankUnknownType = 14

// problems are what is not as it should be, the worst first: what Ready has as the cause, but
// for data that are lost, and no symptom of it with the same words.
func problems(tracker plugin.Tracker, now metav1.Time) []Problem {
	all := unobserved(tracker.InterviewTracker, now)
	ready := condition(tracker.InterviewTracker, v1alpha1.ConditionReady)
	var found []metav1.Condition
	for _, c := range tracker.Status.Conditions {
		if Wrong(c) && (c.Type != v1alpha1.ConditionReady || !repeated(c, tracker.Status.Conditions)) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b metav1.Condition) int {
		return cmp.Compare(rankOf(a, ready, tracker.InterviewTracker), rankOf(b, ready, tracker.InterviewTracker))
	})
	for _, c := range found {
		if len(all) > 0 && c.Type == v1alpha1.ConditionReconciling && slices.ContainsFunc(all, func(p Problem) bool { return p.Message == c.Message }) {
			continue
		}
		all = append(all, newProblem(c, ready, tracker.InterviewTracker))
	}
	return all
}

// Wrong reports whether a condition is not as it should be. Of one that this version does not know, False is not.
func Wrong(c metav1.Condition) bool {
	if roles[c.Type].badWhenTrue {
		return c.Status == metav1.ConditionTrue
	}
	if _, known := roles[c.Type]; !known {
		return c.Status == metav1.ConditionFalse
	}
	return c.Status != metav1.ConditionTrue
}

// repeated reports whether another condition that is wrong says the same.
func repeated(ready metav1.Condition, all []metav1.Condition) bool {
	return slices.ContainsFunc(all, func(c metav1.Condition) bool {
		return c.Type != ready.Type && c.Type != v1alpha1.ConditionReconciling && Wrong(c) && c.Reason == ready.Reason && c.Message == ready.Message
	})
}

// rankOf puts the cause of Ready before what follows from it, and False before Unknown.
func rankOf(c metav1.Condition, ready *metav1.Condition, tracker *v1alpha1.InterviewTracker) int {
	known, ok := roleOf(c.Type, tracker)
	switch {
	case !ok:
		return 10 * rankUnknownType
	case c.Type == v1alpha1.ConditionDataLoss:
		return 0
	case ready != nil && ready.Status != metav1.ConditionTrue && c.Reason == ready.Reason && c.Message == ready.Message &&
		c.Type != v1alpha1.ConditionReconciling:
		return 1
	case c.Status == metav1.ConditionUnknown && known.gates:
		return 10*known.rank + 75 // After the gates that are False, before what gates nothing.
	case !known.gates:
		return 10*known.rank + 100
	}
	return 10 * known.rank
}

func newProblem(c metav1.Condition, ready *metav1.Condition, tracker *v1alpha1.InterviewTracker) Problem {
	p := Problem{Condition: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message, Level: levelOf(c, ready, tracker)}
	if !c.LastTransitionTime.IsZero() {
		p.Since = &c.LastTransitionTime
	}
	if p.Level == LevelNote && c.Reason != v1alpha1.ReasonSuspended {
		return p
	}
	p.Advice = adviceFor(c, tracker)
	if alert := alertOf(c, tracker); alert != "" && p.Level != LevelWaiting {
		p.Runbook = rules.RunbookURL(tracker.Spec.GetAlerts().RunbookBaseURL, string(alert))
	}
	return p
}

// alertOf is the alert that fires because of a condition, empty for none.
func alertOf(c metav1.Condition, tracker *v1alpha1.InterviewTracker) v1alpha1.AlertName {
	switch {
	case c.Reason == v1alpha1.ReasonRolledBack, c.Reason == v1alpha1.ReasonRollbackBlocked:
		return v1alpha1.AlertTrackerRolloutFailed
	case c.Status == metav1.ConditionUnknown && roles[c.Type].alert == v1alpha1.AlertTrackerDependencyDown:
		return v1alpha1.AlertTrackerDependencyUnknown
	}
	known, _ := roleOf(c.Type, tracker)
	return known.alert
}

// going are the reasons of what goes on by itself.
var going = []string{
	v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRestarting, v1alpha1.ReasonRunning, v1alpha1.ReasonNotRunYet,
	v1alpha1.ReasonAwaitingGarbageCollection,
}

// GoesOn reports whether a condition is as it is by something that goes on by itself.
func GoesOn(c metav1.Condition) bool { return slices.Contains(going, c.Reason) }

// resisted are the reasons for which Reconciling goes on that a person should look at.
var resisted = []string{v1alpha1.ReasonRepairContested, v1alpha1.ReasonReconcileFailed}

func levelOf(c metav1.Condition, ready *metav1.Condition, tracker *v1alpha1.InterviewTracker) Level {
	known, ok := roleOf(c.Type, tracker)
	switch {
	case !ok, c.Type == v1alpha1.ConditionReconciling && slices.Contains(resisted, c.Reason):
		return LevelWarning
	case c.Reason == v1alpha1.ReasonSuspended:
		return LevelNote
	case GoesOn(c):
		return LevelWaiting
	case ready != nil && ready.Status == metav1.ConditionTrue && (known.gates || roles[c.Type].gates && c.Status == metav1.ConditionUnknown):
		return LevelNote // It gates nothing, as the spec stops the API.
	case known.gates && c.Status == metav1.ConditionUnknown:
		return LevelWarning
	}
	return known.level
}

// patience is for how long an operator may not have looked at a change.
const patience = time.Minute

// unobserved is that the operator has not looked at the tracker as it is.
func unobserved(tracker *v1alpha1.InterviewTracker, now metav1.Time) []Problem {
	observed := tracker.Status.ObservedGeneration
	switch {
	case tracker.DeletionTimestamp != nil:
		return []Problem{deleting(tracker)}
	case observed == tracker.Generation:
		return nil
	}
	p := Problem{
		Reason: "NotObserved", Level: LevelWaiting,
		Message: fmt.Sprintf("the operator has not looked at the last change yet (generation %d; it has seen %d)", tracker.Generation, observed),
	}
	changed := tracker.CreationTimestamp
	if observed <= 0 {
		p.Message = "no operator has looked at it yet"
	}
	for _, entry := range tracker.ManagedFields {
		if entry.Subresource == "" && entry.Time != nil && entry.Time.After(changed.Time) {
			changed = *entry.Time
		}
	}
	p.Since = &changed
	if now.Sub(changed.Time) > patience {
		p.Level = LevelBroken
		p.Advice = "see that the operator runs, and watches this namespace: kubectl get deployments -A -l " +
			plugin.LabelName + "=" + plugin.OperatorName
	}
	return []Problem{p}
}

// deleting is that a tracker is being deleted.
func deleting(tracker *v1alpha1.InterviewTracker) Problem {
	p := Problem{Reason: "Deleting", Level: LevelWaiting, Message: "it is being deleted", Since: tracker.DeletionTimestamp}
	if len(tracker.Finalizers) > 0 {
		p.Message += ", and waits for what has set the finalizers " + strings.Join(tracker.Finalizers, ", ")
	}
	return p
}

// stateOf sums a tracker up.
func stateOf(tracker *v1alpha1.InterviewTracker, found []Problem) State {
	ready := condition(tracker, v1alpha1.ConditionReady)
	gating := slices.DeleteFunc(slices.Clone(found), func(p Problem) bool {
		known, _ := roleOf(p.Condition, tracker)
		return !known.gates && p.Condition != ""
	})
	switch {
	case tracker.DeletionTimestamp != nil:
		return StateDeleting
	case len(gating) > 0 && gating[0].Condition == "" && gating[0].Level == LevelBroken:
		return StateUnknown
	case tracker.Spec.Suspend:
		return StateSuspended
	case len(gating) > 0 && gating[0].Condition == "", ready == nil:
		return StateProgressing
	case ready.Status == metav1.ConditionTrue:
		return StateReady
	case len(gating) > 0 && gating[0].Level == LevelWaiting:
		return StateProgressing
	case ready.Status == metav1.ConditionUnknown:
		return StateUnknown
	}
	return StateFailing
}

// worst is the problem to begin with, nil when there is none.
func (r Report) worst() *Problem {
	if len(r.Problems) == 0 {
		return nil
	}
	return &r.Problems[0]
}

// adviceFor is what to do about a condition.
func adviceFor(c metav1.Condition, tracker *v1alpha1.InterviewTracker) string {
	text, known := advice[c.Reason]
	if !known {
		return "this version of kubectl tracker does not know the reason " + c.Reason + ": follow the message"
	}
	return strings.NewReplacer("NAMESPACE", tracker.Namespace, "TRACKER", tracker.Name).Replace(text)
}
