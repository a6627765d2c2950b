// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

const (
	// rateWindow is at least four scrapes long, as Grafana computes the interval.
	rateWindow = "[$__rate_interval]"
	// hour is the window of what happens too seldom for a rate.
	hour = "[1h]"
	// anyValue stands for every value of a variable, in a regular expression.
	anyValue = ".+"
)

// Query is one query of a dashboard.
type Query struct {
	// Row and Panel are the titles of its row and panel.
	Row, Panel string
	// Unit is the unit of the panel, by Grafana's name.
	Unit string
	// Expr is the query, with Grafana's variables.
	Expr string
	// MayBeEmpty reports that having nothing to show is good news: no alert fires.
	// All others return data of a tracker that gets requests and is scraped.
	MayBeEmpty bool
}

// Queries are all queries of the dashboard, in reading order.
func (d Dashboard) Queries() []Query {
	var out []Query
	var title string
	for _, p := range d.Panels {
		if p.Type == "row" {
			title = p.Title
			continue
		}
		for _, target := range p.Targets {
			out = append(out, Query{
				Row: title, Panel: p.Title, Unit: p.FieldConfig.Defaults.Unit, Expr: target.Expr, MayBeEmpty: p.mayBeEmpty,
			})
		}
	}
	return out
}

// PromQL is the query as Grafana sends it to Prometheus when nothing is chosen: with a
// window for rates, and with every value of each variable.
func (q Query) PromQL(rateWindow model.Duration) string {
	return strings.NewReplacer("$__rate_interval", rateWindow.String(), "$namespace", anyValue, "$job", anyValue).Replace(q.Expr)
}

// scope confines the queries of a dashboard, as the labels differ by what exports the
// series: each field is a list of matchers.
type scope struct {
	// tracker confines what Prometheus got from the API and the probes, and its rules'
	// results; operator what it got from the operator.
	tracker, operator []string
	// pods confines what the kubelet exports about containers.
	pods []string
}

func (s scope) app(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.tracker...)...)
}

func (s scope) verdict(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.operator...)...)
}

func (s scope) container(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.pods...)...)
}

func rate(selector string) string { return "rate(" + selector + rateWindow + ")" }

// lastHour is how much a counter of all pods grew in an hour.
func lastHour(selector string) string { return "sum(increase(" + selector + hour + "))" }

// quantile is a quantile of a histogram, of all pods together.
func quantile(q float64, buckets string) string {
	return fmt.Sprintf("histogram_quantile(%s, sum by (le) (%s))", promql.Number(q), rate(buckets))
}
