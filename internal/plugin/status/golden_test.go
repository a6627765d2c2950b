// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/test/golden"
	"github.com/interview-tracker/interview-tracker-operator/test/scenarios"
)

func text(r Report, now metav1.Time) string {
	return screen{reports: []Report{r}, now: now}.text(plugin.Colors{}, false)
}

// fits checks that a page has no line wider than the terminal of a person, but for links.
func fits(t *testing.T, page string) {
	t.Helper()
	for line := range strings.Lines(page) {
		if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > width && !strings.Contains(line, "https://") {
			t.Errorf("wider than %d: %s", width, line)
		}
	}
}

func TestEachRecordedScenario(t *testing.T) {
	scenarios.Each(t, func(t *testing.T, name string) {
		tracker, now := scenarios.Read(t, name)
		report := Judge(tracker, now)
		page := text(report, now)
		fits(t, page)
		golden.Compare(t, name+".txt", page)

		// What Ready says is the first problem, or a gate that says the same is.
		wanted := tracker.Annotations["test.interviewtracker.dev/ready"]
		status, _, _ := strings.Cut(wanted, " ")
		current := tracker.Status.ObservedGeneration == tracker.Generation && tracker.DeletionTimestamp == nil
		if ready := report.State == StateReady; ready != (status == "True" && current) {
			t.Errorf("the state is %s, and Ready %q", report.State, wanted)
		}
	})
}

// healthy are the facts of a tracker as a person wants it: two replicas, all kinds of conditions.
func healthy(t *testing.T) facts {
	t.Helper()
	tracker, now := scenarios.Read(t, "ready")
	tracker.Spec.Environment = v1alpha1.Production
	tracker.Status.Version = "1.0.0"
	for i := range tracker.Status.Components {
		tracker.Status.Components[i].Ready = "2/2"
	}
	for _, c := range []metav1.Condition{
		{Type: v1alpha1.ConditionMonitoringReady, Reason: v1alpha1.ReasonSelected, Message: "the monitoring objects are selected by Prometheus monitoring/k8s"},
		{Type: v1alpha1.ConditionNotificationsReady, Reason: v1alpha1.ReasonRouted, Message: "each alert reaches a receiver, through Alertmanager monitoring/main"},
		{Type: v1alpha1.ConditionJourneysPassing, Reason: v1alpha1.ReasonPassing, Message: `journey "hire" passes`},
		{Type: v1alpha1.ConditionAutoscalingReady, Reason: v1alpha1.ReasonScalingActive, Message: "HorizontalPodAutoscaler hiring-api can scale"},
		{Type: v1alpha1.ConditionTelemetryReady, Reason: v1alpha1.ReasonConfigured, Message: "what spec.telemetry names exists; whether http://otel-collector.monitoring:4317 takes the traces, the pods' own metrics and logs say"},
	} {
		c.Status, c.LastTransitionTime = metav1.ConditionTrue, tracker.CreationTimestamp
		tracker.Status.Conditions = append(tracker.Status.Conditions, c)
	}
	f := facts{tracker: tracker, now: now}
	for _, pod := range []struct{ name, component string }{
		{"hiring-api-6f9c7d8b5-2xkqp", "api"},
		{"hiring-api-6f9c7d8b5-9wz4n", "api"},
		{"hiring-frontend-5b7c9-4kzzp", "frontend"},
		{"hiring-frontend-5b7c9-tt8rw", "frontend"},
		{"hiring-database-0", "database"},
		{"hiring-redis-0", "redis"},
	} {
		f.pods = append(f.pods, readyPod(pod.name, pod.component, tracker.CreationTimestamp))
	}
	for i, ms := range []int64{2, 4} {
		f.asked = append(f.asked, podAnswer{pod: f.pods[i].Name, dependencies: map[string]contract.Dependency{
			"database": {Status: contract.StatusHealthy, ResponseTimeMS: ms}, "redis": {Status: contract.StatusHealthy, ResponseTimeMS: 1},
		}})
	}
	f.events = []corev1.Event{event("InterviewTracker", "hiring", "Normal", "Ready", "all components and dependencies work", 1, now.Add(-time.Minute))}
	return f
}

func readyPod(name, component string, created metav1.Time) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "team", Name: name, CreationTimestamp: created,
			Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: component},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: component, Ready: true}},
		},
	}
}

func event(kind, name, level, reason, message string, count int32, last time.Time) corev1.Event {
	return corev1.Event{
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name}, Type: level, Reason: reason, Message: message, Count: count,
		LastTimestamp: metav1.NewTime(last),
	}
}

func TestAHealthyTrackerFitsAScreen(t *testing.T) {
	f := healthy(t)
	page := text(newReport(f), f.now)
	golden.Compare(t, "healthy.txt", page)
	fits(t, page)
	if lines := strings.Count(page, "\n"); lines > 40 {
		t.Errorf("it has %d lines", lines)
	}
	if strings.ContainsRune(page, '\x1b') {
		t.Error("it has colors")
	}
}

