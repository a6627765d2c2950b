// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Fleet is the dashboard of all trackers, or of those in the namespaces that the viewer
// chooses.
func Fleet() Dashboard {
	namespace, tracker := promql.Matches("namespace", "$namespace"), promql.NotEqual(promql.Tracker, "")
	s := scope{
		api:      []string{namespace, tracker, promql.Matches("job", promql.AnyAPIJob)},
		recorded: []string{namespace, tracker, promql.NoJob},
		tracker:  []string{namespace, tracker},
		operator: []string{namespace, promql.Equal("job", promql.OperatorJob)},
	}
	trackers := promql.Series(promql.Condition, promql.Equal("job", promql.OperatorJob))
	return newDashboard(about{
		uid:         "itr-fleet",
		title:       "Interview Tracker: all trackers",
		description: "All trackers: which need attention, which are the slowest, which use the most.",
		variables:   []Variable{choice("namespace", "Namespace", "label_values("+trackers+", namespace)")},
		annotations: []Annotation{
			annotation("Maintenance", purple, "max by (namespace, name) ("+s.maintained()+") == 1",
				"Maintenance", "{{namespace}}/{{name}}: notifications of alerts are muted."),
			annotation("Alerts", red, "max by (namespace, tracker, alertname, severity) ("+s.firing()+")",
				"{{alertname}}", "{{namespace}}/{{tracker}}, {{severity}}"),
		},
	}, []row{
		{"Overview", overview(s)},
		{"Attention", attention(s)},
		{"Service levels", serviceLevels(s)},
		{"Resources", resources(s)},
		{"Business", fleetBusiness(s)},
	})
}

// operatorIsScraped has a series while Prometheus knows what the operator knows.
var operatorIsScraped = promql.Series(promql.Leading, promql.Equal("job", promql.OperatorJob))

// ready is 1 for every tracker that is ready, and 0 for the others. Of replicas of the
// operator that hand over, both may export it for a moment.
func (s scope) ready() string {
	return "max by (namespace, name) (" + s.ofOperator(promql.Condition, promql.Equal("type", "Ready"), promql.Equal("status", "True")) + ")"
}

// overview counts.
func overview(s scope) []Panel {
	total := func(expr string) Target { return query(orNone(expr, operatorIsScraped), "") }
	return []Panel{
		stat("Trackers", unitNumber, total("count("+s.ready()+")")).wide(3).describe("All that the operator has seen."),
		stat("Ready", unitNumber, total("sum("+s.ready()+")")).wide(3).describe("Those whose condition Ready is True."),
		stat("Not ready", unitNumber, total("sum(1 - "+s.ready()+")")).wide(3).badIfAny().describe("The table below says why."),
		stat("Suspended", unitNumber, total("sum(max by (namespace, name) ("+s.ofOperator(promql.Suspended)+"))")).wide(3).
			describe("Those with spec.suspend: true, which nothing repairs."),
		stat("Under maintenance", unitNumber, total("sum(max by (namespace, name) ("+s.maintained()+"))")).wide(4).
			describe("Those with spec.maintenance: notifications of their alerts are muted until it ends."),
		stat("Dependencies down", unitNumber,
			total("count(min by (namespace, name, dependency) ("+s.ofOperator(promql.DependencyUp)+") == 0)"),
		).wide(4).badIfAny().runbook(runbooks, v1alpha1.AlertTrackerDependencyDown).
			describe("Those that are known to be: a tracker none of whose pods answers reports none."),
		stat("Alerts firing", unitNumber, query(orNone("count("+s.firing()+")", s.ofRules(promql.Unserved)), "")).wide(4).badIfAny().
			describe("Those of trackers. Not known while Prometheus evaluates no tracker's rules."),
	}
}

// notGating are the conditions without which a tracker may be ready, and those that are present only
// while there is something to tell.
const notGating = v1alpha1.ConditionMonitoringReady + "|" + v1alpha1.ConditionJourneysPassing + "|" +
	v1alpha1.ConditionAutoscalingReady + "|" + v1alpha1.ConditionDataLoss + "|" +
	v1alpha1.ConditionNotificationsReady + "|" + v1alpha1.ConditionTelemetryReady + "|" + v1alpha1.ConditionRouteReady + "|" +
	v1alpha1.ConditionUnderMaintenance + "|" + v1alpha1.ConditionReconciling + "|" + v1alpha1.ConditionStalled

