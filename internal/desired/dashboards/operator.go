// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Operator is the dashboard of the operator itself. Some of its series bear names that
// every operator has: the variable job selects the operator's, and the variable namespace
// leaves out those of others that use the same names.
func Operator() Dashboard {
	// A series that only this operator has.
	const pollCount = promql.PollLag + promql.Count
	job := promql.Matches("job", "$job")
	// Its series about trackers bear their namespaces.
	s, trackers := scope{operator: []string{job, promql.Matches("namespace", "$namespace")}}, scope{operator: []string{job}}
	namespace := choice("namespace", "Namespace", "label_values("+pollCount+", namespace)")
	namespace.Current = &Current{Text: promql.OperatorNamespace, Value: promql.OperatorNamespace}
	return newDashboard(about{
		uid:         "itr-operator",
		title:       "Interview Tracker: operator",
		description: "The operator itself: whether it works, how fast, and its requests to the API server.",
		variables:   []Variable{namespace, choice("job", "Job", "label_values("+pollCount+`{namespace=~"$namespace"}, job)`)},
		annotations: []Annotation{annotation("Alerts", red, "max by (alertname, severity) ("+
			promql.Series("ALERTS", promql.Matches("alertname", "InterviewTracker.+"), promql.Equal("alertstate", "firing"))+")",
			"{{alertname}}", "{{severity}}")},
	}, []row{
		{"Overview", operatorOverview(s, trackers)},
		{"Reconciling", reconciling(s)},
		{"Polling", polling(s)},
		{"API server", requests(s)},
	})
}

// runbooks is where those of the operator's alerts are.
const runbooks = v1alpha1.RunbookBaseURL

// ours picks the operator's only controller.
var ours = promql.Equal("controller", promql.Controller)

func operatorOverview(s, trackers scope) []Panel {
	condition := func(more ...string) string {
		return "max by (namespace, name, type) (" + trackers.ofOperator(promql.Condition, more...) + ")"
	}
	total := func(expr string) Target { return query(orNone(expr, s.ofOperator(promql.Leading)), "") }
	ready, yes := promql.Equal("type", "Ready"), promql.Equal("status", "True")
	return []Panel{
		stat("Leading replicas", unitNumber, query("sum("+s.ofOperator(promql.Leading)+")", "")).goodFrom(1).wide(4).
			runbook(runbooks, rules.AlertOperatorDown, rules.AlertOperatorNotLeading).
			describe("1 in a healthy operator. With none, nothing is reconciled."),
		stat("Trackers", unitNumber, total("count("+condition(ready, yes)+")")).wide(4).describe("All that the operator has seen."),
		stat("Stalled trackers", unitNumber,
			total("sum("+condition(promql.Equal("type", "Stalled"), yes)+")"),
		).wide(4).badIfAny().describe("Those that only a change by a person can help."),
		stat("Suspended trackers", unitNumber,
			total("sum(max by (namespace, name) ("+trackers.ofOperator(promql.Suspended)+"))"),
		).wide(4).describe("Those with spec.suspend: true, which nothing repairs."),
		stat("Trackers without monitoring", unitNumber,
			total("sum("+condition(promql.Equal("type", "MonitoringReady"), promql.Equal("status", "False"))+")"),
		).wide(4).badIfAny().runbook(runbooks, rules.AlertMonitoringNotReady).
			describe("Those whose MonitoringReady is False."),
		stat("Objects that can't be decoded", unitNumber,
			total("sum(max by (kind) ("+s.ofOperator(promql.Undecodable)+"))"),
		).wide(4).badIfAny().runbook(runbooks, rules.AlertUndecodableObjects).
			describe("Those that are skipped until a field is corrected. The operator's log names them."),
		timeseries("Replicas by version", unitNumber,
			query("count by (version, commit) ("+s.ofOperator(promql.BuildInfo)+")", "{{version}} {{commit}}"),
		).describe("Two versions at once are an upgrade under way."),
	}
}

// reconciling shows the reconciles of the controller.
func reconciling(s scope) []Panel {
	reconciles := func(metric string) string { return s.ofOperator(metric, ours) }
	took := reconciles("controller_runtime_reconcile_time_seconds_bucket")
	return []Panel{
		timeseries("Reconciles", unitPerSecond,
			query("sum by (result) ("+rate(reconciles("controller_runtime_reconcile_total"))+")", "{{result}}"),
		).describe("A settled operator makes none but the resyncs."),
		timeseries("Failed reconciles", unitPerSecond,
			query("sum("+rate(reconciles(promql.ReconcileErrors))+")", "errors"),
			query("sum("+rate(reconciles("controller_runtime_reconcile_timeouts_total"))+")", "timeouts"),
			query("sum("+rate(reconciles("controller_runtime_reconcile_panics_total"))+")", "panics"),
		).runbook(runbooks, rules.AlertReconcileErrors).describe("All are retried. A panic is a bug."),
		timeseries("Time of a reconcile", unitSeconds,
			query(quantile(0.5, took), "p50"), query(quantile(0.95, took), "p95"), query(quantile(0.99, took), "p99"),
		).runbook(runbooks, rules.AlertReconcileSlow).describe("Half, 95 % and 99 % of the reconciles take no longer."),
		timeseries("Queue", unitNumber, query("sum("+reconciles("workqueue_depth")+")", "trackers")).whole().
			describe("Trackers that wait for their turn."),
		timeseries("Time in the queue", unitSeconds,
			query(quantile(0.95, reconciles(promql.QueueDuration+promql.Bucket)), "p95"),
			query(quantile(0.99, reconciles(promql.QueueDuration+promql.Bucket)), "p99"),
		).runbook(runbooks, rules.AlertReconcileSlow).describe("If it is long, raise --max-concurrent-reconciles."),
		timeseries("Children", unitPerSecond,
			query("sum by (action) ("+rate(s.ofOperator(promql.Children))+")", "{{action}}"),
		).describe("What reconciles did with the objects of trackers. Steady repairs mean that something else keeps changing one."),
	}
}

// polling shows how the API's pods are polled for their health.
func polling(s scope) []Panel {
	took := s.ofOperator(promql.PollDuration + promql.Bucket)
	return []Panel{
		timeseries("Polls", unitPerSecond,
			query("sum("+rate(s.ofOperator(promql.PollDuration+promql.Count))+")", "polls"),
			query("sum by (reason) ("+rate(s.ofOperator(promql.PollErrors))+")", "{{reason}}"),
		).runbook(runbooks, rules.AlertPollsFailing).describe("All, and those without an answer that can be used, by reason."),
		timeseries("Time of an answer", unitSeconds,
			query(quantile(0.5, took), "p50"), query(quantile(0.95, took), "p95"), query(quantile(0.99, took), "p99"),
		).describe("Half, 95 % and 99 % of the polls take no longer."),
		timeseries("Lag", unitSeconds,
			query(quantile(0.95, s.ofOperator(promql.PollLag+promql.Bucket)), "p95"),
		).describe("How much later than due pods are polled. If it grows, raise --max-concurrent-polls, or lower spec.health.timeout."),
	}
}

// requests shows the operator's requests to the API server.
func requests(s scope) []Panel {
	return []Panel{
		timeseries("Requests", unitRequests,
			query("sum by (method, code) ("+rate(s.ofOperator("rest_client_requests_total"))+")", "{{method}} {{code}}"),
		).wide(gridWidth).describe("A settled operator makes none but for its Lease, its watches and Events."),
	}
}