// One pod can't use the database, one can't be pulled, and somebody changes what the operator
// writes.
func TestATrackerInTrouble(t *testing.T) {
	f := healthy(t)
	tracker := f.tracker.InterviewTracker
	for i := range tracker.Status.Conditions {
		c := &tracker.Status.Conditions[i]
		switch c.Type {
		case v1alpha1.ConditionReady, v1alpha1.ConditionDatabaseHealthy:
			c.Status, c.Reason, c.Message = metav1.ConditionFalse, v1alpha1.ReasonPartiallyReachable, "1 of 2 API pods can't use it: hiring-api-6f9c7d8b5-9wz4n: the password was refused"
		case v1alpha1.ConditionMonitoringReady:
			c.Status, c.Reason, c.Message = metav1.ConditionFalse, v1alpha1.ReasonNotSelected, "no Prometheus selects ServiceMonitor hiring-api"
		}
	}
	tracker.Status.Conditions = append(tracker.Status.Conditions, metav1.Condition{
		Type: "BackupsReady", Status: metav1.ConditionFalse, Reason: "Late", Message: "the last backup is 3 days old", LastTransitionTime: tracker.CreationTimestamp,
	})
	f.tracker.Unreadable = []string{"status.inventory"}
	f.asked[1].dependencies["database"] = contract.Dependency{Status: contract.StatusUnhealthy, Error: contract.ErrorAuthenticationFailed, ResponseTimeMS: 12}
	f.pods[2].Status = corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
		RestartCount: 3, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
	}}}
	now := f.now.Time
	f.events = append(f.events,
		event("InterviewTracker", "hiring", "Normal", "Repaired", "Deployment hiring-api: spec.template.spec.containers[0].image was changed by kubectl-edit", 2, now.Add(-10*time.Second)),
		event("Pod", f.pods[2].Name, "Warning", "BackOff", "Back-off \x1b[31mpulling image", 4, now.Add(-5*time.Second)),
		event("Pod", f.pods[2].Name, "Warning", "BackOff", "Back-off pulling image", 3, now.Add(-20*time.Second)),
		event("Pod", f.pods[0].Name, "Normal", "Pulled", "long ago", 1, now.Add(-2*time.Hour)),
	)
	f.unread = []string{"response times by Pod hiring-api-6f9c7d8b5-2xkqp: the API server can't reach it (503 Service Unavailable)"}
	page := text(newReport(f), f.now)
	golden.Compare(t, "trouble.txt", page)
	fits(t, page)
}

// Drift that can't be seen is not said to be none.
func TestDriftThatIsNotSeen(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "events"}, "", errors.New("no"))
	truncated := corev1.EventList{ListMeta: metav1.ListMeta{Continue: "more"}}
	unread := func(why string) func(*facts) {
		return func(f *facts) { f.events, f.eventsUnread, f.unread = nil, why, []string{why} }
	}
	for name, change := range map[string]func(*facts){
		"events-forbidden": unread(eventsUnread(corev1.EventList{}, forbidden)),
		"events-truncated": unread(eventsUnread(truncated, nil)),
		"events-truncated-with-drift": func(f *facts) {
			unread(eventsUnread(truncated, nil))(f)
			f.events = []corev1.Event{event("InterviewTracker", "hiring", "Normal", "Repaired", "Deployment hiring-api: spec.replicas was changed by kubectl-edit", 1, f.now.Add(-time.Minute))}
		},
		"suspended-with-events": func(f *facts) { f.tracker.Spec.Suspend = true },
	} {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			change(&f)
			page := text(newReport(f), f.now)
			golden.Compare(t, name+".txt", page)
			fits(t, page)
			if strings.Contains(page, "none seen") {
				t.Error("it says that there is no drift")
			}
		})
	}
}

func TestSummaryHasTheWorstFirst(t *testing.T) {
	s := screen{table: true, namespaces: true}
	for _, name := range []string{"ready", "crash-loop", "starting", "suspended", "database-down", "new"} {
		tracker, now := scenarios.Read(t, name)
		tracker.Name = name
		s.reports, s.now = append(s.reports, Judge(tracker, now)), metav1.Date(2026, 11, 28, 16, 0, 0, 0, time.UTC)
	}
	sortWorstFirst(s.reports)
	page := s.text(plugin.Colors{}, false)
	golden.Compare(t, "summary.txt", page)
	fits(t, page)
}

func TestData(t *testing.T) {
	f := healthy(t)
	var out bytes.Buffer
	if err := (screen{reports: []Report{newReport(f)}, one: true, now: f.now}).print(&out, "yaml"); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "healthy.yaml", out.String())
}

// TestDataWithoutNameIsAList has a form that does not depend on how many trackers there are.
func TestDataWithoutNameIsAList(t *testing.T) {
	report := newReport(healthy(t))
	for number, want := range map[int]screen{1: {reports: []Report{report}}, 2: {reports: []Report{report, report}, table: true}} {
		var out bytes.Buffer
		if err := want.print(&out, "json"); err != nil {
			t.Fatal(err)
		}
		var list struct{ Items []json.RawMessage }
		if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list.Items) != number {
			t.Errorf("of %d trackers, %d are in the list (%v)", number, len(list.Items), err)
		}
	}
}

func TestSummaryIsPlain(t *testing.T) {
	f := healthy(t)
	r := newReport(f)
	r.Version = "1.0\x1b[2J\u202e\n9"
	if page := (screen{table: true, reports: []Report{r, r}, now: f.now}).text(plugin.Colors{}, false); strings.ContainsAny(page, "\x1b\u202e") || strings.Count(page, "\n") != 3 {
		t.Errorf("printed %q", page)
	}
}

// What docs/plugin.md shows is what is printed.
func TestDocsShowWhatIsPrinted(t *testing.T) {
	docs, err := os.ReadFile("../../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"healthy.txt", "database-down.txt", "summary.txt"} {
		page, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(docs), "```text\n"+string(page)+"```\n") {
			t.Errorf("docs/plugin.md does not show testdata/%s as it is", name)
		}
	}
}
