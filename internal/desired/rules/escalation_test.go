// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// notifying has the alerts of a tracker escalate to two levels, the last of which is told of
// critical ones alone, and a watchdog.
func notifying(t *v1alpha1.InterviewTracker) *v1alpha1.InterviewTracker {
	t.Spec.Monitoring.Notifications = &v1alpha1.NotificationsSpec{
		Receivers: []v1alpha1.Receiver{{Name: "bridge", Webhook: &v1alpha1.WebhookReceiver{}}},
		Escalation: []v1alpha1.EscalationLevel{
			{Name: "on-call engineer", Receivers: []string{"bridge"}},
			{Name: "senior engineer", Receivers: []string{"bridge"}, After: &metav1.Duration{Duration: 15 * time.Minute}},
			{
				Name: "engineering manager", Receivers: []string{"bridge"}, After: &metav1.Duration{Duration: 90 * time.Minute},
				Severities: []v1alpha1.Severity{v1alpha1.SeverityCritical},
			},
		},
		Watchdog: &v1alpha1.WatchdogSpec{Receiver: "bridge"},
	}
	return t
}

// Each alert is followed by its levels, which differ from it in what has to differ alone; all else is as
// without notifications.
func TestEscalation(t *testing.T) {
	spec := build(notifying(trackerWith(v1alpha1.AlertsSpec{})))
	var levels []monitoringv1.Rule
	for i := range spec.Groups {
		group := &spec.Groups[i]
		var first monitoringv1.Rule
		var others []monitoringv1.Rule
		due := map[string]monitoringv1.Duration{}
		for _, rule := range group.Rules {
			level := rule.Labels[v1alpha1.LabelEscalationLevel]
			if level == "" {
				if len(due) > 0 {
					t.Errorf("%s lacks levels: %v", first.Alert, due)
				}
				first, due = rule, map[string]monitoringv1.Duration{}
				others = append(others, rule)
				switch rule.Labels["severity"] {
				case severityCritical:
					due = map[string]monitoringv1.Duration{"2": "15m", "3": "1h30m"}
				case severityWarning:
					due = map[string]monitoringv1.Duration{"2": "15m"}
				}
				continue
			}
			if *rule.For != due[level] {
				t.Errorf("level %s of %s is after %s, want %q", level, rule.Alert, *rule.For, due[level])
			}
			delete(due, level)
			labels := maps.Clone(rule.Labels)
			delete(labels, v1alpha1.LabelEscalationLevel)
			if diff := cmp.Diff(first.Labels, labels); diff != "" || rule.Alert != first.Alert {
				t.Errorf("level %s of %s differs from %s (-first +level):\n%s", level, rule.Alert, first.Alert, diff)
			}
			for _, annotation := range []string{"summary", "runbook_url"} {
				if rule.Annotations[annotation] != first.Annotations[annotation] {
					t.Errorf("level %s of %s: the %s is %q", level, rule.Alert, annotation, rule.Annotations[annotation])
				}
			}
			levels = append(levels, rule)
		}
		if len(due) > 0 {
			t.Errorf("%s lacks levels: %v", first.Alert, due)
		}
		group.Rules = others
	}
	if len(levels) == 0 {
		t.Fatal("nothing escalates")
	}
	if want := "HighErrorRate of team/hiring has been firing for 1h30m: level 3, engineering manager."; levels[1].Annotations["description"] != want {
		t.Errorf("got %q, want %q", levels[1].Annotations["description"], want)
	}
	spec.Groups = slices.DeleteFunc(spec.Groups, func(g monitoringv1.RuleGroup) bool { return g.Name == "tracker-watchdog" })
	if diff := cmp.Diff(build(trackerWith(v1alpha1.AlertsSpec{})), spec); diff != "" {
		t.Errorf("notifications change the alerts themselves (-without +with):\n%s", diff)
	}
}

func TestDisabledAlertsDontEscalate(t *testing.T) {
	name := v1alpha1.AlertHighErrorRate
	if left := alertsOf(build(notifying(trackerWith(v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{name}}))), name); len(left) > 0 {
		t.Errorf("there are %v", left)
	}
}

