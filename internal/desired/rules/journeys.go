// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// journeyPatience is how long a journey has to fail at most: longer than the time between most
// runs, and of those that are further apart, one that fails is enough. A schedule's next run is
// expected within it, too.
const journeyPatience = 15 * time.Minute

// journeys are the alerts on users' journeys, one of each for each journey: the time between two
// runs is another one. The operator knows it.
func (b *builder) journeys() []monitoringv1.Rule {
	journeys, _ := b.catalog.Journeys(&b.tracker.Spec)
	var all []monitoringv1.Rule
	for _, j := range journeys {
		// The user's own text of a schedule has no time between runs that is known here.
		nextRun := journeyPatience
		if j.Interval != nil {
			nextRun = j.Interval.Duration + j.Timeout.Duration
		}
		of := func(metric string) string {
			return fmt.Sprintf("max by (namespace, journey) (%s)", b.operator(metric, promql.Equal("journey", j.Name)))
		}
		all = append(all, b.alertRules(
			alert{
				name:     v1alpha1.AlertTrackerJourneyFailing,
				severity: severityWarning,
				patience: min(journeyPatience, nextRun),
				expr:     of(promql.JourneySuccess) + " == 0",
				summary:  "A user's journey fails",
				description: "The journey {{ $labels.journey }} of " + b.name() +
					" fails; the condition JourneysPassing has the step and what answered.",
			},
			alert{
				name:     v1alpha1.AlertTrackerJourneyNotRunning,
				severity: severityWarning,
				patience: time.Minute,
				// A time between runs that was shortened counts until the next run should have ended.
				expr: fmt.Sprintf("time() - %s\n  > 2 * max by (namespace, journey) (max_over_time(%s[%s])) + %s",
					of(promql.JourneyLastRun), b.operator(promql.JourneyInterval, promql.Equal("journey", j.Name)),
					model.Duration(nextRun), promql.Number(j.Timeout.Seconds())),
				summary: "A user's journey does not run",
				description: "No run of the journey {{ $labels.journey }} of " + b.name() +
					" has ended for {{ $value | humanizeDuration }}, longer than two runs take.",
			},
		)...)
	}
	return all
}
