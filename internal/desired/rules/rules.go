// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rules builds the alerting and recording rules: those of a tracker, the
// user's own among them, and those of the operator. It is pure.
//
// All expressions keep to a few habits, so that none of the specification's traps
// comes back:
//   - Every selector names the namespace and the tracker. Two trackers, or one name
//     in two namespaces, never mix.
//   - Every selector names the job, which no other job of the cluster has: whoever gets a
//     pod of their own scraped may give its series any name, and most labels.
//   - Rates are taken of each series and summed afterwards: only so is the restart of
//     one pod no fall of the sum, and only so do errors that are spread over many pods
//     add up.
//   - Divisors are filtered by > 0: where there is no limit or no request there is no
//     ratio, and no +Inf that is above every threshold.
//   - What is compared is aggregated to few labels, which don't change while the
//     trouble lasts: an alert whose labels change is a new alert, and its
//     `for` starts again.
package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// The severities of alerts: critical pages someone, warning can wait for the
// morning.
const (
	severityCritical = string(v1alpha1.SeverityCritical)
	severityWarning  = string(v1alpha1.SeverityWarning)
)

// groupPrefix begins the names of the operator's groups.
const groupPrefix = "tracker"

// Build returns the rules of a tracker. The primary component's container has the given
// resources, which may be other than those of the spec: patches change them.
func Build(t *v1alpha1.InterviewTracker, c catalog.Catalog, container v1alpha1.ResourcesSpec) monitoringv1.PrometheusRuleSpec {
	b := &builder{
		tracker:       t,
		catalog:       c,
		container:     container,
		alerts:        t.Spec.GetAlerts(),
		notifications: t.Spec.GetNotifications(),
		self:          []string{promql.Equal("namespace", t.Namespace), promql.Equal(promql.Tracker, t.Name)},
		stopped:       c.Primary().Replicas(&t.Spec) == 0,
	}
	groups := []monitoringv1.RuleGroup{
		{Name: groupPrefix + "-requests", Rules: b.requests()},
		{Name: groupPrefix + "-resources", Rules: b.resources()},
		{Name: groupPrefix + "-scrapes", Rules: b.scrapes()},
		{Name: groupPrefix + "-conditions", Rules: b.conditions()},
		{Name: groupPrefix + "-synthetic", Rules: b.synthetic()},
		{Name: groupPrefix + "-users", Rules: b.users()},
		{Name: groupPrefix + "-journeys", Rules: b.journeys()},
		{Name: groupPrefix + "-watchdog", Rules: b.watchdog()},
	}
	groups = slices.DeleteFunc(append(groups, b.objectives()...), func(group monitoringv1.RuleGroup) bool {
		return len(group.Rules) == 0
	})
	return monitoringv1.PrometheusRuleSpec{Groups: groups}
}

// builder holds what one Build works on.
type builder struct {
	tracker *v1alpha1.InterviewTracker
	catalog catalog.Catalog
	// container are the resources of the primary component's container.
	container v1alpha1.ResourcesSpec
	alerts    *v1alpha1.AlertsSpec
	// notifications say who is notified; nil when the spec does not.
	notifications *v1alpha1.NotificationsSpec
	// self are the matchers of the tracker's series.
	self []string
	// stopped reports that the primary component has no replicas.
	stopped bool
}

// own selects series of the tracker that have one more matcher: that of their job.
func (b *builder) own(metric, job string, matchers ...string) string {
	return promql.Series(metric, slices.Concat(b.self, []string{job}, matchers)...)
}

// api selects series that Prometheus has from the API's pods.
func (b *builder) api(metric string, matchers ...string) string {
	return b.own(metric, promql.Equal("job", promql.APIJob(b.tracker.Namespace, b.tracker.Name)), matchers...)
}

// frontend selects series that Prometheus has from the frontend's pods.
func (b *builder) frontend(metric string, matchers ...string) string {
	job := promql.ComponentJob(b.tracker.Namespace, b.tracker.Name, string(v1alpha1.ComponentFrontend))
	return b.own(metric, promql.Equal("job", job), matchers...)
}

