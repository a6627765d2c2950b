// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rules builds the alerting and recording rules: those of a tracker, the
// user's own among them, and those of the operator. It is pure.
//
// All expressions keep to a few habits, so that none of the specification's traps
// comes back:
//   - Every selector names the namespace and the tracker. Two trackers, or one name
//     in two namespaces, never mix.
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
	"maps"
	"slices"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// The severities of alerts: critical pages someone, warning can wait for the
// morning.
const (
	severityCritical = "critical"
	severityWarning  = "warning"
)

// groupPrefix begins the names of the operator's groups.
const groupPrefix = "tracker"

// Build returns the rules of a tracker.
func Build(t *v1alpha1.InterviewTracker, c catalog.Catalog) monitoringv1.PrometheusRuleSpec {
	b := &builder{
		tracker: t,
		catalog: c,
		alerts:  t.Spec.GetAlerts(),
		self:    []string{promql.Equal("namespace", t.Namespace), promql.Equal(promql.Tracker, t.Name)},
		stopped: c.Primary().Replicas(&t.Spec) == 0,
	}
	groups := []monitoringv1.RuleGroup{
		{Name: groupPrefix + "-requests", Rules: b.requests()},
		{Name: groupPrefix + "-resources", Rules: b.resources()},
		{Name: groupPrefix + "-scrapes", Rules: b.scrapes()},
		{Name: groupPrefix + "-operator-verdicts", Rules: b.verdicts()},
		{Name: groupPrefix + "-synthetic", Rules: b.synthetic()},
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
	alerts  *v1alpha1.AlertsSpec
	// self are the matchers of the tracker's series.
	self []string
	// stopped reports that the primary component has no replicas.
	stopped bool
}

// own selects series of the tracker that Prometheus has from the API or a probe.
func (b *builder) own(metric string, matchers ...string) string {
	return promql.Series(metric, slices.Concat(b.self, matchers)...)
}

// alert is what all kinds of alerts are made of.
type alert struct {
	name     v1alpha1.AlertName
	severity string
	// patience is how long expr must hold.
	patience time.Duration
	expr     string
	summary  string
	// description is a template of Prometheus. $labels are those of expr's result, not
	// those that we add.
	description string
	// labels are further labels.
	labels map[string]string
}

// alertRules turns alerts into rules, without those that are disabled.
func (b *builder) alertRules(alerts ...alert) []monitoringv1.Rule {
	var all []monitoringv1.Rule
	for _, a := range alerts {
		if slices.Contains(b.alerts.Disabled, a.name) {
			continue
		}
		r := a.rule(b.alerts.RunbookBaseURL)
		// Written here, and not left to the result of the expression: that of absent() and
		// of what the kubelet measures lacks one or the other.
		r.Labels["namespace"] = b.tracker.Namespace
		r.Labels["tracker"] = b.tracker.Name
		all = append(all, r)
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
			"runbook_url": runbookURL(runbooks, string(a.name)),
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

// runbookURL is the page of an alert. A base that is a folder may lack its slash; of
// one that has a query or a fragment stays as it is.
func runbookURL(base, alert string) string {
	if !strings.HasSuffix(base, "/") && !strings.ContainsAny(base, "?#") {
		base += "/"
	}
	return literal(base + alert + ".md")
}

// literal is a text as a template that expands to it.
func literal(text string) string {
	return strings.ReplaceAll(text, "{{", "{{`{{`}}")
}

// duration is a time in Prometheus's notation, which has no fractions.
func duration(d time.Duration) monitoringv1.Duration {
	return monitoringv1.Duration(model.Duration(max(d, 0)).String())
}

// threshold is a number as PromQL. The schema lets nothing else through; what is no
// number is NaN, and compares with nothing.
func threshold(written v1alpha1.Decimal) string { return promql.Number(written.Float()) }
