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
const shortest = 5 * time.Minute

// windows are the times that the objectives look back on. The long ones change slowly
// and read many samples: they have a slower group, which is still faster than the five
// minutes after which Prometheus takes a series for gone.
var (
	shortWindows = []time.Duration{shortest, 30 * time.Minute, time.Hour, 2 * time.Hour}
	longWindows  = []time.Duration{6 * time.Hour, day, 3 * day}
)

const (
	day          = 24 * time.Hour
	longInterval = 2 * time.Minute
	// unservedStep is how often the windows of the objectives look at whether anybody could be served.
	unservedStep = 30 * time.Second
)

// burnRate is how many times faster than in 30 days the budget is used up, and the
// windows that show it: the long one that it is worth a page, the short one that it
// still goes on.
type burnRate struct {
	factor      float64
	long, short time.Duration
	patience    time.Duration
	severity    string
}

// burnRates are those of Google's SRE workbook, chapter 5: 2 %, 5 %, 10 % and 10 % of
// the budget are gone when they fire.
var burnRates = []burnRate{
	{14.4, time.Hour, shortest, 2 * time.Minute, severityCritical},
	{6, 6 * time.Hour, 30 * time.Minute, 15 * time.Minute, severityCritical},
	{3, day, 2 * time.Hour, time.Hour, severityWarning},
	{1, 3 * day, 6 * time.Hour, 3 * time.Hour, severityWarning},
}

// minimumRequests are the requests of users that the long window must hold: of a
// handful, one failure is a large share, and no reason to page someone.
const minimumRequests = 100

