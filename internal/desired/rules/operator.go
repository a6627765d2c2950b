// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The alerts on the operator itself.
const (
	AlertOperatorDown       v1alpha1.AlertName = "InterviewTrackerOperatorDown"
	AlertOperatorNotLeading v1alpha1.AlertName = "InterviewTrackerOperatorNotLeading"
	AlertReconcileErrors    v1alpha1.AlertName = "InterviewTrackerReconcileErrors"
	AlertReconcileSlow      v1alpha1.AlertName = "InterviewTrackerReconcileSlow"
	AlertPollsFailing       v1alpha1.AlertName = "InterviewTrackerPollsFailing"
	AlertMonitoringNotReady v1alpha1.AlertName = "InterviewTrackerMonitoringNotReady"
)

// Where the operator runs, as config/manager says, and the job that its ServiceMonitor
// makes, which is the name of its Service.
const (
	operatorNamespace = "interview-tracker-system"
	operatorJob       = "interview-tracker-operator-metrics"
	// operatorQueue is the name of the controller and of its queue.
	operatorQueue = "interviewtracker"
)

// Operator returns the rules on the operator itself, of which a cluster has one.
func Operator() monitoringv1.PrometheusRuleSpec {
	alerts := []alert{operatorDown(), operatorNotLeading(), reconcileErrors(), reconcileSlow(), pollsFailing(), monitoringNotReady()}
	group := monitoringv1.RuleGroup{Name: "interview-tracker-operator"}
	for _, a := range alerts {
		group.Rules = append(group.Rules, a.rule(v1alpha1.RunbookBaseURL))
	}
	return monitoringv1.PrometheusRuleSpec{Groups: []monitoringv1.RuleGroup{group}}
}

// ofOperator selects series that the operator has about itself. By its namespace as
// well, as anybody may give a series of their own any name and job, but no namespace
// other than theirs.
func ofOperator(metric string, matchers ...string) string {
	return ofTrackers(metric, append([]string{equal("namespace", operatorNamespace)}, matchers...)...)
}

// ofTrackers selects series that the operator has about trackers, which bear their
// namespaces.
func ofTrackers(metric string, matchers ...string) string {
	return series(metric, append([]string{equal("job", operatorJob)}, matchers...)...)
}

func operatorDown() alert {
	return alert{
		name:     AlertOperatorDown,
		severity: severityCritical,
		patience: 5 * time.Minute,
		// No target, and none that answers, are the same here: nothing is repaired.
		expr:    fmt.Sprintf("absent(%s == 1)", ofOperator("up")),
		summary: "The Interview Tracker operator is down",
		description: "No replica of the operator answers Prometheus. Trackers run on, but nothing repairs or updates them, " +
			"and no alert on its verdicts can fire.",
		// The result of absent(… == 1) has no labels, and alerts are routed by this one.
		labels: map[string]string{"namespace": operatorNamespace},
	}
}

func operatorNotLeading() alert {
	return alert{
		name:        AlertOperatorNotLeading,
		severity:    severityCritical,
		patience:    5 * time.Minute,
		expr:        fmt.Sprintf("max by (namespace) (%s) == 0", ofOperator("leader_election_master_status")),
		summary:     "No replica of the Interview Tracker operator leads",
		description: "Replicas of the operator answer, and none of them holds the Lease: trackers are neither repaired nor updated.",
	}
}

func reconcileErrors() alert {
	return alert{
		name:     AlertReconcileErrors,
		severity: severityWarning,
		patience: 30 * time.Minute,
		// What keeps failing is retried every 5 minutes at the latest, so that each quarter
		// of an hour has some; a conflict now and then is over before the half hour.
		expr: fmt.Sprintf("sum by (namespace) (increase(%s[15m])) > 0",
			ofOperator("controller_runtime_reconcile_errors_total", equal("controller", operatorQueue))),
		summary: "The Interview Tracker operator keeps failing at a tracker",
		description: `Passes over at least one tracker have been failing for 30 minutes, about {{ printf "%.0f" $value }} ` +
			"of them in the last 15; its condition Reconciling says why.",
	}
}

func reconcileSlow() alert {
	queue := equal("name", operatorQueue)
	return alert{
		name:     AlertReconcileSlow,
		severity: severityWarning,
		patience: 15 * time.Minute,
		// The time in the queue is measured when it ends. When all workers hang, nothing
		// ends and the quantile is NaN: the second half speaks.
		expr: fmt.Sprintf("histogram_quantile(0.99, sum by (namespace, le) (rate(%s[10m]))) > 10\nor max by (namespace) (%s) > 300",
			ofOperator("workqueue_queue_duration_seconds_bucket", queue), ofOperator("workqueue_longest_running_processor_seconds", queue)),
		summary:     "The Interview Tracker operator is slow",
		description: "Trackers wait {{ $value | humanizeDuration }} for the operator, or a single pass takes that long.",
	}
}

func pollsFailing() alert {
	return alert{
		name:     AlertPollsFailing,
		severity: severityWarning,
		patience: 10 * time.Minute,
		// Of all trackers together: when the pods of one don't answer, its own alerts tell;
		// when those of most don't, it is the operator's network.
		expr: fmt.Sprintf("sum by (namespace) (rate(%s[5m])) / sum by (namespace) (rate(%s[5m])) > 0.5",
			ofOperator("interviewtracker_health_poll_errors_total"), ofOperator("interviewtracker_health_poll_duration_seconds_count")),
		summary:     "The Interview Tracker operator can't reach the API pods",
		description: "{{ $value | humanizePercentage }} of the operator's polls have no answer that can be used: it can't tell the health of dependencies.",
	}
}

func monitoringNotReady() alert {
	return alert{
		name:     AlertMonitoringNotReady,
		severity: severityWarning,
		patience: 30 * time.Minute,
		// Of a suspended tracker it is unknown, and has to be.
		expr: fmt.Sprintf("label_replace(\n  max by (namespace, name) (%s) == 0\n  unless on (namespace, name) %s == 1,\n"+
			`  "tracker", "$1", "name", "(.*)")`,
			ofTrackers("interviewtracker_condition", equal("type", "MonitoringReady"), equal("status", "True")), ofTrackers("interviewtracker_suspended")),
		summary:     "A tracker is not monitored as it asks for",
		description: "MonitoringReady of {{ $labels.namespace }}/{{ $labels.tracker }} has not been true for 30 minutes; the condition says why.",
	}
}
