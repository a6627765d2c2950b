// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// conditions are the alerts on the conditions of the tracker, from the operator's metrics,
// and on restarts.
func (b *builder) conditions() []monitoringv1.Rule {
	optional := b.optional()
	var required []string
	if optional != "" {
		required = []string{promql.NotMatches("dependency", optional)}
	}
	// A database without any connection has an alert already.
	down := fmt.Sprintf("max by (namespace, dependency) (%s) == 0\n"+
		"unless on (namespace, dependency) label_replace(max by (namespace) (%s), \"dependency\", %q, \"\", \"\")",
		b.operator(promql.DependencyUp, required...), b.firing(v1alpha1.AlertDatabaseConnectionIssues), v1alpha1.ComponentDatabase)
	// Not true, rather than false: what is unknown for so long is no better. But a suspended
	// tracker has no rollouts, and its conditions may wait for days.
	stuck := fmt.Sprintf("max by (namespace, type) (%s) == 0\nunless on (namespace) %s == 1", b.operator(promql.Condition,
		promql.Matches("type", b.rollouts()), promql.Equal("status", "True")), b.operator(promql.Suspended))
	// No pod becomes ready without a dependency, and that has an alert already.
	stuck += "\nunless on (namespace) " + b.firing(v1alpha1.AlertTrackerDependencyDown, v1alpha1.AlertDatabaseConnectionIssues)
	// A rollout that makes no progress is given up after its deadline: this is later.
	patience := max(15*time.Minute, b.tracker.Spec.GetRollout().ProgressDeadline.Duration+5*time.Minute)
	alerts := []alert{
		{
			name:        v1alpha1.AlertTrackerDependencyDown,
			severity:    severityCritical,
			patience:    2 * time.Minute,
			expr:        down,
			summary:     "A dependency is down",
			description: "The {{ $labels.dependency }} of " + b.name() + " does not work for all API pods; the tracker's conditions have the cause.",
		},
		{
			name:     v1alpha1.AlertTrackerRolloutStuck,
			severity: severityWarning,
			patience: patience,
			expr:     stuck,
			summary:  "A rollout is stuck",
			description: "{{ $labels.type }} of " + b.name() + " has not been true for " +
				strconv.Itoa(int(patience.Minutes())) + " minutes; the condition has the cause.",
		},
		b.restarting(),
	}
	// An alert of its own, which explains no other alert and takes the place of none: users are served.
	if optional != "" {
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertTrackerOptionalDependencyDown,
			severity: severityWarning,
			patience: 10 * time.Minute,
			expr: fmt.Sprintf("max by (namespace, dependency) (%s) == 0",
				b.operator(promql.DependencyUp, promql.Matches("dependency", optional))),
			summary: "An optional dependency is down",
			description: "The {{ $labels.dependency }} of " + b.name() +
				" does not work for all API pods, which serve without it; the tracker's conditions have the cause.",
		})
	}
	if b.tracker.Spec.GetAutoRollback() {
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertTrackerRolloutFailed,
			severity: severityWarning,
			// The operator has confirmed it.
			expr:        fmt.Sprintf("max by (namespace) (%s) == 1", b.operator(promql.RolloutFailed)),
			summary:     "A rollout has failed",
			description: "The last change of " + b.name() + " does not work; the tracker's condition Stalled has the cause, and what runs now.",
		})
	}
	// A stopped API can't report its dependencies, as the spec wants it.
	if !b.stopped {
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertTrackerDependencyUnknown,
			severity: severityWarning,
			patience: 10 * time.Minute,
			expr: fmt.Sprintf("max by (namespace, type) (%s) == 1", b.operator(promql.Condition,
				promql.Matches("type", b.dependencies()), promql.Equal("status", "Unknown"))),
			summary:     "A dependency's health is unknown",
			description: "{{ $labels.type }} of " + b.name() + " is unknown: the operator can't reach the API pods, or they don't start.",
		})
	}
	return b.alertRules(alerts...)
}

// rollouts matches the conditions of the components, and that of the migrations.
func (b *builder) rollouts() string {
	var types []string
	for _, c := range b.catalog.Components {
		types = append(types, c.Condition.Type)
	}
	return strings.Join(append(types, v1alpha1.ConditionMigrationsComplete), "|")
}

// dependencies matches the conditions of the dependencies.
func (b *builder) dependencies() string {
	var types []string
	for _, d := range b.catalog.Used(&b.tracker.Spec) {
		types = append(types, d.Condition.Type)
	}
	return strings.Join(types, "|")
}

// optional matches the names of the dependencies that the tracker works without; empty when there are
// none.
func (b *builder) optional() string {
	var names []string
	for _, d := range b.catalog.Optional(&b.tracker.Spec) {
		names = append(names, string(d.Name))
	}
	return strings.Join(names, "|")
}

// restarting counts, and doesn't estimate: increase() of two restarts is a little
// more than two.
func (b *builder) restarting() alert {
	starts := b.api(promql.ProcessStart)
	by := "namespace, tracker, pod"
	if b.alerts.MetricsSource == v1alpha1.MetricsSourceKubernetes {
		by = "namespace, pod"
		starts = b.containers("kube_pod_container_status_restarts_total")
	}
	return alert{
		name:     v1alpha1.AlertTrackerRestarting,
		severity: severityWarning,
		// The hour takes the place of `for`.
		expr:        fmt.Sprintf("max by (%s) (changes(%s[1h])) > 2", by, starts),
		summary:     "An API pod keeps restarting",
		description: "API pod {{ $labels.pod }} of " + b.name() + " has restarted {{ $value }} times within an hour.",
	}
}
