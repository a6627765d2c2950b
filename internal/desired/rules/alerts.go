// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// requests are the alerts on how the API answers.
func (b *builder) requests() []monitoringv1.Rule {
	errors, slow, connections := b.alerts.GetRule(v1alpha1.AlertHighErrorRate),
		b.alerts.GetRule(v1alpha1.AlertHighResponseTime), b.alerts.GetRule(v1alpha1.AlertDatabaseConnectionIssues)
	return b.alertRules(
		alert{
			name:     v1alpha1.AlertHighErrorRate,
			severity: severityCritical,
			patience: errors.For.Duration,
			expr: fmt.Sprintf("sum by (namespace, tracker) (rate(%s[%s])) > %s",
				b.own(promql.Requests, promql.Matches("status", "5.."), promql.UserRequests), shortest, threshold(errors.Threshold)),
			summary:     "High error rate detected",
			description: "The API of " + b.name() + ` answers {{ printf "%.2f" $value }} requests per second with an error (status 5xx).`,
		},
		alert{
			name:     v1alpha1.AlertHighResponseTime,
			severity: severityWarning,
			patience: slow.For.Duration,
			// The quantile of the whole, not of each pod: le must survive the sum, and of
			// several quantiles none can be made. Without requests it is NaN, which is
			// above nothing.
			expr: fmt.Sprintf("histogram_quantile(0.95, sum by (namespace, tracker, le) (rate(%s[%s]))) > %s",
				b.own(promql.RequestDuration+promql.Bucket), shortest, threshold(slow.Threshold)),
			summary:     "High response time detected",
			description: "The 95th percentile of the response times of the API of " + b.name() + ` is {{ printf "%.2f" $value }} seconds.`,
		},
		alert{
			name:     v1alpha1.AlertDatabaseConnectionIssues,
			severity: severityCritical,
			patience: connections.For.Duration,
			// All pods together, as the description says "no connections": one pod that
			// starts, or that has lost its way to the database, is taken out by its readiness
			// probe, and TrackerDependencyDown reports it. When no pod responds to Prometheus
			// there is no series, and TrackerAPIDown fires instead.
			expr:        fmt.Sprintf("sum by (namespace, tracker) (%s) < %s", b.own(promql.DatabaseConnections), threshold(connections.Threshold)),
			summary:     "Database connection issues",
			description: "The API pods of " + b.name() + " have {{ $value }} working connections to the database, all together.",
		},
	)
}

// scrapes are the alerts on missing series: no other alert can fire then.
func (b *builder) scrapes() []monitoringv1.Rule {
	if !ptr.Deref(b.tracker.Spec.GetServiceMonitor().Enabled, true) {
		return nil // Prometheus does not scrape the API
	}
	// By its job: the series of probes, and of whatever else is scraped for the tracker,
	// bear its name, too.
	up := b.own(promql.Up, promql.Equal("job", b.tracker.ChildName(b.catalog.Primary().Name)))
	alerts := []alert{{
		name:     v1alpha1.AlertTrackerAPIDown,
		severity: severityCritical,
		patience: 2 * time.Minute,
		// The best of all pods: one that doesn't answer among others that do is the
		// Service's business.
		expr:        fmt.Sprintf("max by (namespace, tracker) (%s) == 0", up),
		summary:     "No API pod responds",
		description: "Prometheus has targets for the API pods of " + b.name() + ", and none of them responds.",
	}}
	if !b.stopped {
		alerts = append(alerts, alert{
			name:     v1alpha1.AlertTrackerMetricsAbsent,
			severity: severityCritical,
			patience: 5 * time.Minute,
			expr:     fmt.Sprintf("absent(%s)", up),
			summary:  "No API pod is scraped",
			description: "Prometheus has no target for the API pods of " + b.name() +
				": there is none, or Prometheus doesn't select the ServiceMonitor. No other alert on the API can fire.",
		})
	}
	return b.alertRules(alerts...)
}
