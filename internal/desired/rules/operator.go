// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// The alerts on the operator itself.
const (
	AlertOperatorDown       v1alpha1.AlertName = "InterviewTrackerOperatorDown"
	AlertOperatorNotLeading v1alpha1.AlertName = "InterviewTrackerOperatorNotLeading"
	AlertReconcileErrors    v1alpha1.AlertName = "InterviewTrackerReconcileErrors"
	AlertReconcileSlow      v1alpha1.AlertName = "InterviewTrackerReconcileSlow"
	AlertPollsFailing       v1alpha1.AlertName = "InterviewTrackerPollsFailing"
	AlertMonitoringNotReady v1alpha1.AlertName = "InterviewTrackerMonitoringNotReady"
	AlertUndecodableObjects v1alpha1.AlertName = "InterviewTrackerUndecodableObjects"
)

// Operator returns the rules on the operator itself, of which a cluster has one.
func Operator() monitoringv1.PrometheusRuleSpec {
	group := monitoringv1.RuleGroup{Name: "interview-tracker-operator"}
	for _, a := range operatorAlerts {
		group.Rules = append(group.Rules, a.rule(v1alpha1.RunbookBaseURL))
	}
	return monitoringv1.PrometheusRuleSpec{Groups: []monitoringv1.RuleGroup{group}}
}

// ofOperator selects series that the operator has about itself. By its namespace as
// well, as anybody may give a series of their own any name and job, but no namespace
// other than theirs.
func ofOperator(metric string, matchers ...string) string {
	return ofTrackers(metric, append([]string{promql.Equal("namespace", promql.OperatorNamespace)}, matchers...)...)
}

// ofTrackers selects series that the operator has about trackers, which bear their
// namespaces.
func ofTrackers(metric string, matchers ...string) string {
	return promql.Series(metric, append([]string{promql.Equal("job", promql.OperatorJob)}, matchers...)...)
}

// operatorQueue picks the queue of the operator's controller.
var operatorQueue = promql.Equal("name", promql.Controller)

var operatorAlerts = []alert{
	{
		name:     AlertOperatorDown,
		severity: severityCritical,
		patience: 5 * time.Minute,
		// No target, and none that answers, are the same here: nothing is repaired.
		expr:    fmt.Sprintf("absent(%s == 1)", ofOperator(promql.Up)),
		summary: "The Interview Tracker operator is down",
		description: "No replica of the operator answers Prometheus. Trackers run on, but nothing repairs or updates them, " +
			"and no alert on trackers' conditions can fire.",
		// The result of absent(… == 1) has no labels, and alerts are routed by this one.
		labels: map[string]string{"namespace": promql.OperatorNamespace},
	},
	{
		name:        AlertOperatorNotLeading,
		severity:    severityCritical,
		patience:    5 * time.Minute,
		expr:        fmt.Sprintf("max by (namespace) (%s) == 0", ofOperator(promql.Leading)),
		summary:     "No replica of the Interview Tracker operator leads",
		description: "Replicas of the operator answer, and none of them holds the Lease: trackers are neither repaired nor updated.",
	},
	{
		name:     AlertReconcileErrors,
		severity: severityWarning,
		patience: 30 * time.Minute,
		// What keeps failing is retried every 5 minutes at the latest, so that each quarter
		// of an hour has some; a conflict now and then is over before the half hour.
		expr: fmt.Sprintf("sum by (namespace) (increase(%s[15m])) > 0",
			ofOperator(promql.ReconcileErrors, promql.Equal("controller", promql.Controller))),
		summary: "The Interview Tracker operator keeps failing to reconcile a tracker",
		description: `Reconciles of at least one tracker have been failing for 30 minutes, about {{ printf "%.0f" $value }} ` +
			"of them in the last 15; its condition Reconciling has the error.",
	},
	{
		name:     AlertReconcileSlow,
		severity: severityWarning,
		patience: 15 * time.Minute,
		// The time in the queue is measured when it ends. When all workers hang, nothing
		// ends and the quantile is NaN: the second half speaks.
		expr: fmt.Sprintf("histogram_quantile(0.99, sum by (namespace, le) (rate(%s[10m]))) > 10\nor max by (namespace) (%s) > 300",
			ofOperator(promql.QueueDuration+promql.Bucket, operatorQueue), ofOperator("workqueue_longest_running_processor_seconds", operatorQueue)),
		summary:     "The Interview Tracker operator is slow",
		description: "Trackers wait {{ $value | humanizeDuration }} for the operator, or a single reconcile takes that long.",
	},
	{
		name:     AlertPollsFailing,
		severity: severityWarning,
		patience: 10 * time.Minute,
		// Of all trackers together: when the pods of one don't respond, its own alerts fire;
		// when those of most don't, it is the operator's network.
		expr: fmt.Sprintf("sum by (namespace) (rate(%s[5m])) / sum by (namespace) (rate(%s[5m])) > 0.5",
			ofOperator(promql.PollErrors), ofOperator(promql.PollDuration+promql.Count)),
		summary:     "The Interview Tracker operator can't reach the API pods",
		description: "{{ $value | humanizePercentage }} of the operator's polls fail: it can't determine the health of dependencies.",
	},
	{
		name:     AlertMonitoringNotReady,
		severity: severityWarning,
		patience: 30 * time.Minute,
		// Of a suspended tracker it is unknown, and has to be.
		expr: fmt.Sprintf("label_replace(\n  max by (namespace, name) (%s) == 0\n  unless on (namespace, name) %s == 1,\n"+
			`  "tracker", "$1", "name", "(.*)")`,
			ofTrackers(promql.Condition, promql.Equal("type", "MonitoringReady"), promql.Equal("status", "True")), ofTrackers(promql.Suspended)),
		summary:     "A tracker is not monitored as its spec wants",
		description: "MonitoringReady of {{ $labels.namespace }}/{{ $labels.tracker }} has not been true for 30 minutes; the condition has the cause.",
	},
	{
		name:        AlertUndecodableObjects,
		severity:    severityWarning,
		patience:    5 * time.Minute,
		expr:        fmt.Sprintf("max by (namespace, kind) (%s) > 0", ofOperator(promql.Undecodable)),
		summary:     "The Interview Tracker operator skips objects that it can't decode",
		description: "{{ $value }} objects of kind {{ $labels.kind }} can't be decoded: nothing is done for them; the operator's log names them.",
	},
}
