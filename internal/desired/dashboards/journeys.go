// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// journeys shows the runs of spec.monitoring.journeys, as the operator reports them.
func (s subject) journeys() []Panel {
	if !s.travelled {
		return nil
	}
	byJourney := func(metric string) string { return "max by (journey) (" + s.ofOperator(metric) + ")" }
	const none = "Not known: the tracker has no journeys, or none has run"
	return []Panel{
		timeseries("Journeys", unitNumber, query(byJourney(promql.JourneySuccess), "{{journey}}")).upTo(1).whole().emptyIs(none).
			runbook(s.rules.RunbookBaseURL, v1alpha1.AlertTrackerJourneyFailing).
			describe("1 while the last run of a journey succeeded. The condition JourneysPassing names the step that failed."),
		timeseries("Journey duration", unitSeconds, query(byJourney(promql.JourneyDuration), "{{journey}}")).emptyIs(none).
			describe("How long the last run of a journey took, with the start of its pod."),
		timeseries("Time since the last run", unitSeconds,
			query("time() - "+byJourney(promql.JourneyLastRun), "{{journey}}"),
			query(byJourney(promql.JourneyInterval), "{{journey}}: the longest time between two runs"),
		).emptyIs(none).runbook(s.rules.RunbookBaseURL, v1alpha1.AlertTrackerJourneyNotRunning).
			describe("How long ago the last run of a journey ended."),
	}
}
