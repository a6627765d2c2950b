// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// severityNone is that of the watchdog, which reports no trouble.
const severityNone = "none"

// Raised is an alert that rules can raise.
type Raised struct {
	Name v1alpha1.AlertName
	// Labels are those that are the same each time: alertname, namespace, tracker, severity
	// and, of a level from 2 on, escalation_level are among them.
	Labels map[string]string
}

// Raises lists the alerts that rules can raise, at each level of escalation.
func Raises(spec monitoringv1.PrometheusRuleSpec) []Raised {
	var all []Raised
	for _, group := range spec.Groups {
		for _, rule := range group.Rules {
			if rule.Alert == "" {
				continue
			}
			labels := map[string]string{"alertname": rule.Alert}
			maps.Copy(labels, rule.Labels)
			all = append(all, Raised{Name: v1alpha1.AlertName(rule.Alert), Labels: labels})
		}
	}
	return all
}

// escalated are the rules of an alert's levels from 2 on. They have the alert's name and its
// labels: what silences the alert silences them. Prometheus evaluates a group in order, so that
// they end in the same evaluation as the alert.
func (b *builder) escalated(first monitoringv1.Rule) []monitoringv1.Rule {
	if b.notifications == nil {
		return nil
	}
	firing := []string{promql.Equal("alertname", first.Alert), promql.Equal("alertstate", "firing"), promql.Equal(v1alpha1.LabelEscalationLevel, "")}
	// All labels of the rule: an alert may have rules that differ in nothing else.
	for _, label := range slices.Sorted(maps.Keys(first.Labels)) {
		if label != "namespace" && label != promql.Tracker {
			firing = append(firing, promql.Equal(label, first.Labels[label]))
		}
	}
	// An alert on what is absent has the job of that.
	job := promql.Matches("job", "|"+promql.APIJob(b.tracker.Namespace, b.tracker.Name)+"(/.+)?")
	expr := fmt.Sprintf("max without (alertstate) (%s)", b.own("ALERTS", job, firing...))
	if end := b.tracker.Spec.Maintenance.End(); !end.IsZero() {
		// The clock of each level begins when maintenance ends.
		expr += fmt.Sprintf("\nand on () (vector(time()) >= %d)", end.Unix())
	}
	var all []monitoringv1.Rule
	for i, level := range b.notifications.Escalation {
		if i == 0 || !slices.Contains(level.Severities, v1alpha1.Severity(first.Labels["severity"])) {
			continue // The first level is the alert itself.
		}
		rule := *first.DeepCopy()
		rule.Expr = intstr.FromString(expr)
		rule.For = new(duration(level.After.Duration))
		rule.Labels[v1alpha1.LabelEscalationLevel] = strconv.Itoa(i + 1)
		rule.Annotations["description"] = fmt.Sprintf("%s of %s has been firing for %s: level %d, %s.",
			first.Alert, b.name(), *rule.For, i+1, literal(level.Name))
		all = append(all, rule)
	}
	return all
}

// watchdog is an alert that always fires: when whoever receives it misses it, then Prometheus,
// Alertmanager or what is between them does not work.
func (b *builder) watchdog() []monitoringv1.Rule {
	if b.notifications == nil || b.notifications.Watchdog == nil {
		return nil
	}
	return b.alertRules(alert{
		name:     v1alpha1.AlertTrackerWatchdog,
		severity: severityNone,
		expr:     "vector(1)",
		summary:  "Alerts reach their receivers",
		description: "This alert of " + b.name() + " always fires. Its absence means that no alert of the tracker reaches its receivers: " +
			"Prometheus, Alertmanager or the way to the receiver does not work.",
	})
}
