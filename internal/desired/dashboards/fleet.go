// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
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
	variables := []Variable{choice("namespace", "Namespace", "label_values("+trackers+", namespace)")}
	return newDashboard("itr-fleet", "Interview Tracker: all trackers",
		"All trackers: which need attention, which are the slowest, which use the most.", variables, []row{
			{"Overview", overview(s)},
			{"Attention", attention(s)},
			{"Service levels", serviceLevels(s)},
			{"Resources", resources(s)},
			{"Business", fleetBusiness(s)},
		})
}

// ready is 1 for every tracker that is ready, and 0 for the others. Of replicas of the
// operator that hand over, both may export it for a moment.
func (s scope) ready() string {
	return "max by (namespace, name) (" + s.ofOperator(promql.Condition, promql.Equal("type", "Ready"), promql.Equal("status", "True")) + ")"
}

// overview counts.
func overview(s scope) []Panel {
	total := func(expr string) Target { return query(expr+" or vector(0)", "") }
	return []Panel{
		stat("Trackers", unitNumber, total("count("+s.ready()+")")).wide(4),
		stat("Ready", unitNumber, total("sum("+s.ready()+")")).wide(4),
		stat("Not ready", unitNumber, total("sum(1 - "+s.ready()+")")).wide(4).badIfAny(),
		stat("Suspended", unitNumber, total("sum(max by (namespace, name) ("+s.ofOperator(promql.Suspended)+"))")).wide(4),
		stat("Dependencies down", unitNumber,
			total("count(min by (namespace, name, dependency) ("+s.ofOperator(promql.DependencyUp)+") == 0)"),
		).wide(4).badIfAny(),
		stat("Alerts firing", unitNumber, total("count("+s.alerts(promql.Equal("alertstate", "firing"))+")")).wide(4).badIfAny(),
	}
}

// attention lists what needs attention, and then all.
func attention(s scope) []Panel {
	namespace, name := column{"namespace", "Namespace"}, column{"name", "Tracker"}
	return []Panel{
		table("Not ready, and why",
			"max by (namespace, name, type, status) ("+
				s.ofOperator(promql.Condition, promql.NotEqual("status", "True"), promql.NotMatches("type", "Reconciling|Stalled"))+" == 1)",
			namespace, name, column{"type", "Condition"}, column{"status", "Status"},
		).emptyIs("All are ready").describe("The conditions that are not True. kubectl describe has the causes."),
		table("Alerts",
			"max by (namespace, tracker, alertname, severity) ("+s.alerts(promql.Equal("alertstate", "firing"))+")",
			namespace, column{"tracker", "Tracker"}, column{"alertname", "Alert"}, column{"severity", "Severity"},
		).emptyIs("None"),
		table("Trackers",
			"max by (namespace, name, status) ("+s.ofOperator(promql.Condition, promql.Equal("type", "Ready"))+" == 1)",
			namespace, name, column{"status", "Ready"},
		),
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
			describe("The ten with the most requests of users, without those for /health and /metrics."),
		highest("Error share, one hour", unitShare, s.ofRules(promql.RecordedErrors+"1h")).describe("The ten with the most errors."),
		highest("Slow answers, one hour", unitShare, s.ofRules(promql.RecordedSlow+"1h")).
			describe("The ten with the most answers that took longer than their objective allows."),
		timeseries("Dependency response time", unitSeconds,
			query("topk(10, max by (namespace, name, dependency) ("+s.ofOperator(promql.DependencyResponse)+"))",
				"{{namespace}}/{{name}} {{dependency}}"),
		).describe("The ten slowest, as the API's pods report."),
		highest("Restarts of the API, one hour", unitNumber, "changes("+s.app(promql.ProcessStart)+hour+")").whole().
			describe("The pods that restarted most, ten trackers."),
	}
}

// resources shows which trackers use the most, as their API reports.
func resources(s scope) []Panel {
	cpu, memory, disk := s.usage()
	return []Panel{
		highest("CPU usage", unitPercent, cpu).describe("Of the limit of the API's pods, the ten highest."),
		highest("Memory usage", unitShare, memory).describe("Of the limit of the API's pods, the ten highest."),
		highest("Disk usage", unitShare, disk).describe("Of the file system for temporary files, the ten highest."),
	}
}

// fleetBusiness shows what the users of all trackers do.
func fleetBusiness(s scope) []Panel {
	return []Panel{
		timeseries("Business, in the last hour", unitNumber,
			query(lastHour(s.app("users_registered_total")), "users registered"),
			query(lastHour(s.app("positions_created_total")), "positions created"),
			query(lastHour(s.app("interviews_scheduled_total")), "interviews scheduled"),
		).wide(gridWidth).describe("Stored in the last hour, of all trackers together."),
	}
}