// operator selects series that the operator exports of the tracker. They have their namespace
// from the tracker itself, and its name in the label name.
func (b *builder) operator(metric string, matchers ...string) string {
	return promql.Series(metric, slices.Concat([]string{
		promql.Equal("namespace", b.tracker.Namespace), promql.Equal("name", b.tracker.Name), promql.Equal("job", promql.OperatorJob),
	}, matchers)...)
}

// probes selects series that Prometheus has from the probes.
func (b *builder) probes(metric string) string {
	return b.own(metric, promql.Equal("job", promql.ProbeJob(b.tracker.Namespace, b.tracker.Name)))
}

// recorded selects series that the recording rules have written.
func (b *builder) recorded(metric string) string { return b.own(metric, promql.NoJob) }

// alert is what all kinds of alerts are made of.
type alert struct {
	name     v1alpha1.AlertName
	severity string
	// patience is how long expr must hold; of an alert that has a row in spec.monitoring.alerts
	// or in the specification, that is written there.
	patience time.Duration
	expr     string
	summary  string
	// description is a template of Prometheus. $labels are those of expr's result, not
	// those that we add.
	description string
	// labels are further labels.
	labels map[string]string
}

// raises reports whether an alert is not disabled.
func (b *builder) raises(name v1alpha1.AlertName) bool {
	return !slices.Contains(b.alerts.Disabled, name)
}

// alertRules turns alerts into rules, each followed by those of its further levels, without
// those that are disabled.
func (b *builder) alertRules(alerts ...alert) []monitoringv1.Rule {
	var all []monitoringv1.Rule
	for _, a := range alerts {
		if !b.raises(a.name) {
			continue
		}
		if configured := b.alerts.GetRule(a.name).For; configured != nil {
			a.patience = configured.Duration
		}
		r := a.rule(b.alerts.RunbookBaseURL)
		if dashboard := b.tracker.Spec.GetDashboard(); *dashboard.Enabled && dashboard.GrafanaURL != "" {
			r.Annotations["dashboard_url"] = literal(strings.TrimSuffix(dashboard.GrafanaURL, "/") + "/d/" + b.tracker.DashboardUID())
		}
		// Written here, and not left to the result of the expression: that of absent() and
		// of what the kubelet measures lacks one or the other.
		r.Labels["namespace"] = b.tracker.Namespace
		r.Labels["tracker"] = b.tracker.Name
		all = append(append(all, r), b.escalated(r)...)
	}
	return all
}

func (a alert) rule(runbooks string) monitoringv1.Rule {
	labels := map[string]string{"severity": a.severity}
	maps.Copy(labels, a.labels)
	return monitoringv1.Rule{
		Alert:  string(a.name),
		Expr:   intstr.FromString(a.expr),
		For:    new(duration(a.patience)),
		Labels: labels,
		Annotations: map[string]string{
			"summary":     a.summary,
			"description": a.description,
			"runbook_url": literal(RunbookURL(runbooks, string(a.name))),
		},
	}
}

func record(name, expr string) monitoringv1.Rule {
	return monitoringv1.Rule{Record: name, Expr: intstr.FromString(expr)}
}

// name is the tracker as texts name it.
func (b *builder) name() string {
	return literal(b.tracker.Namespace + "/" + b.tracker.Name)
}

// RunbookURL is the page of an alert. A base that is a folder may lack its slash; of
// one that has a query or a fragment stays as it is.
func RunbookURL(base, alert string) string {
	if !strings.HasSuffix(base, "/") && !strings.ContainsAny(base, "?#") {
		base += "/"
	}
	return base + alert + ".md"
}

// literal is a text as a template that expands to it.
func literal(text string) string {
	return strings.ReplaceAll(text, "{{", "{{`{{`}}")
}

// duration is a time in Prometheus's notation, which has no fractions.
func duration(d time.Duration) monitoringv1.Duration {
	return monitoringv1.Duration(model.Duration(max(d, 0)).String())
}

// threshold is the threshold of a configurable alert as PromQL. The schema lets only numbers
// through; anything else is NaN, and compares with nothing.
func (b *builder) threshold(name v1alpha1.AlertName) string {
	return promql.Number(b.alerts.GetRule(name).Threshold.Float())
}

