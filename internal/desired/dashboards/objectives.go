// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"fmt"
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// objectives shows how much of what the objectives allow has been used up, and how fast
// it goes.
func (s subject) objectives() []Panel {
	slo := s.rules.SLO
	availability, latency := number(slo.Availability), number(slo.LatencyTarget)
	// Each five minutes count as much as they had requests. There are none where the
	// ratio is NaN, which no comparison lets pass.
	bad := func(ratio string) string {
		requests := s.ofRules(promql.RecordedRequests + "5m")
		return fmt.Sprintf("sum_over_time((%s * %s >= 0)[30d:5m]) / (sum_over_time((%s >= 0)[30d:5m]) > 0)", s.ofRules(ratio+"5m"), requests, requests)
	}
	unserved := fmt.Sprintf("clamp_max(sum_over_time(%s[30d:5m]) / (30 * 24 * 12), 1)", s.ofRules(promql.RecordedUnserved+"5m"))
	failed, slow := larger(bad(promql.RecordedErrors), unserved), bad(promql.RecordedSlow)
	availabilityRunbook, latencyRunbook := v1alpha1.AlertAvailabilityBudgetBurn, v1alpha1.AlertLatencyBudgetBurn
	runbookBase := s.rules.RunbookBaseURL
	return []Panel{
		stat("Availability, 30 days", unitShare, query("1 - "+failed, "")).wide(5).goodFrom(availability/100).
			runbook(runbookBase, availabilityRunbook).
			describe(fmt.Sprintf("1 less the larger of two shares: of the users' requests that failed, and of the time in which nobody "+
				"could be served. The objective is %s %%.", promql.Number(availability))),
		stat("Availability budget left, 30 days", unitShare, query(left(failed, availability), "")).wide(5).goodFrom(0).
			runbook(runbookBase, availabilityRunbook).
			describe("How much is left of the failures, or of the time without service, that the objective allows."),
		stat("Fast answers, 30 days", unitShare, query("1 - "+slow, "")).wide(5).goodFrom(latency/100).
			runbook(runbookBase, latencyRunbook).
			describe(fmt.Sprintf("How many of the users' requests were answered within %s s. The objective is %s %%.",
				promql.Number(slo.Latency.Seconds()), promql.Number(latency))),
		stat("Latency budget left, 30 days", unitShare, query(left(slow, latency), "")).wide(5).goodFrom(0).
			runbook(runbookBase, latencyRunbook).
			describe("How many of the slow answers that the objective allows are left."),
		stat("Alerts firing", unitNumber, query(orNone("count("+s.firing()+")", s.ofRules(promql.Unserved)), "")).wide(4).badIfAny().
			describe("Those of this tracker: the table below names them. Not known while Prometheus does not evaluate its rules."),
		timeseries("Availability budget burn rate", unitTimes,
			slices.Concat(burnRates(s, promql.RecordedErrors, "failed", availability),
				burnRates(s, promql.RecordedUnserved, "not served", availability))...,
		).line(1).runbook(runbookBase, availabilityRunbook).
			describe("How many times faster than the objective allows requests fail, and time passes in which nobody can be served. " +
				"By the window that it is measured over. Above the line, at 1, the budget does not last for 30 days."),
		timeseries("Latency budget burn rate", unitTimes, burnRates(s, promql.RecordedSlow, "slow", latency)...).line(1).
			runbook(runbookBase, latencyRunbook).
			describe("How many times faster than the objective allows answers are slow. " +
				"Above the line, at 1, the budget does not last for 30 days."),
	}
}

// larger is the larger of two values with the same labels, or the only one.
func larger(a, b string) string {
	return `max by (namespace, tracker) (` + a + ` or label_replace(` + b + `, "second", "true", "", ""))`
}

// left is how much is left of what an objective, in percent, allows to be bad.
func left(bad string, objective float64) string {
	return fmt.Sprintf("1 - (%s) / %s", bad, allowance(objective))
}

// allowance is the share that an objective, in percent, allows to be bad.
func allowance(objective float64) string { return "(1 - " + promql.Number(objective) + " / 100)" }

// burnRates are the burn rates that the alerts compare.
func burnRates(s subject, recorded, what string, objective float64) []Target {
	var out []Target
	for _, window := range []string{"5m", "1h", "6h", "3d"} {
		out = append(out, query(s.ofRules(recorded+window)+" / "+allowance(objective), what+", "+window))
	}
	return out
}

// alertList lists what fires or is about to.
func (s subject) alertList() []Panel {
	return []Panel{
		table("Alerts", "max by (alertname, severity, alertstate) ("+s.alerts()+")",
			column{"alertname", "Alert"}, column{"severity", "Severity"}, column{"alertstate", "State"},
		).emptyIs("None known").cells(runbookOfRow(s.rules.RunbookBaseURL)).
			describe("Those that fire, and those that will if it goes on. Each leads to its runbook. Empty also while Prometheus " +
				"does not evaluate the tracker's rules."),
	}
}

// dependencies shows the tracker's conditions, and which pods Prometheus reaches.
func (s subject) dependencies() []Panel {
	up := s.app(promql.Up)
	return []Panel{
		table("Conditions", "max by (type, status) ("+s.ofOperator(promql.Condition)+" == 1)",
			column{"type", "Condition"}, column{"status", "Status"},
		).describe("The tracker's conditions. kubectl describe has the causes."),
		stat("Dependencies", "", query("min by (dependency) ("+s.ofOperator(promql.DependencyUp)+")", "{{dependency}}")).
			upOrDown().wide(gridWidth/6).tall().
			runbook(s.rules.RunbookBaseURL, v1alpha1.AlertTrackerDependencyDown).
			describe("Whether the API can use them; nothing while that is unknown."),
		timeseries("Dependency response time", unitSeconds,
			query("max by (dependency) ("+s.ofOperator(promql.DependencyResponse)+")", "{{dependency}}"),
		).wide(gridWidth / 4).describe("How long the API's latest check of each took, of several pods the slowest."),
		timeseries("Pods", unitNumber,
			query("max by (component) ("+s.ofOperator(promql.ReadyPods)+")", "{{component}} ready"),
			query("count("+up+")", "API, scraped"),
			query("sum("+up+")", "API, answering Prometheus"),
		).wide(gridWidth/4).whole().runbook(s.rules.RunbookBaseURL, v1alpha1.AlertTrackerAPIDown).
			describe("Ready pods, as the operator sees them. A pod of the API that can't reach the database is not ready, and still answers Prometheus."),
	}
}

// probesFromOutside shows the probes from outside, if there are any.
func (s subject) probesFromOutside() []Panel {
	if !s.synthetic {
		return nil
	}
	return []Panel{
		timeseries("Synthetic probes", unitNumber,
			query("min by (component, instance) ("+s.ofProbes(promql.ProbeSuccess)+")", "{{instance}}"),
		).wide(gridWidth / 2).upTo(1).whole().describe("1 while the blackbox exporter gets a good answer. Nothing without spec.monitoring.synthetic."),
		timeseries("Synthetic probe duration", unitSeconds,
			query("max by (component, instance) ("+s.ofProbes("probe_duration_seconds")+")", "{{instance}}"),
		).wide(gridWidth / 2).describe("How long the blackbox exporter waits for the answer."),
	}
}
