// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// shortest is the shortest window: that of the specification's rates. The API is scraped
// every two minutes at the least, so that it holds two samples.
const shortest = "5m"

// windows are the times that the objectives look back on. The long ones change slowly
// and read many samples: they have a slower group, which is still faster than the five
// minutes after which Prometheus takes a series for gone.
var (
	shortWindows = []string{shortest, "30m", "1h", "2h"}
	longWindows  = []string{"6h", "1d", "3d"}
)

const longInterval = 2 * time.Minute

// burnRate is how many times faster than in 30 days the budget is used up, and the
// windows that show it: the long one that it is worth a page, the short one that it
// still goes on.
type burnRate struct {
	factor      float64
	long, short string
	// longLength is the long window in seconds.
	longLength int
	patience   time.Duration
	severity   string
}

// burnRates are those of Google's SRE workbook, chapter 5: 2 %, 5 %, 10 % and 10 % of
// the budget are gone when they fire.
var burnRates = []burnRate{
	{14.4, "1h", "5m", 3600, 2 * time.Minute, severityCritical},
	{6, "6h", "30m", 6 * 3600, 15 * time.Minute, severityCritical},
	{3, "1d", "2h", 24 * 3600, time.Hour, severityWarning},
	{1, "3d", "6h", 3 * 24 * 3600, 3 * time.Hour, severityWarning},
}

// minimumRequests are the requests of users that the long window must hold: of a
// handful, one failure is a large share, and no reason to page someone.
const minimumRequests = 100

// objectives are the groups of the service level objectives.
func (b *builder) objectives() []monitoringv1.RuleGroup {
	var short, long []monitoringv1.Rule
	for _, w := range shortWindows {
		short = append(short, b.recordings(w)...)
	}
	for _, w := range longWindows {
		long = append(long, b.recordings(w)...)
	}
	return []monitoringv1.RuleGroup{
		{Name: groupPrefix + "-objectives-short", Rules: short},
		{Name: groupPrefix + "-objectives-long", Rules: long, Interval: new(duration(longInterval))},
		{Name: groupPrefix + "-objectives", Rules: b.burnAlerts()},
	}
}

// recordings are the series of one window. In a group, rules are evaluated in order:
// the ratio reads the rate that has just been recorded.
func (b *builder) recordings(window string) []monitoringv1.Rule {
	rate := func(metric string, matchers ...string) string {
		return fmt.Sprintf("sum by (namespace, tracker) (rate(%s[%s]))", b.api(metric, matchers...), window)
	}
	requests := b.recorded(promql.RecordedRequests + window)
	return []monitoringv1.Rule{
		record(promql.RecordedRequests+window, rate(promql.Requests, promql.UserRequests)),
		// No series of errors is no errors: 0, and not nothing. No requests is no ratio.
		record(promql.RecordedErrors+window, fmt.Sprintf("(\n  %s\n  or 0 * %s\n) / (%s > 0)",
			rate(promql.Requests, promql.Matches("status", "5.."), promql.UserRequests), requests, requests)),
		// The specification's histogram has no label for the endpoint: an application
		// that observes the requests of monitoring counts those as well.
		record(promql.RecordedSlow+window, fmt.Sprintf("1 - %s\n/ (%s > 0)",
			rate(promql.RequestDuration+promql.Bucket, promql.Matches("le", bounds(b.alerts.SLO.Latency.Seconds()))),
			rate(promql.RequestDuration+promql.Count))),
	}
}

// bounds matches the label le of a bucket's upper bound in all its renderings: a whole
// number is 1 to an exporter in Go and 1.0 to one in Python or to Prometheus 3, and
// a tiny one has an exponent.
func bounds(seconds float64) string {
	plain, short := promql.Number(seconds), strconv.FormatFloat(seconds, 'g', -1, 64)
	renderings := []string{plain}
	if !strings.Contains(plain, ".") {
		renderings = append(renderings, plain+".0")
	}
	if short != plain {
		renderings = append(renderings, short)
	}
	for i := range renderings {
		renderings[i] = regexp.QuoteMeta(renderings[i])
	}
	return strings.Join(renderings, "|")
}

// burnAlerts are the alerts on budgets that are used up too fast.
func (b *builder) burnAlerts() []monitoringv1.Rule {
	slo := b.alerts.SLO
	var alerts []alert
	for _, burn := range burnRates {
		alerts = append(alerts, b.burnAlert(burn, v1alpha1.AlertAvailabilityBudgetBurn, promql.RecordedErrors, slo.Availability, alert{
			summary:     "Errors use up the availability budget",
			description: "have been answered with an error (status 5xx)",
		}))
	}
	for _, burn := range burnRates {
		alerts = append(alerts, b.burnAlert(burn, v1alpha1.AlertLatencyBudgetBurn, promql.RecordedSlow, slo.LatencyTarget, alert{
			summary:     "Slow answers use up the latency budget",
			description: "have taken longer than " + promql.Number(slo.Latency.Seconds()) + " s",
		}))
	}
	return b.alertRules(slices.DeleteFunc(alerts, func(a alert) bool { return a.expr == "" })...)
}

// burnAlert completes an alert, whose description is what the requests have done; an
// alert without expr when not even an outage of everything burns that fast.
func (b *builder) burnAlert(burn burnRate, name v1alpha1.AlertName, ratio string, objective v1alpha1.Decimal, a alert) alert {
	// With an objective of 90 % and a factor of 14.4, the rule would be there and never fire.
	if !(burn.factor*(1-objective.Float()/100) < 1) {
		return alert{}
	}
	factor := promql.Number(burn.factor)
	limit := fmt.Sprintf("%s * (1 - %s / 100)", factor, promql.Number(objective.Float()))
	// Probes and scrapes alone, which some applications count, are not enough either.
	a.expr = fmt.Sprintf("%s > %s\nand %s > %s\nand %s * %d >= %d",
		b.recorded(ratio+burn.long), limit, b.recorded(ratio+burn.short), limit,
		b.recorded(promql.RecordedRequests+burn.long), burn.longLength, minimumRequests)
	a.name, a.severity, a.patience = name, burn.severity, burn.patience
	a.description = "{{ $value | humanizePercentage }} of the requests to the API of " + b.name() + " within " + burn.long + " " + a.description +
		": more than " + factor + " times what the objective of " + promql.Number(objective.Float()) + "% over 30 days allows."
	// Two rates may burn at once, and are two alerts.
	a.labels = map[string]string{"long": burn.long, "short": burn.short}
	return a
}
