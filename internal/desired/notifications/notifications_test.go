// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// escalating is the tracker of a golden file: four levels, and one receiver of each kind.
func escalating(t *testing.T) *v1alpha1.InterviewTracker {
	t.Helper()
	text, err := os.ReadFile("../testdata/notifications/escalation.in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tracker := &v1alpha1.InterviewTracker{}
	if err := yaml.UnmarshalStrict(text, tracker); err != nil {
		t.Fatal(err)
	}
	return tracker
}

// alert are the labels of one of its alerts.
func alert(name v1alpha1.AlertName, severity, level string, more ...string) map[string]string {
	labels := map[string]string{"alertname": string(name), "namespace": "people", "tracker": "hiring", "severity": severity}
	if level != "" {
		labels[v1alpha1.LabelEscalationLevel] = level
	}
	for i := 0; i < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return labels
}

func TestReceivers(t *testing.T) {
	config := Build(escalating(t))
	for _, c := range []struct {
		labels map[string]string
		want   []string
	}{
		{alert("HighErrorRate", "critical", ""), []string{"incidents-slack", "incidents-email", "pagerduty", "status-page"}},
		{alert("HighErrorRate", "warning", ""), []string{"incidents-slack", "incidents-email"}},
		{alert("HighErrorRate", "critical", "2"), []string{"incidents-slack", "incidents-email"}},
		{alert("HighErrorRate", "critical", "4"), []string{"incidents-email"}},
		{alert("HighErrorRate", "critical", "5"), nil},
		{alert("HighErrorRate", "warning", "2"), nil},
		{alert("HighErrorRate", "none", ""), nil},
		{alert(v1alpha1.AlertTrackerWatchdog, "none", ""), []string{"dead-mans-switch"}},
		{alert(v1alpha1.AlertTrackerWatchdog, "critical", ""), []string{"dead-mans-switch"}},
		{alert("HighErrorRate", "critical", "", "tracker", "other"), nil},
		{alert("HighErrorRate", "critical", "", "namespace", "other"), nil},
		{nil, nil},
	} {
		if diff := cmp.Diff(c.want, Receivers(config, c.labels)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.labels, diff)
		}
	}
}

