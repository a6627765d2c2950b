// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// Units, by Grafana's names.
const (
	unitBytes          = "bytes"
	unitBytesPerSecond = "Bps"
	unitNumber         = "short"
	unitPercent        = "percent"     // 100 is all
	unitShare          = "percentunit" // 1 is all, shown as 100 %
	unitPerSecond      = "ops"
	unitRequests       = "reqps"
	unitSeconds        = "s"
	unitTimes          = "suffix: x"
)

const (
	red    = "red"
	orange = "orange"
	green  = "green"
	blue   = "blue"
	purple = "purple"
)

const (
	gridWidth  = 24
	statHeight = 4
	height     = 8
)

// tag is what all our dashboards bear, and link each other by.
const tag = "interview-tracker"

// chosen is the data source that the viewer chooses.
var chosen = &Datasource{Type: "prometheus", UID: "${datasource}"}

// row is a title with the panels below it.
type row struct {
	title  string
	panels []Panel
}

// about is what a dashboard is beside its panels.
type about struct {
	uid, title, description string
	variables               []Variable
	annotations             []Annotation
}

// newDashboard is a dashboard of the rows, with the variable datasource before its own.
func newDashboard(a about, rows []row) Dashboard {
	datasource := Variable{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus", Refresh: 1}
	return Dashboard{
		UID:           a.uid,
		Title:         a.title,
		Description:   a.description,
		Tags:          []string{tag},
		SchemaVersion: 39,
		Timezone:      "browser",
		Editable:      true,
		GraphTooltip:  1, // One crosshair over all panels.
		Refresh:       "1m",
		Time:          json.RawMessage(`{"from":"now-3h","to":"now"}`),
		Links: json.RawMessage(`[{"type":"dashboards","title":"Interview Tracker","icon":"external link","tooltip":"",` +
			`"tags":["` + tag + `"],"asDropdown":true,"targetBlank":false,"includeVars":false,"keepTime":true}]`),
		Templating:  Templating{List: append([]Variable{datasource}, a.variables...)},
		Annotations: Annotations{List: a.annotations},
		Panels:      arrange(rows),
	}
}

// annotation marks when a query has a result; the title and the text are templates of labels.
func annotation(name, color, expr, title, text string) Annotation {
	return Annotation{Name: name, Datasource: chosen, Enable: true, IconColor: color, Expr: expr, TitleFormat: title, TextFormat: text}
}

// arrange numbers the panels and places them from left to right and from top to bottom.
func arrange(rows []row) []Panel {
	var out []Panel
	y := 0
	for _, r := range rows {
		out = append(out, Panel{
			ID: len(out) + 1, Type: "row", Title: r.title, GridPos: GridPos{H: 1, W: gridWidth, Y: y},
			Collapsed: new(false), Panels: &[]Panel{},
		})
		y++
		x, lineHeight := 0, 0
		for _, panel := range r.panels {
			if x+panel.GridPos.W > gridWidth {
				x, y, lineHeight = 0, y+lineHeight, 0
			}
			panel.ID, panel.GridPos.X, panel.GridPos.Y = len(out)+1, x, y
			out = append(out, panel)
			x += panel.GridPos.W
			lineHeight = max(lineHeight, panel.GridPos.H)
		}
		y += lineHeight
	}
	return out
}

// choice is a variable whose values are those of a label; at first, all.
func choice(name, label, query string) Variable {
	return Variable{
		Name: name, Label: label, Type: "query", Datasource: chosen,
		Query: query, Definition: query,
		Refresh: 2, // When the time range changes.
		Sort:    1,
		Multi:   true, IncludeAll: true, AllValue: anyValue,
		Current: &Current{Text: "All", Value: "$__all"},
	}
}

// single is a variable with one value; at first, the first.
func single(name, label, query string) Variable {
	v := choice(name, label, query)
	v.Multi, v.IncludeAll, v.AllValue, v.Current = false, false, "", nil
	return v
}

// query is a target with a legend, such as {{pod}}.
func query(expr, legend string) Target { return Target{Expr: expr, LegendFormat: legend} }

func panel(kind, title, unit string, targets []Target) Panel {
	for i := range targets {
		targets[i].RefID = string(rune('A' + i))
		targets[i].Datasource = chosen
		targets[i].Format = "time_series"
		targets[i].Range = kind == "timeseries"
		targets[i].Instant = !targets[i].Range
	}
	p := Panel{
		Type: kind, Title: title, Datasource: chosen, Targets: targets,
		GridPos:     GridPos{H: height, W: gridWidth / 3},
		FieldConfig: &FieldConfig{Defaults: FieldDefaults{Unit: unit}, Overrides: []struct{}{}},
	}
	if unit == unitShare {
		// Without an end, Grafana stretches a share of 0 over 10,000 %.
		p.FieldConfig.Defaults.Min, p.FieldConfig.Defaults.Max = new(0.0), new(1.0)
	}
	return p
}

// timeseries draws lines, three panels side by side. Lines that are told apart by labels may be
// many: their legend is a table.
func timeseries(title, unit string, targets ...Target) Panel {
	p := panel("timeseries", title, unit, targets)
	p.FieldConfig.Defaults.Min = new(0.0)
	p.FieldConfig.Defaults.Custom = &Custom{FillOpacity: 10, ShowPoints: "never"}
	mode := "list"
	for _, target := range targets {
		if strings.Contains(target.LegendFormat, "{{") {
			mode = "table"
		}
	}
	p.Options = json.RawMessage(`{"legend":{"displayMode":"` + mode + `","placement":"bottom","showLegend":true,"calcs":["lastNotNull","max"]},` +
		`"tooltip":{"mode":"multi","sort":"desc"}}`)
	return p
}

// stat shows the present value of each series in large figures.
func stat(title, unit string, targets ...Target) Panel {
	p := panel("stat", title, unit, targets)
	p.GridPos = GridPos{H: statHeight, W: gridWidth / 4}
	p.Options = json.RawMessage(`{"reduceOptions":{"calcs":["lastNotNull"]},"colorMode":"value","graphMode":"none","justifyMode":"auto",` +
		`"textMode":"auto","wideLayout":true,"showPercentChange":false,"percentChangeColorMode":"standard","orientation":"auto"}`)
	p.FieldConfig.Defaults.NoValue = "Not known"
	return p.colors(Step{Color: "text"}) // Grafana's own default is red from 80 on.
}

// column is one of a table's: a label, and its title.
type column struct{ label, title string }

// table shows the labels of the series that a query returns now, and not their values.
func table(title, expr string, columns ...column) Panel {
	p := panel("table", title, "", []Target{query(expr, "")})
	p.Targets[0].Format = "table"
	p.Options = json.RawMessage(`{"frameIndex":0,"showHeader":true}`)
	order, names := map[string]int{}, map[string]string{}
	for i, c := range columns {
		order[c.label], names[c.label] = i, c.title
	}
	p.Transformations = []Transformation{{ID: "organize", Options: Organize{
		ExcludeByName: map[string]bool{"Time": true, "Value": true},
		IndexByName:   order,
		RenameByName:  names,
	}}}
	return p
}

// matrix makes one row of all results with the same value of the label row, and a column of
// each value of column, with that of value.
func (p Panel) matrix(row, column, value string) Panel {
	p.Transformations = []Transformation{
		{ID: "groupingToMatrix", Options: Matrix{ColumnField: column, RowField: row, ValueField: value}},
		{ID: "organize", Options: Organize{
			ExcludeByName: map[string]bool{}, IndexByName: map[string]int{}, RenameByName: map[string]string{row + `\` + column: "Tracker"},
		}},
	}
	return p
}

func (p Panel) describe(text string) Panel {
	p.Description = text
	return p
}

func (p Panel) wide(columns int) Panel {
	p.GridPos.W = columns
	return p
}

// tall makes a stat as high as other panels.
func (p Panel) tall() Panel {
	p.GridPos.H = height
	return p
}

func (p Panel) axis(label string) Panel {
	p.FieldConfig.Defaults.Custom.AxisLabel = label
	return p
}

// unbounded lets the scale of a share go beyond 1.
func (p Panel) unbounded() Panel {
	p.FieldConfig.Defaults.Max = nil
	return p
}

// upTo fixes the end of the scale.
func (p Panel) upTo(end float64) Panel {
	p.FieldConfig.Defaults.Max = &end
	return p
}

// whole shows no decimals.
func (p Panel) whole() Panel {
	p.FieldConfig.Defaults.Decimals = new(0)
	return p
}

// emptyIs is the text of a panel that has nothing to show, which is no failure of the
// query.
func (p Panel) emptyIs(text string) Panel {
	p.FieldConfig.Defaults.NoValue = text
	p.mayBeEmpty = true
	return p
}

// line draws a line at a value, such as an alert's threshold.
func (p Panel) line(value float64) Panel {
	p.FieldConfig.Defaults.Custom.ThresholdsStyle = json.RawMessage(`{"mode":"dashed"}`)
	return p.colors(Step{Color: green}, Step{Color: red, Value: &value})
}

// rated draws lines where values are no longer good, and where they are poor.
func (p Panel) rated(good, poor float64) Panel {
	p.FieldConfig.Defaults.Custom.ThresholdsStyle = json.RawMessage(`{"mode":"dashed"}`)
	return p.colors(Step{Color: green}, Step{Color: orange, Value: &good}, Step{Color: red, Value: &poor})
}

// floor is line for a value that must not be fallen short of. The area shows the side, as Grafana
// gives the line the color of what is above it.
func (p Panel) floor(value float64) Panel {
	p.FieldConfig.Defaults.Custom.ThresholdsStyle = json.RawMessage(`{"mode":"dashed+area"}`)
	return p.goodFrom(value)
}

// runbook links the panel with the runbooks of the alerts whose series it shows.
func (p Panel) runbook(base string, alerts ...v1alpha1.AlertName) Panel {
	for _, alert := range alerts {
		p.Links = append(p.Links, newLink("Runbook: "+string(alert), rules.RunbookURL(base, string(alert))))
	}
	return p
}

// cells links the cells of a table; the URL may have fields of the row, such as ${__data.fields.Alert}.
func (p Panel) cells(links ...Link) Panel {
	p.FieldConfig.Defaults.Links = links
	return p
}

func newLink(title, url string) Link {
	return Link{Type: "link", Title: title, URL: url, Icon: "external link", Tags: []string{}, TargetBlank: true}
}

// runbookOfRow links a row with an alert, in the column Alert.
func runbookOfRow(base string) Link {
	return newLink("Runbook", rules.RunbookURL(base, "${__data.fields.Alert}"))
}

// badIfAny colors 0 green, and everything above red.
func (p Panel) badIfAny() Panel {
	return p.colors(Step{Color: green}, Step{Color: red, Value: new(1.0)})
}

// goodFrom colors values from the given one on green, and those below it red.
func (p Panel) goodFrom(value float64) Panel {
	return p.colors(Step{Color: red}, Step{Color: green, Value: &value})
}

func (p Panel) colors(steps ...Step) Panel {
	p.FieldConfig.Defaults.Thresholds = &Thresholds{Mode: "absolute", Steps: steps}
	return p
}

// upOrDown shows texts for 0, which is bad, and 1, which is good.
func (p Panel) upOrDown() Panel {
	p.FieldConfig.Defaults.Mappings = json.RawMessage(`[{"type":"value","options":{` +
		`"0":{"text":"Down","color":"red","index":0},"1":{"text":"Up","color":"green","index":1}}}]`)
	return p
}

// number is a decimal that admission has checked; 0 for one that it would have refused,
// as JSON can't hold NaN.
func number(d v1alpha1.Decimal) float64 {
	if n := d.Float(); !math.IsNaN(n) {
		return n
	}
	return 0
}
