// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// Report is what is known of one tracker at one moment: the data of -o json.
type Report struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// State is the tracker in one word.
	State State `json:"state"`
	// Since is when the condition Ready took its status, or when the tracker was deleted.
	Since *metav1.Time `json:"since,omitempty"`
	// Version is what the pods run, empty while they run none or several.
	Version string `json:"version,omitempty"`
	// WantedVersion is that of the spec.
	WantedVersion string               `json:"wantedVersion"`
	Environment   v1alpha1.Environment `json:"environment"`
	Created       metav1.Time          `json:"created"`
	// Problems are what is not as it should be, the worst first.
	Problems []Problem `json:"problems,omitempty"`
	// Parts are the components and the dependencies.
	Parts []Part `json:"parts,omitempty"`
	// Checks are the other conditions, such as MonitoringReady.
	Checks []Check `json:"checks,omitempty"`
	// Drift is what others changed of what the operator applies.
	Drift []string `json:"drift,omitempty"`
	// DriftUnseen says why there may be other drift; empty if all of it is seen.
	DriftUnseen string `json:"driftUnseen,omitempty"`
	// Events are the last ones, the newest first.
	Events []Event `json:"events,omitempty"`
	// NotKnown is what could not be read, or what this version does not know.
	NotKnown []string `json:"notKnown,omitempty"`
}

// Part is a component, or a dependency.
type Part struct {
	Name string `json:"name"`
	// Text is its state by the operator's status, such as 2/2 ready.
	Text string `json:"text"`
	// Good reports that nothing is wrong with it.
	Good bool `json:"good"`
	// Answers are what the API's pods said of a dependency when they were asked.
	Answers []Answer `json:"answers,omitempty"`
	Pods    []Pod    `json:"pods,omitempty"`
}

// Pod is one pod of a part.
type Pod struct {
	Name     string      `json:"name"`
	Ready    bool        `json:"ready"`
	Restarts int32       `json:"restarts"`
	Created  metav1.Time `json:"created"`
	// Why is what keeps it from being ready.
	Why string `json:"why,omitempty"`
}

// Check is a condition that has no pods.
type Check struct {
	Type    string                 `json:"type"`
	Status  metav1.ConditionStatus `json:"status"`
	Reason  string                 `json:"reason,omitempty"`
	Message string                 `json:"message,omitempty"`
	Good    bool                   `json:"good"`
}

// facts are what was read of a tracker, and what of it could not be.
type facts struct {
	tracker plugin.Tracker
	pods    []corev1.Pod
	events  []corev1.Event
	// eventsUnread says why events may be missing; empty if they are not.
	eventsUnread string
	// asked are the answers of the API's pods; nil if none was asked.
	asked []podAnswer
	// unread are what could not be read, and why.
	unread []string
	now    metav1.Time
}

// newReport decides what there is to say.
func newReport(f facts) Report {
	tracker := f.tracker.InterviewTracker
	r := Report{
		Namespace: tracker.Namespace, Name: tracker.Name,
		Version: tracker.Status.Version, WantedVersion: tracker.Spec.Version,
		Environment: tracker.Spec.GetEnvironment(), Created: tracker.CreationTimestamp,
		Problems: problems(f.tracker, f.now),
		Parts:    parts(f),
		Checks:   checks(tracker),
		Drift:    drift(f), DriftUnseen: driftUnseen(f),
		Events:   recent(f),
		NotKnown: slices.Concat(f.unread, unknown(f.tracker)),
	}
	r.State = stateOf(tracker, r.Problems)
	ready := condition(tracker, v1alpha1.ConditionReady)
	switch {
	case tracker.DeletionTimestamp != nil:
		r.Since = tracker.DeletionTimestamp
	case ready != nil:
		r.Since = &ready.LastTransitionTime
	}
	return r
}

func condition(tracker *v1alpha1.InterviewTracker, name string) *metav1.Condition {
	for i := range tracker.Status.Conditions {
		if tracker.Status.Conditions[i].Type == name {
			return &tracker.Status.Conditions[i]
		}
	}
	return nil
}

// parts are the components and the dependencies that the tracker has.
func parts(f facts) []Part {
	tracker, known := f.tracker.InterviewTracker, catalog.Default()
	var all []Part
	for _, c := range known.Present(&tracker.Spec) {
		part := Part{Name: string(c.Name), Good: isTrue(tracker, c.Condition.Type), Pods: pods(f, c.Name)}
		part.Text = componentText(tracker, c, part.Pods)
		all = append(all, part)
	}
	for _, d := range known.Used(&tracker.Spec) {
		part := Part{Name: string(d.Name), Good: isTrue(tracker, d.Condition.Type), Pods: pods(f, d.Name), Answers: answersOf(f.asked, string(d.Name))}
		part.Text = dependencyText(condition(tracker, d.Condition.Type))
		all = append(all, part)
	}
	return append(all, otherDependencies(f, known)...)
}

