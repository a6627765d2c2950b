// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package notifications

import (
	"strings"

	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// explained are the alerts of what an outage of the API, or of what it needs, brings about.
// Whoever is notified of the cause learns nothing new from them.
var explained = []v1alpha1.AlertName{
	// The frontend answers with errors, or slowly, and uses up both budgets; its pages wait for the API.
	v1alpha1.AlertHighErrorRate,
	v1alpha1.AlertHighResponseTime,
	v1alpha1.AlertAvailabilityBudgetBurn,
	v1alpha1.AlertLatencyBudgetBurn,
	v1alpha1.AlertPoorWebVitals,
	// Nothing says how the dependencies are: no pod does, or those that wait for one don't.
	v1alpha1.AlertTrackerDependencyUnknown,
	// Pods don't become ready, and a rollout does not end.
	v1alpha1.AlertTrackerRolloutStuck,
	// The probes ask the API, also whether it is ready.
	v1alpha1.AlertTrackerProbeFailing,
	// The journeys need the API and the database.
	v1alpha1.AlertTrackerJourneyFailing,
}

// causes are the alerts that explain those. None of them is among those that are explained:
// an alert that is inhibited still inhibits others.
var causes = []v1alpha1.AlertName{
	v1alpha1.AlertTrackerAPIDown,
	v1alpha1.AlertTrackerDependencyDown,
	v1alpha1.AlertDatabaseConnectionIssues,
}

// inhibitRules keep those who know of an alert from being notified of what it implies. A
// level does not inhibit the one below: of a group of two alerts of which one has been
// escalated, Alertmanager would report the end when the other one ends, and PagerDuty would
// close an incident that goes on.
func (b *builder) inhibitRules() []monitoringv1alpha1.InhibitRule {
	return []monitoringv1alpha1.InhibitRule{
		b.inhibits(
			[]monitoringv1alpha1.Matcher{equal("severity", string(v1alpha1.SeverityCritical))},
			[]monitoringv1alpha1.Matcher{equal("severity", string(v1alpha1.SeverityWarning))},
			"alertname",
		),
		b.inhibits(
			[]monitoringv1alpha1.Matcher{matches("alertname", anyOf(causes))},
			[]monitoringv1alpha1.Matcher{matches("alertname", anyOf(explained))},
			// As above: of the same severity, both are in one group, which ends with the cause.
			v1alpha1.LabelEscalationLevel,
		),
	}
}

// inhibits is a rule among alerts of the tracker. Labels that both alerts lack are equal.
func (b *builder) inhibits(source, target []monitoringv1alpha1.Matcher, equal ...string) monitoringv1alpha1.InhibitRule {
	return monitoringv1alpha1.InhibitRule{
		SourceMatch: append(b.self(), source...),
		TargetMatch: append(b.self(), target...),
		Equal:       append([]string{"namespace", promql.Tracker}, equal...),
	}
}

func anyOf(names []v1alpha1.AlertName) string {
	var all []string
	for _, name := range names {
		all = append(all, string(name))
	}
	return strings.Join(all, "|")
}