// An alert that comes again after its end was muted is sent with the next reminder.
func TestRepeatIntervals(t *testing.T) {
	children, err := Build(escalating(t)).Route.ChildRoutes()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, route := range children[1:] {
		got[route.Matchers[0].Value+" "+route.Matchers[1].Value] = string(*route.RepeatInterval)
	}
	want := map[string]string{" critical": "1h", " warning": "12h", "2 critical": "1h", "3 critical": "1h", "4 critical": "1h"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMutedRoutes(t *testing.T) {
	tracker := escalating(t)
	children, err := Build(tracker).Route.ChildRoutes()
	if err != nil {
		t.Fatal(err)
	}
	for i, route := range children {
		if muted, watchdog := len(route.MuteTimeIntervals) == 1, i == 0; muted == watchdog {
			t.Errorf("the route to %s is muted by %v", route.Receiver, route.MuteTimeIntervals)
		}
	}
	tracker.Spec.Maintenance = nil
	config := Build(tracker)
	if children, err = config.Route.ChildRoutes(); err != nil {
		t.Fatal(err)
	}
	for _, route := range children {
		if len(route.MuteTimeIntervals) > 0 || config.MuteTimeIntervals != nil {
			t.Errorf("without maintenance, the route to %s is muted by %v", route.Receiver, route.MuteTimeIntervals)
		}
	}
}

// Alertmanager evaluates more of them in test/prometheus-operator.
func TestMutedUntil(t *testing.T) {
	for end, want := range map[string]string{
		"2026-03-14T15:10:00Z": "2000:2025; 2026 1:2; 2026 3 1-13; 2026 3 14-14 00:00-15:10",
		"2026-01-01T00:00:00Z": "2000:2025",
		"2026-01-01T00:01:00Z": "2000:2025; 2026 1 1-1 00:00-00:01",
		"2026-03-01T00:00:00Z": "2000:2025; 2026 1:2",
		"2026-02-02T00:00:00Z": "2000:2025; 2026 1:1; 2026 2 1-1",
		"2026-12-31T23:59:00Z": "2000:2025; 2026 1:11; 2026 12 1-30; 2026 12 31-31 00:00-23:59",
		"2000-01-01T00:00:00Z": "",
		"2000-01-01T00:05:00Z": "2000 1 1-1 00:00-00:05",
		"1999-12-31T23:59:00Z": "",
		"9999-12-31T23:59:00Z": "2000:2999",
		"0001-01-01T00:00:00Z": "",
	} {
		at, err := time.Parse(time.RFC3339, end)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, interval := range mutedUntil(at) {
			got = append(got, describeInterval(interval))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", end, strings.Join(got, "; "), want)
		}
		if err := (monitoringv1alpha1.MuteTimeInterval{Name: "x", TimeIntervals: mutedUntil(at)}).Validate(); err != nil {
			t.Errorf("%s: %v", end, err)
		}
	}
}

func describeInterval(interval monitoringv1alpha1.TimeInterval) string {
	var parts []string
	for _, years := range interval.Years {
		parts = append(parts, string(years))
	}
	for _, months := range interval.Months {
		parts = append(parts, string(months))
	}
	for _, days := range interval.DaysOfMonth {
		parts = append(parts, strings.Join([]string{strconv.Itoa(days.Start), strconv.Itoa(days.End)}, "-"))
	}
	for _, times := range interval.Times {
		parts = append(parts, string(times.StartTime)+"-"+string(times.EndTime))
	}
	return strings.Join(parts, " ")
}

// inhibited reports whether an alert keeps another one from being notified, by Alertmanager's
// rules.
func inhibited(config monitoringv1alpha1.AlertmanagerConfigSpec, source, target map[string]string) bool {
	all := func(matchers []monitoringv1alpha1.Matcher, labels map[string]string) bool {
		return !slices.ContainsFunc(matchers, func(m monitoringv1alpha1.Matcher) bool { return !matched(m, labels[m.Name]) })
	}
	return slices.ContainsFunc(config.InhibitRules, func(rule monitoringv1alpha1.InhibitRule) bool {
		differ := slices.ContainsFunc(rule.Equal, func(name string) bool { return source[name] != target[name] })
		return all(rule.SourceMatch, source) && all(rule.TargetMatch, target) && !differ
	})
}

func TestInhibition(t *testing.T) {
	config := Build(escalating(t))
	for _, c := range []struct {
		source, target map[string]string
		want           bool
	}{
		{alert("HighErrorRate", "critical", ""), alert("HighErrorRate", "warning", ""), true},
		{alert("TrackerProbeFailing", "critical", "", "pod", "a"), alert("TrackerProbeFailing", "warning", ""), true},
		{alert("HighErrorRate", "critical", ""), alert("HighResponseTime", "warning", ""), false},
		{alert("HighErrorRate", "critical", ""), alert("HighErrorRate", "warning", "", "tracker", "other"), false},
		{alert("TrackerAPIDown", "critical", "2"), alert("HighErrorRate", "critical", "2"), true},
		{alert("TrackerAPIDown", "critical", ""), alert("HighErrorRate", "critical", "2"), false},
		{alert("TrackerAPIDown", "critical", ""), alert("HighErrorRate", "critical", "", "namespace", "other"), false},
		{alert("TrackerAPIDown", "critical", "", "tracker", "other"), alert("HighErrorRate", "critical", ""), false},
		{alert("TrackerAPIDown", "critical", ""), alert("TrackerDependencyDown", "critical", ""), false},
		{alert("TrackerAPIDown", "critical", ""), alert("HighMemoryUsage", "warning", ""), false},
		{alert("TrackerDependencyDown", "critical", "", "dependency", "redis"), alert("TrackerRolloutStuck", "warning", "", "type", "APIAvailable"), true},
		{alert("TrackerOptionalDependencyDown", "warning", "", "dependency", "redis"), alert("HighErrorRate", "critical", ""), false},
		{alert("TrackerOptionalDependencyDown", "warning", "", "dependency", "redis"), alert("TrackerRolloutStuck", "warning", "", "type", "APIAvailable"), false},
		// An outage is not held against a rollout, so a failed one has a cause of its own.
		{alert("TrackerDependencyDown", "critical", "", "dependency", "redis"), alert("TrackerRolloutFailed", "warning", ""), false},
		{alert("DatabaseConnectionIssues", "critical", ""), alert("TrackerProbeFailing", "critical", "", "instance", "x"), true},
		{alert("HighErrorRate", "critical", "2"), alert("HighErrorRate", "critical", ""), false},
		{alert("HighErrorRate", "critical", "2"), alert("HighErrorRate", "critical", "3"), false},
	} {
		if got := inhibited(config, c.source, c.target); got != c.want {
			t.Errorf("%v inhibits %v: %t", c.source, c.target, got)
		}
	}
}

// Alerts that inhibit each other would notify nobody.
func TestNoAlertInhibitsItself(t *testing.T) {
	config := Build(escalating(t))
	var alerts []map[string]string
	for _, name := range slices.Concat(causes, explained, []v1alpha1.AlertName{v1alpha1.AlertHighMemoryUsage}) {
		for _, severity := range []string{"critical", "warning"} {
			for _, level := range []string{"", "2", "3", "4"} {
				alerts = append(alerts, alert(name, severity, level))
			}
		}
	}
	inhibits := make([][]int, len(alerts))
	for source := range alerts {
		for target := range alerts {
			if inhibited(config, alerts[source], alerts[target]) {
				inhibits[source] = append(inhibits[source], target)
			}
		}
	}
	done := map[int]bool{}
	var walk func(path []int)
	walk = func(path []int) {
		at := path[len(path)-1]
		if slices.Contains(path[:len(path)-1], at) {
			t.Fatalf("%v inhibits itself, along %v", alerts[at], path)
		}
		if done[at] {
			return
		}
		for _, next := range inhibits[at] {
			walk(append(slices.Clone(path), next))
		}
		done[at] = true
	}
	for i := range alerts {
		walk([]int{i})
	}
}

func TestUnrouted(t *testing.T) {
	tracker := escalating(t)
	raised := []rules.Raised{
		{Name: "A", Labels: alert("A", "critical", "")},
		{Name: "A", Labels: alert("A", "critical", "2")},
		{Name: "A", Labels: alert("A", "critical", "3")},
		{Name: "A", Labels: alert("A", "critical", "4")},
		{Name: "B", Labels: alert("B", "warning", "")},
		{Name: "B", Labels: alert("B", "warning", "")},
		{Name: "C", Labels: alert("C", "warning", "")},
	}
	if got := Unrouted(tracker, Build(tracker), raised); got != nil {
		t.Errorf("%q", got)
	}
	tracker.Spec.Monitoring.Notifications.Escalation[0].Severities = []v1alpha1.Severity{v1alpha1.SeverityCritical}
	tracker.Spec.Monitoring.Notifications.Receivers[1].Severities = []v1alpha1.Severity{v1alpha1.SeverityWarning}
	want := []string{
		"no receiver is notified of B, C (warning) at level 1, on-call engineer",
		"no receiver is notified of A (critical) at level 3, engineering manager",
		"level 4, CTO/VP Engineering, is notified of nothing: no enabled alert is critical",
	}
	if diff := cmp.Diff(want, Unrouted(tracker, Build(tracker), slices.Delete(raised, 3, 4))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Unrouted(tracker, Build(tracker), nil); len(got) != 1 {
		t.Errorf("without rules: %q", got)
	}
}