// otherDependencies are those that the application reports beside the catalog's.
func otherDependencies(f facts, known catalog.Catalog) []Part {
	var all []Part
	for _, d := range f.tracker.Status.Dependencies {
		if known.IsDependency(v1alpha1.Component(d.Name)) {
			continue
		}
		part := Part{Name: d.Name, Good: d.Health == v1alpha1.DependencyHealthy, Answers: answersOf(f.asked, d.Name)}
		status := map[v1alpha1.DependencyHealth]metav1.ConditionStatus{
			v1alpha1.DependencyHealthy: metav1.ConditionTrue, v1alpha1.DependencyUnhealthy: metav1.ConditionFalse,
		}[d.Health]
		part.Text = dependencyText(&metav1.Condition{Status: status, Reason: d.Reason})
		all = append(all, part)
	}
	return all
}

func isTrue(tracker *v1alpha1.InterviewTracker, name string) bool {
	c := condition(tracker, name)
	return c != nil && c.Status == metav1.ConditionTrue
}

// componentText counts the pods themselves when there are any: they are newer than the status.
func componentText(tracker *v1alpha1.InterviewTracker, c catalog.Component, pods []Pod) string {
	i := slices.IndexFunc(tracker.Status.Components, func(s v1alpha1.ComponentStatus) bool { return s.Name == c.Name })
	text := "no status yet"
	switch {
	case i >= 0 && tracker.Status.Components[i].Ready != "":
		text = tracker.Status.Components[i].Ready + " ready"
	case len(pods) > 0:
		ready := len(slices.DeleteFunc(slices.Clone(pods), func(p Pod) bool { return !p.Ready }))
		text = fmt.Sprintf("%d of %d pods ready", ready, len(pods))
	}
	if c.Get(&tracker.Spec).Autoscaling != nil {
		text += fmt.Sprintf(", autoscaled %d to %d", c.Replicas(&tracker.Spec), c.MaxReplicas(&tracker.Spec))
	}
	if found := condition(tracker, c.Condition.Type); found != nil && found.Status != metav1.ConditionTrue {
		text += ", " + found.Reason
	}
	return text
}

// dependencyText is what the status says.
func dependencyText(c *metav1.Condition) string {
	switch {
	case c == nil:
		return "not reported"
	case c.Status == metav1.ConditionTrue:
		return "healthy"
	}
	return cmp.Or(c.Reason, "unknown")
}

// checks are the conditions that are neither the summary nor those of a part.
func checks(tracker *v1alpha1.InterviewTracker) []Check {
	var all []Check
	for _, c := range tracker.Status.Conditions {
		role, known := roles[c.Type]
		if role.part || c.Type == v1alpha1.ConditionReady || role.badWhenTrue {
			continue
		}
		good := c.Status == metav1.ConditionTrue || !known && c.Status == metav1.ConditionUnknown
		all = append(all, Check{Type: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message, Good: good})
	}
	return all
}

// drift is what others changed of what the operator applies, as far as it says so: it repairs that.
func drift(f facts) []string {
	var all []string
	if c := condition(f.tracker.InterviewTracker, v1alpha1.ConditionReconciling); c != nil && c.Reason == v1alpha1.ReasonRepairContested {
		all = append(all, c.Message)
	}
	for _, e := range merged(f.events, f.now) {
		if e.of == v1alpha1.Kind && slices.Contains([]string{"Repaired", "Altered"}, e.Reason) {
			all = append(all, e.Message)
		}
	}
	return all
}

// driftUnseen is why there may be drift that drift does not have: a suspended tracker's is not looked at, and that of
// the others is known by events alone.
func driftUnseen(f facts) string {
	switch {
	case f.tracker.Spec.Suspend:
		return "not repaired while suspended"
	case f.eventsUnread != "":
		return "not known: " + f.eventsUnread
	}
	return ""
}

// unknown is what this version of the plugin does not know of the tracker.
func unknown(tracker plugin.Tracker) []string {
	var all []string
	for _, c := range tracker.Status.Conditions {
		if _, known := roles[c.Type]; !known {
			all = append(all, fmt.Sprintf("what the condition %s means", c.Type))
		}
	}
	for _, field := range tracker.Unreadable {
		all = append(all, field+": it has another form than this version can read")
	}
	if len(all) > 0 {
		all = append(all, "use the kubectl tracker of the operator's own version for these")
	}
	return all
}

// Judge is the report of a tracker by its own status alone.
func Judge(tracker plugin.Tracker, now metav1.Time) Report {
	return newReport(facts{tracker: tracker, now: now})
}
