// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// FuzzBuild writes any text wherever a text of the resource gets into a rule, also
// what the schema refuses: the rules stay what they are.
func FuzzBuild(f *testing.F) {
	for _, text := range []string{
		"plain", "", `"`, `'`, "`", `\`, "{", "}", "{{", "}}", "{{ $value }}", "{{ query `up` }}", "{{`{{`}}", "{{/* */}}", "{{- end -}}",
		`"} or up{namespace="other"`, `up{namespace="other"} or up`, "up # \n or up", "up\n> 0\r\n", "a\x00b", "é\u2028", "tracker", "tracker:x",
		"- alert: x\n  expr: up", "__name__", "namespace", "1e9", "0x1p-2", "Inf", "NaN", "-1", "1) or vector(1", "sum by (a) (rate(b[5m]))",
	} {
		f.Add(text, text)
		f.Add(text, "https://example.com/"+text)
		f.Add(text, "https://example.com/?"+text)
	}
	baseline := build(notifying(trackerWith(v1alpha1.AlertsSpec{})))
	f.Fuzz(func(t *testing.T, text, url string) {
		if !utf8.ValidString(text + url) {
			return // can't come from the API server
		}
		alerts := v1alpha1.AlertsSpec{
			RunbookBaseURL: url,
			Rules:          []v1alpha1.AlertRule{{Name: v1alpha1.AlertHighErrorRate, Threshold: v1alpha1.Decimal(text)}},
			SLO:            &v1alpha1.SLOSpec{Latency: &metav1.Duration{Duration: time.Duration(len(text)) * time.Millisecond}},
		}
		tracker := notifying(trackerWith(alerts))
		tracker.Spec.Monitoring.Notifications.Escalation[1].Name = text
		tracker.Spec.Monitoring.Dashboard = &v1alpha1.DashboardSpec{GrafanaURL: url}
		spec := build(tracker)
		checkRoundTrips(t, spec)
		if len(spec.Groups) != len(baseline.Groups) {
			t.Fatalf("there are %d groups", len(spec.Groups))
		}
		for i, g := range spec.Groups {
			checkOurs(t, baseline.Groups[i], g, text, url)
		}
	})
}

// checkRoundTrips takes the ways that rules go to Prometheus.
func checkRoundTrips(t *testing.T, spec monitoringv1.PrometheusRuleSpec) {
	t.Helper()
	for name, way := range map[string]struct {
		to   func(any) ([]byte, error)
		from func([]byte, any) error
	}{
		"JSON": {json.Marshal, json.Unmarshal},
		"YAML": {yaml.Marshal, func(text []byte, into any) error { return yaml.UnmarshalStrict(text, into) }},
	} {
		text, err := way.to(spec)
		if err != nil {
			t.Fatal(err)
		}
		var back monitoringv1.PrometheusRuleSpec
		if err := way.from(text, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(spec, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s changes it:\n%s", name, diff)
		}
	}
}

// checkOurs compares our rules with those of a tracker whose author wrote nothing: only
// numbers, and the names and URLs in annotations, may differ.
func checkOurs(t *testing.T, want, got monitoringv1.RuleGroup, level, url string) {
	t.Helper()
	if want.Name != got.Name || len(want.Rules) != len(got.Rules) {
		t.Fatalf("group %s has become %s, with %d rules", want.Name, got.Name, len(got.Rules))
	}
	for i := range got.Rules {
		wanted, rule := want.Rules[i], got.Rules[i]
		if wanted.Alert != rule.Alert || wanted.Record != rule.Record || !cmp.Equal(wanted.Labels, rule.Labels) || !cmp.Equal(wanted.For, rule.For) {
			t.Fatalf("%+v has become %+v", wanted, rule)
		}
		if wanted.Expr != rule.Expr {
			before, after := parseExpr(t, wanted.Expr.StrVal), parseExpr(t, rule.Expr.StrVal)
			if diff := cmp.Diff(before, after, sameMeaning, numbersAside); diff != "" {
				t.Fatalf("%s%s means something else:\n%s", rule.Alert, rule.Record, diff)
			}
		}
		checkAnnotations(t, &rule, level, url)
	}
}

// checkAnnotations expands the templates as Prometheus does: what the author wrote stays as it is.
func checkAnnotations(t *testing.T, rule *monitoringv1.Rule, level, url string) {
	t.Helper()
	for key, text := range rule.Annotations {
		parsed, err := template.New("").Funcs(templateFunctions).Parse(templateVariables + text)
		if err != nil {
			t.Fatalf("%s: %s is no template: %s", rule.Alert, key, err)
		}
		var expanded strings.Builder
		if err := parsed.Execute(&expanded, struct {
			Labels map[string]string
			Value  float64
		}{}); err != nil {
			t.Fatal(err)
		}
		begins, ends := "", ""
		switch {
		case key == "runbook_url" && url != "": // An empty one is the default.
			begins, ends = url, rule.Alert+".md"
		case key == "dashboard_url":
			begins, ends = strings.TrimSuffix(url, "/"), "/d/itr-e3330e0c50ccd69a2a7d78806616654d"
		case key == "description" && rule.Labels[v1alpha1.LabelEscalationLevel] == "2":
			ends = ": level 2, " + level + "."
		}
		if got := expanded.String(); !strings.HasPrefix(got, begins) || !strings.HasSuffix(got, ends) {
			t.Fatalf("%s: the %s of %q and %q is %q", rule.Alert, key, level, url, got)
		}
	}
}

// sameMeaning compares trees by what they mean, wherever it stands in the text.
var sameMeaning = cmp.Options{
	cmpopts.IgnoreTypes(posrange.PositionRange{}, posrange.Pos(0)),
	cmpopts.IgnoreUnexported(parser.VectorSelector{}, parser.AggregateExpr{}, parser.BinaryExpr{}),
	cmpopts.SortSlices(func(a, b *labels.Matcher) bool { return a.String() < b.String() }),
	cmpopts.EquateEmpty(),
	cmpopts.EquateNaNs(),
}

// templateFunctions are those of Prometheus's functions for templates that our texts call.
var templateFunctions = template.FuncMap{
	"humanizePercentage": func(any) string { return "" },
	"humanizeDuration":   func(any) string { return "" },
}

// templateVariables stand before each template, as Prometheus puts them there.
const templateVariables = "{{$labels := .Labels}}{{$value := .Value}}"

var isBounds = regexp.MustCompile(`^[0-9NaN.e|\\+-]+$`).MatchString

// numbersAside takes all numbers as the same, and all bounds of buckets.
var numbersAside = cmp.Options{
	cmp.FilterPath(func(path cmp.Path) bool { return strings.HasSuffix(path.String(), "Val") }, cmp.Ignore()),
	cmp.Comparer(func(a, b *labels.Matcher) bool {
		return a.String() == b.String() || a.Name == "le" && b.Name == "le" && a.Type == b.Type && isBounds(a.Value) && isBounds(b.Value)
	}),
}

func parseExpr(t *testing.T, expr string) parser.Expr {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %s", expr, err)
	}
	return parsed
}
