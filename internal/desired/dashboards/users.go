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
	lastHourBy := func(by, metric string) string { return "sum by (" + by + ") (increase(" + s.ofFrontend(metric) + hour + "))" }
	byDevice := func(title, unit, metric string, good, poor float64, what string) Panel {
		p := timeseries(title, unit, query(quantileOf(0.75, lastHourBy("device, le", metric+promql.Bucket)), "{{device}}"))
		return p.emptyIs(notMeasured).rated(good, poor).runbook(s.rules.RunbookBaseURL, v1alpha1.AlertPoorWebVitals).
			describe(what + " Three quarters of the pages of the last hour do better. The lines are Google's: good up to " +
				promql.Number(good) + ", poor above " + promql.Number(poor) + ".")
	}
	titles := map[string]struct{ title, unit, what string }{
		"LCP": {"Largest Contentful Paint", unitSeconds, "When the main content of a page is shown."},
		"INP": {"Interaction to Next Paint", unitSeconds, "How long a page takes to react to its user."},
		"CLS": {"Cumulative Layout Shift", unitNumber, "How much the content of a page moves by itself, without a unit."},
	}
	var panels []Panel
	for _, vital := range rules.WebVitals {
		of := titles[vital.Name]
		panels = append(panels, byDevice(of.title, of.unit, vital.Metric, vital.Good, vital.Poor, of.what))
	}
	return append(panels,
		byDevice("First Contentful Paint", unitSeconds, promql.WebVitalsFCP, 1.8, 3, "When anything of a page is shown."),
		byDevice("Time To First Byte", unitSeconds, promql.WebVitalsTTFB, .8, 1.8, "When the response of a page begins, with all that the network takes."),
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
	)
}