// objectives are the groups of the service level objectives.
func (b *builder) objectives() []monitoringv1.RuleGroup {
	short, long := []monitoringv1.Rule{b.unserved()}, []monitoringv1.Rule{}
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

// unserved is 1 while a component that answers requests has no ready pod: nobody can be served then, whether or not
// a request arrives. A stopped component is not among the operator's series. Where those are
// missing, the API's answers to the kubelet's readiness probes tell of the API at least.
func (b *builder) unserved() monitoringv1.Rule {
	expr := fmt.Sprintf("max by (namespace) (max by (namespace, component) (%s) == bool 0)",
		b.operator(promql.ReadyPods, promql.Matches("component", b.serving())))
	if !b.stopped {
		ready := b.catalog.Primary().Probes(&b.tracker.Spec).Readiness.Path
		expr += fmt.Sprintf("\nor sum by (namespace) (irate(%s[%s])) == bool 0",
			b.api(promql.Requests, promql.Equal("endpoint", ready), promql.Equal("status", "200")), duration(shortest))
	}
	rule := record(promql.Unserved, expr)
	// The operator's series have the tracker's name in another label.
	rule.Labels = map[string]string{"tracker": b.tracker.Name}
	return rule
}

// serving matches the components that answer requests.
func (b *builder) serving() string {
	var names []string
	for _, c := range b.catalog.Components {
		if c.DefaultPort != 0 {
			names = append(names, string(c.Name))
		}
	}
	return strings.Join(names, "|")
}

// recordings are the series of one window. In a group, rules are evaluated in order:
// the ratio reads the rate that has just been recorded.
func (b *builder) recordings(window time.Duration) []monitoringv1.Rule {
	name := string(duration(window))
	requests := b.recorded(promql.RecordedRequests + name)
	latency := func(suffix string, matchers ...string) string {
		return b.met(promql.RequestDuration+suffix, promql.DirectDuration+suffix, "namespace, tracker", window, matchers...)
	}
	return []monitoringv1.Rule{
		record(promql.RecordedRequests+name, b.requestsMet(window)),
		// No series of errors is no errors: 0, and not nothing. No requests is no ratio.
		record(promql.RecordedErrors+name, fmt.Sprintf("(\n%s\nor 0 * %s\n) / (%s > 0)",
			b.requestsMet(window, promql.Matches("status", "5..")), requests, requests)),
		// The specification's histogram has no label for the endpoint: an application
		// that observes the requests of monitoring counts those as well.
		record(promql.RecordedSlow+name, fmt.Sprintf("1 - %s\n/ (%s > 0)",
			latency(promql.Bucket, promql.Matches("le", bounds(b.alerts.SLO.Latency.Seconds()))), latency(promql.Count))),
		// Of the whole window, however short the tracker has existed: one that is being created
		// has not failed. Both ends of the window may hold a sample.
		record(promql.RecordedUnserved+name, fmt.Sprintf("clamp_max(sum_over_time(%s[%s:%s]) / %d, 1)",
			b.recorded(promql.Unserved), name, duration(unservedStep), window/unservedStep)),
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
	var alerts []alert
	for _, burn := range burnRates {
		alerts = append(alerts, b.availabilityBurn(burn))
	}
	for _, burn := range burnRates {
		alerts = append(alerts, b.latencyBurn(burn))
	}
	return b.alertRules(slices.DeleteFunc(alerts, func(a alert) bool { return a.expr == "" })...)
}

// availabilityBurn is about requests that fail, and about times in which none could succeed.
func (b *builder) availabilityBurn(burn burnRate) alert {
	objective := b.alerts.SLO.Availability
	if !burn.possible(objective) {
		return alert{}
	}
	a := b.burnAlert(burn, objective, "Errors use up the availability budget",
		"of the requests to "+b.name()+" have been answered with status 5xx, or of the time nobody could be served,")
	a.name = v1alpha1.AlertAvailabilityBudgetBurn
	a.expr = fmt.Sprintf("%s\nand %s\nor %s", b.burning(burn, promql.RecordedErrors, objective), b.busy(burn),
		b.burning(burn, promql.RecordedUnserved, objective))
	return a
}

// latencyBurn is silent while errors burn the other budget as fast: slow failures are failures.
func (b *builder) latencyBurn(burn burnRate) alert {
	slo := b.alerts.SLO
	if !burn.possible(slo.LatencyTarget) {
		return alert{}
	}
	a := b.burnAlert(burn, slo.LatencyTarget, "Slow answers use up the latency budget",
		"of the requests to "+b.name()+" have taken longer than "+promql.Number(slo.Latency.Seconds())+" s")
	a.name = v1alpha1.AlertLatencyBudgetBurn
	a.expr = fmt.Sprintf("%s\nand %s", b.burning(burn, promql.RecordedSlow, slo.LatencyTarget), b.busy(burn))
	if burn.possible(slo.Availability) && b.raises(v1alpha1.AlertAvailabilityBudgetBurn) {
		a.expr += fmt.Sprintf("\nunless (%s)", b.burning(burn, promql.RecordedErrors, slo.Availability))
	}
	return a
}

// possible reports whether an outage of everything burns that fast: with an objective of
// 90 % and a factor of 14.4, the rule would be there and never fire.
func (burn burnRate) possible(objective v1alpha1.Decimal) bool {
	return burn.factor*(1-objective.Float()/100) < 1
}

// burning compares the share of what is bad in both windows.
func (b *builder) burning(burn burnRate, ratio string, objective v1alpha1.Decimal) string {
	limit := fmt.Sprintf("%s * (1 - %s / 100)", promql.Number(burn.factor), promql.Number(objective.Float()))
	return fmt.Sprintf("%s > %s\nand %s > %s",
		b.recorded(ratio+string(duration(burn.long))), limit, b.recorded(ratio+string(duration(burn.short))), limit)
}

// busy holds while the long window has the minimum traffic. Probes and scrapes alone, which
// some applications count, are not enough.
func (b *builder) busy(burn burnRate) string {
	return fmt.Sprintf("%s * %d >= %d", b.recorded(promql.RecordedRequests+string(duration(burn.long))), burn.long/time.Second, minimumRequests)
}

// burnAlert is what the alerts of both budgets have in common; bad is what the share is of.
func (b *builder) burnAlert(burn burnRate, objective v1alpha1.Decimal, summary, bad string) alert {
	long, short := string(duration(burn.long)), string(duration(burn.short))
	return alert{
		severity: burn.severity,
		patience: burn.patience,
		summary:  summary,
		description: "{{ $value | humanizePercentage }} " + bad + " within " + long + ": more than " + promql.Number(burn.factor) +
			" times what the objective of " + promql.Number(objective.Float()) + "% over 30 days allows.",
		// Two rates may burn at once, and are two alerts.
		labels: map[string]string{"long": long, "short": short},
	}
}
