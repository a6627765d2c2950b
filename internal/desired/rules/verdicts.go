// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// verdicts are the alerts on what the operator knows of the tracker, from its own
// metrics, and on restarts. The operator's series have its namespace from the tracker
// itself, and its name in the label name.
func (b *builder) verdicts() []monitoringv1.Rule {
	of := func(metric string, matchers ...string) string {
		return series(metric, append([]string{equal("namespace", b.tracker.Namespace), equal("name", b.tracker.Name)}, matchers...)...)
	}
	alerts := []alert{
		{
			name:        v1alpha1.AlertTrackerDependencyDown,
			severity:    severityCritical,
			patience:    2 * time.Minute,
			expr:        fmt.Sprintf("max by (namespace, dependency) (%s) == 0", of("interviewtracker_dependency_up")),
			summary:     "A dependency is down",
			description: "The {{ $labels.dependency }} of " + b.name() + " does not work for all API pods; the tracker's conditions say why.",
		},
		{
			name:     v1alpha1.AlertTrackerRolloutStuck,
			severity: severityWarning,
			// A rollout that makes no progress is given up after ten minutes: this is later.
			patience: 15 * time.Minute,
			// «Not true»: what is unknown for so long is no better than what is false. But a
			// suspended tracker has no rollouts, and its conditions may wait for days.
			expr: fmt.Sprintf("max by (namespace, type) (%s) == 0\nunless on (namespace) %s == 1", of("interviewtracker_condition",
				matches("type", "APIAvailable|FrontendAvailable|MigrationsComplete"), equal("status", "True")), of("interviewtracker_suspended")),
			summary:     "A rollout is stuck",
			description: "{{ $labels.type }} of " + b.name() + " has not been true for 15 minutes; the condition says why.",
		},
		b.restarting(),
	}
	// A stopped API can't tell of its dependencies, and nobody minds.
	if !b.stopped {
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertTrackerDependencyUnknown,
			severity: severityWarning,
			patience: 10 * time.Minute,
			expr: fmt.Sprintf("max by (namespace, type) (%s) == 1", of("interviewtracker_condition",
				matches("type", "DatabaseHealthy|RedisHealthy"), equal("status", "Unknown"))),
			summary:     "A dependency's health is unknown",
			description: "{{ $labels.type }} of " + b.name() + " is unknown: the operator can't reach the API pods, or they don't start.",
		})
	}
	return b.alertRules(alerts...)
}

// restarting counts, and doesn't estimate: increase() of two restarts is a little
// more than two.
func (b *builder) restarting() alert {
	starts := b.own("process_start_time_seconds")
	by := "namespace, tracker, pod"
	if b.alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		by = "namespace, pod"
		starts = series("kube_pod_container_status_restarts_total", equal("namespace", b.tracker.Namespace),
			matches("pod", b.podNames()), equal("container", string(v1alpha1.ComponentAPI)))
	}
	return alert{
		name:     v1alpha1.AlertTrackerRestarting,
		severity: severityWarning,
		// The hour is the patience.
		expr:        fmt.Sprintf("max by (%s) (changes(%s[1h])) > 2", by, starts),
		summary:     "An API pod keeps restarting",
		description: "API pod {{ $labels.pod }} of " + b.name() + " has restarted {{ $value }} times within an hour.",
	}
}