// met is the rate of what users meet, each request once: what the frontend answers, and what
// the API answers that did not come through it. An API that doesn't tell these apart counts
// whole, and so does one whose frontend has no metrics.
func (b *builder) met(metric, direct, by string, window time.Duration, matchers ...string) string {
	sum := func(series string) string {
		return fmt.Sprintf("sum by (%s) (rate(%s[%s]))", by, series, duration(window))
	}
	frontend, api := sum(b.frontend(metric, matchers...)), sum(b.api(metric, matchers...))
	return fmt.Sprintf("(\n  %s\n  + (%s\n    or %s)\n  or %s\n  or %s\n)", frontend, sum(b.api(direct, matchers...)), api, frontend, api)
}

// requestsMet is the rate of the requests that users meet.
func (b *builder) requestsMet(window time.Duration, matchers ...string) string {
	return b.met(promql.Requests, promql.DirectRequests, "namespace, tracker", window, append(matchers, promql.UserRequests)...)
}

// requests are the alerts on what users meet. Their descriptions begin as the specification's.
func (b *builder) requests() []monitoringv1.Rule {
	slow := fmt.Sprintf("histogram_quantile(0.95, %s) > %s",
		b.met(promql.RequestDuration+promql.Bucket, promql.DirectDuration+promql.Bucket, "namespace, tracker, le", shortest),
		b.threshold(v1alpha1.AlertHighResponseTime)) +
		"\nunless on (namespace, tracker) " + b.firing(v1alpha1.AlertHighErrorRate) // Slow failures are failures.
	connections := "No"
	if b.alerts.GetRule(v1alpha1.AlertDatabaseConnectionIssues).Threshold.Float() > 1 {
		connections = "{{ $value }}"
	}
	return b.alertRules(
		alert{
			name:     v1alpha1.AlertHighErrorRate,
			severity: severityCritical,
			expr:     b.requestsMet(shortest, promql.Matches("status", "5..")) + " > " + b.threshold(v1alpha1.AlertHighErrorRate),
			summary:  "High error rate detected",
			description: `Error rate is {{ printf "%.2f" $value }} errors per second: requests to the frontend of ` + b.name() +
				", and directly to its API, that are answered with status 5xx.",
		},
		alert{
			name:     v1alpha1.AlertHighResponseTime,
			severity: severityWarning,
			// The quantile of the whole, not of each pod: le must survive the sum, and of
			// several quantiles none can be made. Without requests it is NaN, which is
			// above nothing.
			expr:    slow,
			summary: "High response time detected",
			description: `95th percentile response time is {{ printf "%.2f" $value }} seconds: of the requests to the frontend of ` + b.name() +
				", and directly to its API.",
		},
		alert{
			name:     v1alpha1.AlertDatabaseConnectionIssues,
			severity: severityCritical,
			// All pods together, as the description says "no connections": one pod that
			// starts, or that has lost its way to the database, is taken out by its readiness
			// probe, and TrackerDependencyDown reports it. When no pod responds to Prometheus
			// there is no series, and TrackerAPIDown fires instead.
			expr: fmt.Sprintf("sum by (namespace, tracker) (%s) < %s",
				b.api(promql.DatabaseConnections), b.threshold(v1alpha1.AlertDatabaseConnectionIssues)),
			summary:     "Database connection issues",
			description: connections + " active database connections in the API pods of " + b.name() + ".",
		},
	)
}

// firing are the alerts of those names that fire: while one is pending, it takes the place of no other.
func (b *builder) firing(names ...v1alpha1.AlertName) string {
	var all []string
	for _, name := range names {
		all = append(all, string(name))
	}
	return b.own("ALERTS", promql.NoJob, promql.Matches("alertname", strings.Join(all, "|")), promql.Equal("alertstate", "firing"))
}

// scrapes are the alerts on missing series: no other alert can fire then.
func (b *builder) scrapes() []monitoringv1.Rule {
	if !ptr.Deref(b.tracker.Spec.GetServiceMonitor().Enabled, true) {
		return nil // Prometheus does not scrape the API
	}
	up := b.api(promql.Up)
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
