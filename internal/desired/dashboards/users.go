// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// notMeasured is shown by panels about browsers without one that measures.
const notMeasured = "Not known: no page has been measured, or the frontend's image does not do it"

// realUsers shows what users meet, as the frontend's pages measure it in browsers. There may be few of them: all
// is of the last hour.
func (s subject) realUsers() []Panel {
	if !s.reporting {
		return nil
	}
	lastHourBy := func(by, metric string) string {
		return "sum by (" + by + ") (increase(" + s.ofFrontend(metric) + hour + "))"
	}
	byDevice := func(title, unit string, vital rules.WebVital, what string) Panel {
		p := timeseries(title, unit, query(quantileOf(0.75, lastHourBy("device, le", vital.Metric+promql.Bucket)), "{{device}}"))
		return p.emptyIs(notMeasured).rated(vital.Good, vital.Poor).runbook(s.rules.RunbookBaseURL, v1alpha1.AlertPoorWebVitals).
			describe(what + " Three quarters of the pages of the last hour do better. The lines are Google's: good up to " +
				promql.Number(vital.Good) + ", poor above " + promql.Number(vital.Poor) + ".")
	}
	return []Panel{
		byDevice("Largest Contentful Paint", unitSeconds, rules.LCP, "When the main content of a page is shown."),
		byDevice("Interaction to Next Paint", unitSeconds, rules.INP, "How long a page takes to react to its user."),
		byDevice("Cumulative Layout Shift", unitNumber, rules.CLS, "How much the content of a page moves by itself, without a unit."),
		byDevice("First Contentful Paint", unitSeconds, rules.WebVital{Metric: promql.WebVitalsFCP, Good: 1.8, Poor: 3},
			"When anything of a page is shown."),
		byDevice("Time To First Byte", unitSeconds, rules.WebVital{Metric: promql.WebVitalsTTFB, Good: .8, Poor: 1.8},
			"When the response of a page begins, with all that the network takes."),
		timeseries("Page load time", unitSeconds,
			query(quantileOf(0.75, lastHourBy("route, le", promql.PageLoad+promql.Bucket)), "{{route}}"),
		).emptyIs(notMeasured).describe("When a page and all that it needs have loaded: three quarters of the pages of the last hour take less, by route."),
		timeseries("Page views", unitNumber,
			query(lastHourBy("route", promql.PageLoad+promql.Count), "{{route}}"),
			query("sum(increase("+s.ofFrontend(promql.RouteChanges)+hour+"))", "opened from another page"),
		).emptyIs(notMeasured).describe("Pages that have loaded in the last hour, of those that are in the sample (realUserMonitoring.sampleRatio)."),
		timeseries("Page errors", unitNumber, query(lastHourBy("route", promql.PageErrors), "{{route}}")).emptyIs(notMeasured).
			describe("Errors in the scripts of pages that nothing has caught, in the last hour. The user's console has their texts."),
		timeseries("Reports that were dropped", unitNumber, query(lastHourBy("reason", promql.RUMDropped), "{{reason}}")).emptyIs(notMeasured).
			describe("Reports of the last hour that the frontend did not count: too many at a time, invalid, or not sent by its own pages."),
	}
}
