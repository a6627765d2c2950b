// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"strings"
	"testing"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/notifications"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// alertmanagerConfig is that among a tracker's monitoring objects, nil when there is none.
func alertmanagerConfig(output *Output) *monitoringv1alpha1.AlertmanagerConfig {
	for _, object := range output.Monitoring {
		if config, ok := object.(*monitoringv1alpha1.AlertmanagerConfig); ok {
			return config
		}
	}
	return nil
}

func TestGoldenNotifications(t *testing.T) {
	for in, output := range built(t, "testdata/notifications/*.in.yaml", kinds.AlertmanagerConfig.Kind) {
		compareWithGolden(t, in, alertmanagerConfig(output))
		if len(output.Unrouted) > 0 {
			t.Errorf("%s: %q", in, output.Unrouted)
		}
	}
}

func TestAlertmanagerConfigOnlyWhenWanted(t *testing.T) {
	tracker, seen := readCase(t, "testdata/notifications/escalation.in.yaml")
	seen.Monitoring.Kinds = sets.New(kinds.PrometheusRule.Kind)
	output := build(t, tracker, seen)
	if alertmanagerConfig(output) != nil || !slices.Contains(output.Absent, kinds.AlertmanagerConfig.Kind) {
		t.Errorf("in a cluster that lacks the kind: absent are %v", output.Absent)
	}
	seen.Monitoring.Kinds = optionalKinds()
	tracker.Spec.Monitoring.Notifications = nil
	if output := build(t, tracker, seen); alertmanagerConfig(output) != nil || output.Unrouted != nil {
		t.Errorf("without notifications there is one, or %q", output.Unrouted)
	}
}

// The routes are proven against the rules of the same tracker, be the kinds in the cluster or
// not.
func TestUnrouted(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*v1alpha1.MonitoringSpec)
		want   string
	}{
		"no receiver takes warnings": {
			func(m *v1alpha1.MonitoringSpec) {
				for i := range m.Notifications.Receivers {
					m.Notifications.Receivers[i].Severities = []v1alpha1.Severity{v1alpha1.SeverityCritical}
				}
			},
			"(warning) at level 1, on-call engineer",
		},
		"no receiver of a level takes what it is notified of": {
			func(m *v1alpha1.MonitoringSpec) {
				m.Notifications.Receivers[1].Severities = []v1alpha1.Severity{v1alpha1.SeverityWarning}
			},
			"(critical) at level 3, engineering manager",
		},
		"the first level takes no warnings": {
			func(m *v1alpha1.MonitoringSpec) {
				m.Notifications.Escalation[0].Severities = []v1alpha1.Severity{v1alpha1.SeverityCritical}
			},
			"no receiver is notified of HighResponseTime, ",
		},
		"no alerts": {
			func(m *v1alpha1.MonitoringSpec) { m.Alerts = &v1alpha1.AlertsSpec{Enabled: new(false)} },
			"enable spec.monitoring.alerts",
		},
		"no alert of the severity is enabled": {
			func(m *v1alpha1.MonitoringSpec) {
				m.Synthetic = nil
				m.Alerts = &v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{
					v1alpha1.AlertHighErrorRate, v1alpha1.AlertDatabaseConnectionIssues, v1alpha1.AlertTrackerAPIDown, v1alpha1.AlertTrackerMetricsAbsent,
					v1alpha1.AlertAvailabilityBudgetBurn, v1alpha1.AlertLatencyBudgetBurn, v1alpha1.AlertTrackerDependencyDown,
				}}
			},
			"level 2, senior engineer, is notified of nothing: no enabled alert is critical",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, seen := readCase(t, "testdata/notifications/escalation.in.yaml")
			c.change(tracker.Spec.Monitoring)
			seen.Monitoring.Kinds = nil
			got := strings.Join(build(t, tracker, seen).Unrouted, "\n")
			if !strings.Contains(got, c.want) {
				t.Errorf("%q lacks %q", got, c.want)
			}
		})
	}
}

// The sample has the levels and channels of the specification, and each alert of it reaches
// someone.
func TestSample(t *testing.T) {
	tracker, seen := readCase(t, "../../config/samples/notifications.yaml")
	tracker.Namespace = "people"
	output := build(t, tracker, seen)
	if len(output.Unrouted) > 0 {
		t.Errorf("%q", output.Unrouted)
	}
	config := alertmanagerConfig(output).Spec
	for _, c := range []struct{ severity, level, want string }{
		{"critical", "", "incidents-slack incidents-email pagerduty"},
		{"critical", "2", "senior-engineer"},
		{"critical", "3", "engineering-manager"},
		{"critical", "4", "cto-vp-engineering"},
		{"warning", "", "incidents-slack incidents-email"},
	} {
		got := notifications.Receivers(config, map[string]string{
			"namespace": "people", "tracker": tracker.Name, "severity": c.severity, v1alpha1.LabelEscalationLevel: c.level,
		})
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s at level %q reaches %v", c.severity, c.level, got)
		}
	}
}
