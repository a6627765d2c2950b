// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
)

// A line of a panel is the threshold of the alert whose runbook it links: what the alert compares
// with it is a series of the panel, and red is the side on which it fires.
func TestLinesAreTheAlerts(t *testing.T) {
	limited := func(t *v1alpha1.InterviewTracker) {
		t.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{Limits: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi"),
		}}}
	}
	for _, source := range []v1alpha1.MetricsSource{v1alpha1.MetricsSourceApplication, v1alpha1.MetricsSourceKubernetes} {
		monitoring := monitored(&v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{MetricsSource: source}})
		output := build(t, newTracker(monitoring, limited), nothing())
		var dashboard dashboards.Dashboard
		for _, text := range find[*corev1.ConfigMap](t, output, "hiring-dashboard").Data {
			if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
				t.Fatal(err)
			}
		}
		lines := 0
		for _, p := range dashboard.Panels {
			if p.Type != "timeseries" || p.FieldConfig.Defaults.Thresholds == nil || strings.Contains(p.Title, "burn rate") {
				continue // The alerts on burn rates have a factor for each pair of windows.
			}
			// The last step is the alert's; one before it, of what Google rates, is where good ends.
			steps := p.FieldConfig.Defaults.Thresholds.Steps
			last := steps[len(steps)-1]
			limit := *last.Value
			comparison := map[string]parser.ItemType{"red": parser.GTR, "green": parser.LSS}[last.Color]
			if p.Title == "Disk usage" { // The alert is about what is free.
				limit, comparison = 1-limit, parser.LSS
			}
			shown := map[string]bool{}
			for _, target := range p.Targets {
				for _, name := range metrics(t, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")) {
					shown[name] = true
				}
			}
			alerts := alertExprs(t, find[*monitoringv1.PrometheusRule](t, output, "hiring"), p.Links[0].Title)
			about := slices.IndexFunc(alerts, func(alert parser.Expr) bool {
				return slices.ContainsFunc(metrics(t, alert.String()), func(name string) bool { return shown[name] })
			})
			switch {
			case about >= 0 && !compares(alerts[about], comparison, limit):
				t.Errorf("%s, %s: no %s %v in %s", source, p.Title, comparison, limit, alerts[about])
			case about >= 0:
				lines++
			case len(steps) == 2: // Of what Google rates, some vitals have no alert.
				t.Errorf("%s, %s: nothing of %s is shown", source, p.Title, alerts)
			}
		}
		if lines != 9 {
			t.Errorf("%s: %d lines", source, lines)
		}
	}
}

// alertExprs are the expressions of the alert whose runbook has the title.
func alertExprs(t *testing.T, rule *monitoringv1.PrometheusRule, title string) []parser.Expr {
	t.Helper()
	var expressions []parser.Expr
	for _, group := range rule.Spec.Groups {
		for _, r := range group.Rules {
			if r.Alert != "" && title == "Runbook: "+r.Alert {
				expressions = append(expressions, parsed(t, r.Expr.StrVal))
			}
		}
	}
	if expressions == nil {
		t.Fatalf("no alert for %q", title)
	}
	return expressions
}

func parsed(t *testing.T, text string) parser.Expr {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return expr
}

func compares(expr parser.Expr, comparison parser.ItemType, limit float64) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if binary, ok := node.(*parser.BinaryExpr); ok && binary.Op == comparison {
			if number, ok := binary.RHS.(*parser.NumberLiteral); ok && math.Abs(number.Val-limit) < 1e-9 {
				found = true
			}
		}
		return nil
	})
	return found
}

// metrics are the names of the metrics of an expression.
func metrics(t *testing.T, text string) []string {
	t.Helper()
	var names []string
	parser.Inspect(parsed(t, text), func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			names = append(names, selector.Name)
		}
		return nil
	})
	return names
}
