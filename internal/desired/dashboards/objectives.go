// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"fmt"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// objectives shows how much of what the objectives allow has been used up, and how fast
// it goes.
func objectives(t *v1alpha1.InterviewTracker, s scope) []Panel {
	slo := t.Spec.GetAlerts().SLO
	availability, latency := number(slo.Availability), number(slo.LatencyTarget)
	// Each five minutes count as much as they had requests. There are none where the
	// ratio is NaN, which no comparison lets pass.
	bad := func(ratio string) string {
		requests := s.ofRules(promql.RecordedRequests + "5m")
		return fmt.Sprintf("sum_over_time((%s * %s >= 0)[30d:5m]) / (sum_over_time((%s >= 0)[30d:5m]) > 0)", s.ofRules(ratio+"5m"), requests, requests)
	}
	errors, slow := bad(promql.RecordedErrors), bad(promql.RecordedSlow)
	return []Panel{
		stat("Availability, 30 days", unitShare, query("1 - "+errors, "")).wide(5).goodFrom(availability / 100).
			describe(fmt.Sprintf("How many of the users' requests were answered without an error. The objective is %s %%.", promql.Number(availability))),
		stat("Availability budget left, 30 days", unitShare, query(left(errors, availability), "")).wide(5).goodFrom(0).
			describe("How many of the errors that the objective allows are left."),
		stat("Fast answers, 30 days", unitShare, query("1 - "+slow, "")).wide(5).goodFrom(latency / 100).
			describe(fmt.Sprintf("How many of the users' requests were answered within %s s. The objective is %s %%.",
				promql.Number(slo.Latency.Seconds()), promql.Number(latency))),
		stat("Latency budget left, 30 days", unitShare, query(left(slow, latency), "")).wide(5).goodFrom(0).
			describe("How many of the slow answers that the objective allows are left."),
		stat("Alerts firing", unitNumber, query("count("+s.alerts(promql.Equal("alertstate", "firing"))+") or vector(0)", "")).wide(4).badIfAny().
			describe("Those of this tracker: the table below names them."),
		timeseries("Availability budget burn rate", unitTimes, burnRates(s, promql.RecordedErrors, availability)...).line(1).
			describe("How many times faster than the objective allows errors come; at 1, the budget lasts for 30 days. " +
				"By the window that it is measured over."),
		timeseries("Latency budget burn rate", unitTimes, burnRates(s, promql.RecordedSlow, latency)...).line(1).
			describe("The same for slow answers."),
	}
}

// left is how much is left of what an objective, in percent, allows to be bad.
func left(bad string, objective float64) string {
	return fmt.Sprintf("1 - (%s) / %s", bad, allowance(objective))
}

// allowance is the share that an objective, in percent, allows to be bad.
func allowance(objective float64) string { return "(1 - " + promql.Number(objective) + " / 100)" }

// burnRates are the burn rates that the alerts compare.
func burnRates(s scope, recorded string, objective float64) []Target {
	var out []Target
	for _, window := range []string{"5m", "1h", "6h", "3d"} {
		out = append(out, query(s.ofRules(recorded+window)+" / "+allowance(objective), window))
	}
	return out
}

// alerts shows what fires or is about to.
func alerts(s scope) []Panel {
	return []Panel{
		table("Alerts", "max by (alertname, severity, alertstate) ("+s.alerts()+")",
			column{"alertname", "Alert"}, column{"severity", "Severity"}, column{"alertstate", "State"},
		).emptyIs("None"),
	}
}

// dependencies shows the tracker's conditions, and which pods Prometheus reaches.
func dependencies(s scope) []Panel {
	up := s.app(promql.Up)
	return []Panel{
		table("Conditions", "max by (type, status) ("+s.ofOperator(promql.Condition)+" == 1)",
			column{"type", "Condition"}, column{"status", "Status"},
		).describe("The tracker's conditions. kubectl describe has the causes."),
		stat("Dependencies", "", query("min by (dependency) ("+s.ofOperator(promql.DependencyUp)+")", "{{dependency}}")).
			upOrDown().wide(gridWidth / 6).tall().
			describe("Whether the API can use them; nothing while that is unknown."),
		timeseries("Dependency response time", unitSeconds,
			query("max by (dependency) ("+s.ofOperator(promql.DependencyResponse)+")", "{{dependency}}"),
		).wide(gridWidth / 4).describe("How long the API's latest check of each took, of several pods the slowest."),
		timeseries("API pods", unitNumber,
			query("count("+up+")", "targets of Prometheus"),
			query("sum("+up+")", "responding"),
		).wide(gridWidth / 4).whole().describe("Ready or not: a pod that can't reach the database still serves its metrics."),
	}
}

// synthetic shows the probes from outside, if there are any.
func synthetic(t *v1alpha1.InterviewTracker, s scope) []Panel {
	if t.Spec.GetSynthetic() == nil {
		return nil
	}
	return []Panel{
		timeseries("Synthetic probes", unitNumber,
			query("min by (component, instance) ("+s.ofProbes(promql.ProbeSuccess)+")", "{{instance}}"),
		).wide(gridWidth / 2).upTo(1).whole().describe("1 while the blackbox exporter gets a good answer."),
		timeseries("Synthetic probe duration", unitSeconds,
			query("max by (component, instance) ("+s.ofProbes("probe_duration_seconds")+")", "{{instance}}"),
		).wide(gridWidth / 2),
	}
}
