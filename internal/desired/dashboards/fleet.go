// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

// Fleet is the dashboard of all trackers, or of those in the namespaces that the viewer
// chooses.
func Fleet() Dashboard {
	namespace := like("namespace", "$namespace")
	s := scope{
		tracker:  []string{namespace, different("tracker", "")},
		operator: []string{namespace},
	}
	variables := []Variable{choice("namespace", "Namespace", "label_values(interviewtracker_condition, namespace)")}
	return newDashboard("itr-fleet", "Interview Tracker: all trackers",
		"All trackers: which need somebody, which are the slowest, which use the most.", variables, []row{
			{"Overview", overview(s)},
			{"Attention", attention(s)},
			{"Service levels", serviceLevels(s)},
			{"Resources", resources(s)},
			{"Business", fleetBusiness(s)},
		})
}

// ready is 1 for every tracker that is ready, and 0 for the others. Of replicas of the
// operator that hand over, both may tell for a moment.
func (s scope) ready() string {
	return "max by (namespace, name) (" + s.verdict("interviewtracker_condition", equal("type", "Ready"), equal("status", "True")) + ")"
}

// overview counts.
func overview(s scope) []Panel {
	total := func(expr string) Target { return query(expr+" or vector(0)", "") }
	return []Panel{
		stat("Trackers", unitNumber, total("count("+s.ready()+")")).wide(4),
		stat("Ready", unitNumber, total("sum("+s.ready()+")")).wide(4),
		stat("Not ready", unitNumber, total("sum(1 - "+s.ready()+")")).wide(4).badIfAny(),
		stat("Suspended", unitNumber, total("sum(max by (namespace, name) ("+s.verdict("interviewtracker_suspended")+"))")).wide(4),
		stat("Dependencies down", unitNumber,
			total("count(min by (namespace, name, dependency) ("+s.verdict("interviewtracker_dependency_up")+") == 0)"),
		).wide(4).badIfAny(),
		stat("Alerts firing", unitNumber, total("count("+s.app("ALERTS", equal("alertstate", "firing"))+")")).wide(4).badIfAny(),
	}
}

// attention names what needs somebody, and then all.
func attention(s scope) []Panel {
	namespace, name := column{"namespace", "Namespace"}, column{"name", "Tracker"}
	return []Panel{
		table("Not ready, and why",
			"max by (namespace, name, type, status) ("+
				s.verdict("interviewtracker_condition", different("status", "True"), unlike("type", "Reconciling|Stalled"))+" == 1)",
			namespace, name, column{"type", "Condition"}, column{"status", "Status"},
		).emptyIs("All are ready").describe("The conditions that are not True. kubectl describe says why."),
		table("Alerts",
			"max by (namespace, tracker, alertname, severity) ("+s.app("ALERTS", equal("alertstate", "firing"))+")",
			namespace, column{"tracker", "Tracker"}, column{"alertname", "Alert"}, column{"severity", "Severity"},
		).emptyIs("None"),
		table("Trackers",
			"max by (namespace, name, status) ("+s.verdict("interviewtracker_condition", equal("type", "Ready"))+" == 1)",
			namespace, name, column{"status", "Ready"},
		),
	}
}

// worst draws the ten trackers with the highest values.
func worst(title, unit, expr string) Panel {
	return timeseries(title, unit, query("topk(10, max by (namespace, tracker) ("+expr+"))", "{{namespace}}/{{tracker}}"))
}

// serviceLevels shows how the trackers serve.
func serviceLevels(s scope) []Panel {
	return []Panel{
		worst("Request rate", unitRequests, s.app(recordedRequests+"5m")).
			describe("The ten with the most requests of users, without those for /health and /metrics."),
		worst("Error share, one hour", unitShare, s.app(recordedErrors+"1h")).describe("The ten with the most errors."),
		worst("Slow answers, one hour", unitShare, s.app(recordedSlow+"1h")).
			describe("The ten with the most answers that took longer than their objective allows."),
		timeseries("Dependency response time", unitSeconds,
			query("topk(10, max by (namespace, name, dependency) ("+s.verdict("interviewtracker_dependency_response_seconds")+"))",
				"{{namespace}}/{{name}} {{dependency}}"),
		).describe("The ten slowest, as the API's pods say."),
		worst("Restarts of the API, one hour", unitNumber, "changes("+s.app("process_start_time_seconds")+hour+")").whole().
			describe("The pods that restarted most, ten trackers."),
	}
}

// resources shows which trackers use the most, as their API says.
func resources(s scope) []Panel {
	cpu, memory, disk := s.usage()
	return []Panel{
		worst("CPU usage", unitPercent, cpu).describe("Of the limit of the API's pods, the ten highest."),
		worst("Memory usage", unitShare, memory).describe("Of the limit of the API's pods, the ten highest."),
		worst("Disk usage", unitShare, disk).describe("Of the file system for temporary files, the ten highest."),
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
