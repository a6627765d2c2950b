// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package dashboards builds the Grafana dashboards: that of a tracker, that of any
// tracker that the viewer chooses, that of all trackers and that of the operator. It is pure.
//
// The types are our own. Those of grafana-foundation-sdk are typed as well and add no
// further modules, but the packages that these few panels need have 46,000 lines, and its
// panels hold their queries as interfaces, which Queries would have to take apart again.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Dashboard is what we use of Grafana's model of a dashboard. What is the same in all
// dashboards or panels is JSON.
type Dashboard struct {
	// UID is the same for the same subject, at most 40 characters.
	UID           string          `json:"uid"`
	Title         string          `json:"title"`
	Description   string          `json:"description"`
	Tags          []string        `json:"tags"`
	SchemaVersion int             `json:"schemaVersion"`
	Timezone      string          `json:"timezone"`
	Editable      bool            `json:"editable"`
	GraphTooltip  int             `json:"graphTooltip"`
	Refresh       string          `json:"refresh"`
	Time          json.RawMessage `json:"time"`
	Links         json.RawMessage `json:"links"`
	Templating    Templating      `json:"templating"`
	Annotations   Annotations     `json:"annotations"`
	// Panels are the rows and, after each, its panels, in reading order.
	Panels []Panel `json:"panels"`
}

// Templating holds the variables.
type Templating struct {
	List []Variable `json:"list"`
}

// Annotations holds the marks over all panels.
type Annotations struct {
	List []Annotation `json:"list"`
}

// Annotation marks when a query has a result that is not 0. The viewer turns it off on top of
// the dashboard.
type Annotation struct {
	Name        string      `json:"name"`
	Datasource  *Datasource `json:"datasource"`
	Enable      bool        `json:"enable"`
	IconColor   string      `json:"iconColor"`
	Expr        string      `json:"expr"`
	TitleFormat string      `json:"titleFormat"`
	TextFormat  string      `json:"textFormat"`
}

// Link leads from a panel, or from a cell of a table, to another page.
type Link struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	URL         string   `json:"url"`
	Icon        string   `json:"icon"`
	Tooltip     string   `json:"tooltip"`
	Tags        []string `json:"tags"`
	AsDropdown  bool     `json:"asDropdown"`
	TargetBlank bool     `json:"targetBlank"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
}

// Variable is what a viewer chooses on top of the dashboard.
type Variable struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Type is datasource or query.
	Type       string      `json:"type"`
	Datasource *Datasource `json:"datasource,omitempty"`
	// Query is the type of the data sources, or the query for the values.
	Query      string `json:"query"`
	Definition string `json:"definition,omitempty"`
	Refresh    int    `json:"refresh"`
	Sort       int    `json:"sort,omitempty"`
	Multi      bool   `json:"multi"`
	IncludeAll bool   `json:"includeAll"`
	AllValue   string `json:"allValue,omitempty"`
	// Current is the value that a variable has at first; Grafana takes the first without it.
	Current *Current `json:"current,omitempty"`
}

// Current is a value of a variable.
type Current struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// Datasource is where a panel's data come from.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Panel is a panel, or the title of a row of panels.
type Panel struct {
	ID int `json:"id"`
	// Type is row, timeseries, stat or table.
	Type        string       `json:"type"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	Links       []Link       `json:"links,omitempty"`
	GridPos     GridPos      `json:"gridPos"`
	Datasource  *Datasource  `json:"datasource,omitempty"`
	Targets     []Target     `json:"targets,omitempty"`
	FieldConfig *FieldConfig `json:"fieldConfig,omitempty"`
	// Options depend on Type alone.
	Options         json.RawMessage  `json:"options,omitempty"`
	Transformations []Transformation `json:"transformations,omitempty"`
	// Collapsed and Panels are a row's: its panels are below it, and not in it.
	Collapsed *bool    `json:"collapsed,omitempty"`
	Panels    *[]Panel `json:"panels,omitempty"`
	// mayBeEmpty reports that having nothing to show is good news.
	mayBeEmpty bool
}

// GridPos is the position of a panel: the grid is 24 wide.
type GridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// Target is one query of a panel.
type Target struct {
	RefID        string      `json:"refId"`
	Datasource   *Datasource `json:"datasource"`
	Expr         string      `json:"expr"`
	LegendFormat string      `json:"legendFormat,omitempty"`
	Format       string      `json:"format"`
	Instant      bool        `json:"instant"`
	Range        bool        `json:"range"`
}

// FieldConfig is how values are shown.
type FieldConfig struct {
	Defaults FieldDefaults `json:"defaults"`
	// Overrides is always empty: Grafana wants the list.
	Overrides []struct{} `json:"overrides"`
}

// FieldDefaults is how every value of a panel is shown.
type FieldDefaults struct {
	// Unit is Grafana's name of a unit: percent is of 100, percentunit of 1.
	Unit       string          `json:"unit,omitempty"`
	Decimals   *int            `json:"decimals,omitempty"`
	Min        *float64        `json:"min,omitempty"`
	Max        *float64        `json:"max,omitempty"`
	NoValue    string          `json:"noValue,omitempty"`
	Mappings   json.RawMessage `json:"mappings,omitempty"`
	Thresholds *Thresholds     `json:"thresholds,omitempty"`
	Custom     *Custom         `json:"custom,omitempty"`
	// Links are those of every cell of a table.
	Links []Link `json:"links,omitempty"`
}

