// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

// Operator is the dashboard of the operator itself. Some of its series bear names that
// every operator has: the variable job tells them apart, and the variable namespace
// those of others who have taken the operator's names for their own.
func Operator() Dashboard {
	const knows = "interviewtracker_health_poll_lag_seconds_count"
	job := like("job", "$job")
	// Its series about trackers bear their namespaces.
	s, trackers := scope{operator: []string{job, like("namespace", "$namespace")}}, scope{operator: []string{job}}
	namespace := choice("namespace", "Namespace", "label_values("+knows+", namespace)")
	namespace.Current = Current{Text: operatorNamespace, Value: operatorNamespace}
	variables := []Variable{namespace, choice("job", "Job", "label_values("+knows+`{namespace=~"$namespace"}, job)`)}
	return newDashboard("itr-operator", "Interview Tracker: operator",
		"The operator itself: whether it works, how fast, and what it asks of the API server.", variables, []row{
			{"Overview", operatorOverview(s, trackers)},
			{"Reconciling", reconciling(s)},
			{"Polling", polling(s)},
			{"API server", requests(s)},
		})
}

// operatorNamespace is where the operator runs, as config/manager says.
const operatorNamespace = "interview-tracker-system"

// ours picks the operator's only controller.
var ours = equal("controller", "interviewtracker")

func operatorOverview(s, trackers scope) []Panel {
	condition := func(more ...string) string {
		return "max by (namespace, name, type) (" + trackers.verdict("interviewtracker_condition", more...) + ")"
	}
	ready, yes := equal("type", "Ready"), equal("status", "True")
	return []Panel{
		stat("Leading replicas", unitNumber, query("sum("+s.verdict("leader_election_master_status")+")", "")).goodFrom(1).wide(4).
			describe("1 in a healthy operator. With none, nothing is reconciled."),
		stat("Trackers", unitNumber, query("count("+condition(ready, yes)+") or vector(0)", "")).wide(5),
		stat("Stalled trackers", unitNumber,
			query("sum("+condition(equal("type", "Stalled"), yes)+") or vector(0)", ""),
		).wide(5).badIfAny().describe("Those that only a change by a person can help."),
		stat("Suspended trackers", unitNumber,
			query("sum(max by (namespace, name) ("+trackers.verdict("interviewtracker_suspended")+")) or vector(0)", ""),
		).wide(5).describe("Those with spec.suspend: true, which nothing repairs."),
		stat("Trackers without monitoring", unitNumber,
			query("sum("+condition(equal("type", "MonitoringReady"), equal("status", "False"))+") or vector(0)", ""),
		).wide(5).badIfAny().describe("Those whose MonitoringReady is False."),
	}
}

// reconciling shows the passes of the controller.
func reconciling(s scope) []Panel {
	passes := func(metric string) string { return s.verdict(metric, ours) }
	took := passes("controller_runtime_reconcile_time_seconds_bucket")
	return []Panel{
		timeseries("Passes", unitPerSecond,
			query("sum by (result) ("+rate(passes("controller_runtime_reconcile_total"))+")", "{{result}}"),
		).describe("A settled operator makes none but the resyncs."),
		timeseries("Failed passes", unitPerSecond,
			query("sum("+rate(passes("controller_runtime_reconcile_errors_total"))+")", "errors"),
			query("sum("+rate(passes("controller_runtime_reconcile_timeouts_total"))+")", "timeouts"),
			query("sum("+rate(passes("controller_runtime_reconcile_panics_total"))+")", "panics"),
		).describe("All are retried. A panic is a bug."),
		timeseries("Time of a pass", unitSeconds,
			query(quantile(0.5, took), "p50"), query(quantile(0.95, took), "p95"), query(quantile(0.99, took), "p99"),
		),
		timeseries("Queue", unitNumber, query("sum("+passes("workqueue_depth")+")", "trackers")).whole().
			describe("Trackers that wait for their turn."),
		timeseries("Time in the queue", unitSeconds,
			query(quantile(0.95, passes("workqueue_queue_duration_seconds_bucket")), "p95"),
		).describe("If it is long, raise --max-concurrent-reconciles."),
		timeseries("Children", unitPerSecond,
			query("sum by (action) ("+rate(s.verdict("interviewtracker_children_total"))+")", "{{action}}"),
		).describe("What passes did with the objects of trackers. Steady repairs mean that somebody else keeps changing one."),
	}
}

// polling shows how the API's pods are asked for their health.
func polling(s scope) []Panel {
	took := s.verdict("interviewtracker_health_poll_duration_seconds_bucket")
	return []Panel{
		timeseries("Polls", unitPerSecond,
			query("sum("+rate(s.verdict("interviewtracker_health_poll_duration_seconds_count"))+")", "polls"),
			query("sum by (reason) ("+rate(s.verdict("interviewtracker_health_poll_errors_total"))+")", "{{reason}}"),
		).describe("All, and those without an answer that can be used, by reason."),
		timeseries("Time of an answer", unitSeconds,
			query(quantile(0.5, took), "p50"), query(quantile(0.95, took), "p95"), query(quantile(0.99, took), "p99"),
		),
		timeseries("Lag", unitSeconds,
			query(quantile(0.95, s.verdict("interviewtracker_health_poll_lag_seconds_bucket")), "p95"),
		).describe("How much later than due pods are asked. If it grows, raise --max-concurrent-polls, or lower spec.health.timeout."),
	}
}

// requests shows what the operator asks of the API server.
func requests(s scope) []Panel {
	return []Panel{
		timeseries("Requests", unitRequests,
			query("sum by (method, code) ("+rate(s.verdict("rest_client_requests_total"))+")", "{{method}} {{code}}"),
		).wide(gridWidth).describe("A settled operator makes none but for its Lease, its watches and Events."),
	}
}