// attention lists what needs attention, and then all.
func attention(s scope) []Panel {
	namespace, name := column{"namespace", "Namespace"}, column{"name", "Tracker"}
	tracker := newLink("Dashboard", "/d/"+sharedUID+"?var-namespace=${__data.fields.Namespace}&var-tracker=${__data.fields.Tracker}")
	notReady := "(" + s.ofOperator(promql.Condition, promql.NotEqual("status", "True"), promql.NotMatches("type", notGating)) + " == 1" +
		" or " + s.ofOperator(promql.Condition, promql.Equal("status", "True"), promql.Equal("type", v1alpha1.ConditionStalled)) + " == 1)" +
		" and on (namespace, name) (" + s.ready() + " == 0)"
	return []Panel{
		table("Not ready, and why",
			`max by (tracker, type, status) (label_join(`+notReady+`, "tracker", "/", "namespace", "name"))`,
		).matrix("tracker", "type", "status").emptyIs("None known").
			describe("One row for each tracker that is not ready, with the conditions that make it so: those that are not True, " +
				"and Stalled, which only a person can help. kubectl describe has the causes."),
		table("Alerts",
			"max by (namespace, tracker, alertname, severity) ("+s.firing()+")",
			namespace, column{"tracker", "Tracker"}, column{"alertname", "Alert"}, column{"severity", "Severity"},
		).emptyIs("None known").cells(tracker, runbookOfRow(runbooks)).
			describe("Those that fire. Each row leads to the tracker's dashboard, and to the runbook."),
		table("Trackers",
			"max by (namespace, name, status) ("+s.ofOperator(promql.Condition, promql.Equal("type", "Ready"))+" == 1)",
			namespace, name, column{"status", "Ready"},
		).cells(tracker).describe("All trackers. Each row leads to the tracker's dashboard."),
	}
}

// highest draws the ten trackers with the highest values.
func highest(title, unit, expr string) Panel {
	return timeseries(title, unit, query("topk(10, max by (namespace, tracker) ("+expr+"))", "{{namespace}}/{{tracker}}"))
}

// serviceLevels shows how the trackers serve.
func serviceLevels(s scope) []Panel {
	return []Panel{
		highest("Request rate", unitRequests, s.ofRules(promql.RecordedRequests+"5m")).
			describe("The ten with the most requests of users, without those for health and metrics."),
		highest("Error share, one hour", unitShare, s.ofRules(promql.RecordedErrors+"1h")).
			runbook(runbooks, v1alpha1.AlertAvailabilityBudgetBurn).describe("The ten with the most failed requests of users."),
		highest("Not served, one hour", unitShare, s.ofRules(promql.RecordedUnserved+"1h")).
			runbook(runbooks, v1alpha1.AlertAvailabilityBudgetBurn).
			describe("The share of the hour in which nobody could be served, the ten with the most."),
		highest("Slow answers, one hour", unitShare, s.ofRules(promql.RecordedSlow+"1h")).
			runbook(runbooks, v1alpha1.AlertLatencyBudgetBurn).
			describe("The ten with the most answers that took longer than their objective allows."),
		timeseries("Dependency response time", unitSeconds,
			query("topk(10, max by (namespace, name, dependency) ("+s.ofOperator(promql.DependencyResponse)+"))",
				"{{namespace}}/{{name}} {{dependency}}"),
		).describe("The ten slowest, as the API's pods report."),
		highest("Restarts of the API, one hour", unitNumber, "changes("+s.app(promql.ProcessStart)+hour+")").whole().
			runbook(runbooks, v1alpha1.AlertTrackerRestarting).
			describe("The pods that restarted most, ten trackers."),
	}
}

// resources shows which trackers use the most, as their API reports.
func resources(s scope) []Panel {
	volumes := promql.Matches("persistentvolumeclaim", "data-.+-(database|redis)-0")
	volume := func(metric string) string {
		return promql.Series(metric, promql.Matches("namespace", "$namespace"), volumes)
	}
	return []Panel{
		timeseries("CPU usage", unitNumber,
			query("topk(10, sum by (namespace, tracker) ("+rate(s.app(promql.ProcessCPU))+"))", "{{namespace}}/{{tracker}}"),
		).axis("cores").describe("Of the API's pods of a tracker together, the ten highest."),
		highest("Memory usage", unitShare, s.app(promql.MemoryUsage)+" / ("+s.app(promql.MemoryLimit)+" > 0)").
			runbook(runbooks, v1alpha1.AlertHighMemoryUsage).
			describe("Of the limit of the API's pods, or of the node's memory without one, the ten highest."),
		timeseries("Disk usage", unitShare,
			query("topk(10, max by (namespace, tracker) (1 - "+s.app(promql.DiskFree)+" / ("+s.app(promql.DiskTotal)+" > 0))"+
				" or max by (namespace, persistentvolumeclaim) (1 - "+volume(promql.VolumeAvailable)+" / ("+volume(promql.VolumeCapacity)+" > 0)))",
				"{{namespace}}/{{tracker}}{{persistentvolumeclaim}}"),
		).runbook(runbooks, v1alpha1.AlertLowDiskSpace).
			describe("Of the API's disks, and of the volumes of managed databases and Redis where the kubelet is scraped: the ten fullest."),
	}
}

// fleetBusiness shows what the users of all trackers do.
func fleetBusiness(s scope) []Panel {
	return []Panel{
		timeseries("Business, in the last hour", unitNumber,
			query(lastHour(s.app("users_registered_total")), "users registered"),
			query(lastHour(s.app("positions_created_total")), "positions created"),
			query(lastHour(s.app("interviews_scheduled_total")), "interviews scheduled"),
		).wide(gridWidth / 2).describe("Stored in the last hour, of all trackers together."),
		timeseries("Feature usage", unitNumber,
			query("topk(10, sum by (feature) (increase("+s.app(promql.FeatureUses)+hour+")))", "{{feature}}"),
		).wide(gridWidth / 2).emptyIs("Not known: no API's image exports it").
			describe("The ten features that were used most in the last hour, of all trackers together."),
	}
}