// Custom is how the lines of a timeseries are drawn.
type Custom struct {
	AxisLabel   string `json:"axisLabel,omitempty"`
	FillOpacity int    `json:"fillOpacity"`
	ShowPoints  string `json:"showPoints"`
	// ThresholdsStyle is how thresholds are drawn.
	ThresholdsStyle json.RawMessage `json:"thresholdsStyle,omitempty"`
}

// Thresholds are the colors of values.
type Thresholds struct {
	Mode  string `json:"mode"`
	Steps []Step `json:"steps"`
}

// Step is the color from a value on; the first has none.
type Step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// Transformation arranges the columns of a table, as its ID says: Organize or Matrix.
type Transformation struct {
	ID      string `json:"id"`
	Options any    `json:"options"`
}

// Organize hides, orders and names columns.
type Organize struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}

// Matrix makes one row of all results that have a label in common, and a column of each value
// of another.
type Matrix struct {
	ColumnField string `json:"columnField"`
	RowField    string `json:"rowField"`
	ValueField  string `json:"valueField"`
}

// JSON is the dashboard as Grafana reads it, on one line.
func (d Dashboard) JSON() string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // It is not shown as HTML, and queries are full of '>'.
	if err := encoder.Encode(d); err != nil {
		panic(err) // The model holds nothing that JSON doesn't, as number sees to it.
	}
	return string(bytes.TrimSpace(out.Bytes()))
}

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

// Queries are all queries of the dashboard, in reading order, and those of its annotations.
func (d Dashboard) Queries() []Query {
	var out []Query
	for _, a := range d.Annotations.List {
		out = append(out, Query{Row: "Annotations", Panel: a.Name, Expr: a.Expr, MayBeEmpty: true})
	}
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
	return strings.NewReplacer("$__rate_interval", rateWindow.String(), "$namespace", anyValue, "$tracker", anyValue, "$job", anyValue).Replace(q.Expr)
}

// scope confines the queries of a dashboard, as the labels differ by what exports the
// series: each field is a list of matchers.
type scope struct {
	// api confines what Prometheus got from the API's pods, frontend what it got from the
	// frontend's, probes what it got from the probes, recorded what its rules have recorded,
	// tracker its alerts, and operator what it got from the operator.
	api, frontend, probes, recorded, tracker, operator []string
	// pods confines what the kubelet and kube-state-metrics export about containers, volumes
	// what the kubelet exports about the volumes of managed dependencies; empty without any.
	pods, volumes []string
}

func (s scope) app(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.api...)...)
}

func (s scope) ofFrontend(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.frontend...)...)
}

func (s scope) ofProbes(metric string) string { return promql.Series(metric, s.probes...) }

func (s scope) ofRules(metric string) string { return promql.Series(metric, s.recorded...) }

// alerts are those that report trouble, without the copies of them that have a further level
// of escalation.
func (s scope) alerts(more ...string) string {
	return s.atAnyLevel(append(more, promql.Equal(v1alpha1.LabelEscalationLevel, ""), promql.NotEqual("alertname", string(v1alpha1.AlertTrackerWatchdog)))...)
}

func (s scope) firing() string { return s.alerts(isFiring) }

// escalated are the levels from 2 on that alerts have reached.
func (s scope) escalated() string {
	return s.atAnyLevel(isFiring, promql.NotEqual(v1alpha1.LabelEscalationLevel, ""))
}

func (s scope) atAnyLevel(more ...string) string {
	return promql.Series("ALERTS", append(more, s.tracker...)...)
}

var isFiring = promql.Equal("alertstate", "firing")

// maintained is 1 for every tracker that is under maintenance.
func (s scope) maintained() string {
	return s.ofOperator(promql.Condition, promql.Equal("type", v1alpha1.ConditionUnderMaintenance), promql.Equal("status", "True"))
}

func (s scope) ofOperator(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.operator...)...)
}

func (s scope) container(metric string, more ...string) string {
	return promql.Series(metric, append(more, s.pods...)...)
}

func (s scope) volume(metric string) string { return promql.Series(metric, s.volumes...) }

// users is the rate of the requests that users make, each counted once: those to the
// frontend, and those to the API that did not come through it. Where one of both does not
// tell, all requests to the API stand for them.
func (s scope) users(by, metric, direct string, more ...string) string {
	sum := func(series string) string { return "sum by (" + by + ") (" + rate(series) + ")" }
	frontend, others, all := sum(s.ofFrontend(metric, more...)), sum(s.app(direct, more...)), sum(s.app(metric, more...))
	return "((" + frontend + " + (" + others + " or " + all + ")) or " + frontend + " or " + all + ")"
}

func rate(selector string) string { return "rate(" + selector + rateWindow + ")" }

// lastHour is how much a counter of all pods grew in an hour.
func lastHour(selector string) string { return "sum(increase(" + selector + hour + "))" }

// quantile is a quantile of a histogram, of all pods together.
func quantile(q float64, buckets string) string {
	return quantileOf(q, "sum by (le) ("+rate(buckets)+")")
}

// quantileOf is a quantile of the rates of buckets.
func quantileOf(q float64, buckets string) string {
	return fmt.Sprintf("histogram_quantile(%s, %s)", promql.Number(q), buckets)
}

// orNone is 0 instead of nothing, while the series show that somebody would know.
func orNone(expr, known string) string { return expr + " or 0 * max(" + known + ")" }