func TestWatchdog(t *testing.T) {
	tracker := notifying(trackerWith(v1alpha1.AlertsSpec{}))
	found := alertsOf(build(tracker), v1alpha1.AlertTrackerWatchdog)
	if len(found) != 1 || found[0].Expr.StrVal != "vector(1)" || *found[0].For != "0s" || found[0].Labels["severity"] != "none" {
		t.Errorf("got %+v", found)
	}
	tracker.Spec.Monitoring.Notifications.Watchdog = nil
	if found := alertsOf(build(tracker), v1alpha1.AlertTrackerWatchdog); len(found) > 0 {
		t.Errorf("there is a watchdog that the spec does not have: %+v", found)
	}
}

// The end is the minute from which Alertmanager no longer mutes.
func TestMaintenanceHoldsEscalationBack(t *testing.T) {
	tracker := notifying(trackerWith(v1alpha1.AlertsSpec{}))
	tracker.Spec.Maintenance = &v1alpha1.MaintenanceSpec{Until: metav1.Unix(61, 0), Reason: "a new disk"}
	const held = "\nand on () (vector(time()) >= 120)"
	before, after := Raises(build(notifying(trackerWith(v1alpha1.AlertsSpec{})))), Raises(build(tracker))
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("other alerts (-without +with maintenance):\n%s", diff)
	}
	rules := alertsOf(build(tracker), v1alpha1.AlertHighErrorRate)
	for i, without := range alertsOf(build(notifying(trackerWith(v1alpha1.AlertsSpec{}))), v1alpha1.AlertHighErrorRate) {
		want := without.Expr.StrVal
		if i > 0 {
			want += held
		}
		if got := rules[i].Expr.StrVal; got != want {
			t.Errorf("level %d: got %s, want %s", i+1, got, want)
		}
	}
}

func TestRaises(t *testing.T) {
	alert := func(labels ...string) monitoringv1.Rule {
		rule := monitoringv1.Rule{Alert: labels[0], Labels: map[string]string{"severity": labels[1]}}
		if len(labels) > 2 {
			rule.Labels[v1alpha1.LabelEscalationLevel] = labels[2]
		}
		return rule
	}
	got := Raises(monitoringv1.PrometheusRuleSpec{Groups: []monitoringv1.RuleGroup{
		{Rules: []monitoringv1.Rule{{Record: "a:b"}, alert("A", "critical"), alert("A", "critical", "2")}},
		{Rules: []monitoringv1.Rule{alert("B", "warning")}},
	}})
	want := []Raised{
		{"A", map[string]string{"alertname": "A", "severity": "critical"}},
		{"A", map[string]string{"alertname": "A", "severity": "critical", "escalation_level": "2"}},
		{"B", map[string]string{"alertname": "B", "severity": "warning"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDashboardURL(t *testing.T) {
	tracker := trackerWith(v1alpha1.AlertsSpec{})
	uid := tracker.DashboardUID()
	for name, test := range map[string]struct {
		dashboard *v1alpha1.DashboardSpec
		want      string
	}{
		"not written":   {},
		"no URL":        {dashboard: &v1alpha1.DashboardSpec{}},
		"a host":        {&v1alpha1.DashboardSpec{GrafanaURL: "https://grafana.example.com"}, "https://grafana.example.com/d/" + uid},
		"a slash":       {&v1alpha1.DashboardSpec{GrafanaURL: "https://grafana.example.com/"}, "https://grafana.example.com/d/" + uid},
		"a path":        {&v1alpha1.DashboardSpec{GrafanaURL: "https://example.com/grafana/"}, "https://example.com/grafana/d/" + uid},
		"no dashboard":  {dashboard: &v1alpha1.DashboardSpec{GrafanaURL: "https://grafana.example.com", Enabled: new(false)}},
		"not a literal": {&v1alpha1.DashboardSpec{GrafanaURL: "https://{{"}, "https://{{`{{`}}/d/" + uid},
	} {
		tracker := notifying(trackerWith(v1alpha1.AlertsSpec{}))
		tracker.Spec.Monitoring.Dashboard = test.dashboard
		for _, group := range build(tracker).Groups {
			for _, rule := range group.Rules {
				if got := rule.Annotations["dashboard_url"]; rule.Alert != "" && got != test.want {
					t.Errorf("%s: %s has %q, want %q", name, rule.Alert, got, test.want)
				}
			}
		}
	}
}
