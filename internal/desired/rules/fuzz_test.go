// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// FuzzBuild writes any text wherever a text of the resource gets into a rule, also
// what the schema refuses: our rules stay what they are, and the user's stay within
// their namespace.
func FuzzBuild(f *testing.F) {
	for _, text := range []string{
		"plain", "", `"`, `'`, "`", `\`, "{", "}", "{{", "}}", "{{ $value }}", "{{ query `up` }}", "{{`{{`}}", "{{/* */}}", "{{- end -}}",
		`"} or up{namespace="other"`, `up{namespace="other"} or up`, "up # \n or up", "up\n> 0\r\n", "a\x00b", "é\u2028", "tracker", "tracker:x",
		"- alert: x\n  expr: up", "__name__", "namespace", "1e9", "0x1p-2", "Inf", "NaN", "-1", "1) or vector(1", "sum by (a) (rate(b[5m]))",
	} {
		f.Add(text, text, text, text, text, text)
		f.Add("group", "Name", "severity", text, "https://example.com/"+text, "up == 0")
		f.Add("group", "name:of:record", "label", text, "https://example.com/?"+text, text)
	}
	for _, text := range []string{
		"{{ range 9000000000000000000 }}x{{ end }}", `{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`, `{{ printf "%999999d" 1 }}`,
		`{{ block "a" . }}{{ template "a" . }}{{ end }}`, `{{ "\\" ` + strings.Repeat("| js", 100) + ` }}`, `{{ (now | toTime).Format "Monday" }}`,
		strings.Repeat(`{{ with print "a" . . }}`, 30) + "{{ . }}" + strings.Repeat("{{ end }}", 30), `{{ printf "%99.99f" $value | toUpper }}`,
		`{{ $a := "aaaa" }}` + strings.Repeat("{{ $a = print $a $a }}", 40) + "{{ $a }}", `{{ "a" ` + strings.Repeat(`| printf "%[1]s%[1]s"`, 40) + " }}",
		`{{ reReplaceAll "" "$0aaaa" $labels.pod }}{{ if eq (len $labels) 1 }}{{ index $labels "pod" | title }}{{ else }}{{ html . }}{{ end }}`,
	} {
		f.Add("group", "Name", "severity", text, "https://example.com", "up == 0")
	}
	for _, expr := range []string{
		`up{a="b",namespace=~".*"} offset -5m > bool 1e-7`, `-a ^ -2 % 3 atan2 b`, `{"a b"="c",x!~"y|z"}`, `a[5m:1m] @ end()`, `"{namespace=\"x\"}"`,
		`count_values("namespace", a)`, `label_replace(a, "namespace", "x", "", "")`, `quantile_over_time(NaN, a[1h30m:] offset 1w)`, `+Inf > 0x1F`,
		`a * on () group_right (namespace) b`, `(a or b) unless on (c) d`, `1h > bool 5m`, `{__name__="a",__name__!="b"}`, `vector(-0)`, `a == bool -NaN`,
	} {
		f.Add("group", "Name", "label", "text", "https://example.com", expr)
	}
	baseline, _ := Build(trackerWith(v1alpha1.AlertsSpec{}))
	f.Fuzz(func(t *testing.T, group, name, key, text, url, expr string) {
		if !utf8.ValidString(group + name + key + text + url + expr) {
			return // can't come from the API server
		}
		alerts := v1alpha1.AlertsSpec{
			RunbookBaseURL: url,
			HighErrorRate:  &v1alpha1.AlertRule{Threshold: v1alpha1.Decimal(text)},
			SLO:            &v1alpha1.SLOSpec{LatencySeconds: v1alpha1.Decimal(text)},
			ExtraGroups: []v1alpha1.RuleGroup{{Name: group, Rules: []v1alpha1.Rule{
				{
					Alert: name, Expr: expr,
					Labels:      map[string]v1alpha1.RuleText{key: v1alpha1.RuleText(text)},
					Annotations: map[string]v1alpha1.RuleText{key: v1alpha1.RuleText(text)},
				},
				{Record: name, Expr: expr, Labels: map[string]v1alpha1.RuleText{key: v1alpha1.RuleText(text)}},
				{Alert: "Plain", Expr: "up == 0"},
			}}},
		}
		spec, _ := Build(trackerWith(alerts))
		checkRoundTrips(t, spec)
		names := map[string]bool{}
		for i, g := range spec.Groups {
			if names[g.Name] || g.Name == "" {
				t.Fatalf("group %q is there twice, or has no name", g.Name)
			}
			names[g.Name] = true
			if i < len(baseline.Groups) {
				checkOurs(t, baseline.Groups[i], g, url)
				continue
			}
			if g.Name != group || strings.HasPrefix(g.Name, groupPrefix) {
				t.Fatalf("a group is called %q", g.Name)
			}
			for j := range g.Rules {
				checkTheirs(t, &g.Rules[j])
			}
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
// numbers and the pages of runbooks may differ.
func checkOurs(t *testing.T, want, got monitoringv1.RuleGroup, url string) {
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
		for key, text := range rule.Annotations {
			var expanded strings.Builder
			parsed, err := template.New("").Funcs(templateFunctions).Parse(templateVariables + text)
			if err != nil {
				t.Fatalf("%s: %s is no template: %s", rule.Alert, key, err)
			}
			if key != "runbook_url" {
				continue
			}
			if err := parsed.Execute(&expanded, struct {
				Labels, ExternalLabels map[string]string
				ExternalURL            string
				Value                  float64
			}{}); err != nil {
				t.Fatal(err)
			}
			// An empty one is the default.
			if url != "" && (!strings.HasPrefix(expanded.String(), url) || !strings.HasSuffix(expanded.String(), rule.Alert+".md")) {
				t.Fatalf("%s: the runbook of %q is %q", rule.Alert, url, expanded.String())
			}
		}
	}
}

// checkTheirs looks for a way out of the namespace, and for what Prometheus refuses.
func checkTheirs(t *testing.T, rule *monitoringv1.Rule) {
	t.Helper()
	if rule.Labels["namespace"] != "team" || rule.Labels["tracker"] != "hiring" {
		t.Fatalf("%+v bears another tracker", rule)
	}
	if (rule.Alert == "") == (rule.Record == "") || strings.HasPrefix(rule.Record, recordPrefix) {
		t.Fatalf("%+v is no rule of a user's", rule)
	}
	for _, texts := range []map[string]string{rule.Labels, rule.Annotations} {
		for key, text := range texts {
			if !model.LegacyValidation.IsValidLabelName(key) || key == model.MetricNameLabel {
				t.Fatalf("%q is no name of a label", key)
			}
			if rule.Alert != "" {
				checkExpands(t, text)
			}
		}
	}
	parser.Inspect(parseExpr(t, rule.Expr.StrVal), func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		var own []string
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name == "namespace" {
				own = append(own, matcher.String())
			}
		}
		if len(own) != 1 || own[0] != `namespace="team"` {
			t.Fatalf("%s selects %v", rule.Expr.StrVal, own)
		}
		return nil
	})
}

// checkExpands expands a template, as long as the schema lets it be, with functions that
// make as much of their input as Prometheus's: it comes to an end, and stays short.
func checkExpands(t *testing.T, text string) {
	t.Helper()
	functions := maps.Clone(templateFunctions)
	for name := range functions {
		functions[name] = fmt.Sprint
	}
	functions["reReplaceAll"] = func(pattern, replacement, text string) (string, error) {
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return "", err
		}
		return expression.ReplaceAllString(text, replacement), nil
	}
	functions["now"] = func() float64 { return 1e9 }
	functions["toTime"] = func(any) *time.Time { return new(time.Unix(1e9, 0)) }
	parsed, err := template.New("").Funcs(functions).Option("missingkey=zero").Parse(templateVariables + text)
	if err != nil {
		t.Fatalf("%q is no template: %s", text, err)
	}
	if len(text) > 1024 {
		return
	}
	var expanded strings.Builder
	err = parsed.Execute(&expanded, struct {
		Labels, ExternalLabels map[string]string
		ExternalURL            string
		Value                  any
	}{Labels: map[string]string{"pod": "hiring-api-5c7f9d-aaaaa"}, Value: 1.5})
	if expanded.Len() > 1<<20 {
		t.Fatalf("%q expands to %d bytes (%v)", text, expanded.Len(), err)
	}
}

// FuzzConfine compares an expression with what it is confined to, as trees: but for the
// namespace they are the same.
func FuzzConfine(f *testing.F) {
	for _, expr := range []string{
		`up`, `-a ^ -2 % 3 atan2 b`, `-(a) ^ 2`, `{"a b"="c"}`, `max_over_time(a[5m:1m] @ end() offset 5m)`, `1e308 * a == bool 0x1F`, `a offset -1h30m`,
		`count_values("x", a)`, `a * on () group_right (b) c`, `(a or b) unless on (c) d`, `1h > bool 5m`, `{__name__="a",__name__!="b"}`, `-1 - -1`,
		`sum without () (a)`, `sum by () (a)`, `a[5m] @ 1.5`, "rate({a='\\x00`\"'}[1m])", `quantile(-Inf, a)`, `-5m`, `a{b=~"",c="d"}`,
	} {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		confined, err := confine(expr, "team")
		if err != nil {
			return
		}
		want, got := parseExpr(t, expr), parseExpr(t, confined)
		for _, tree := range []parser.Expr{want, got} {
			parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
				if selector, ok := node.(*parser.VectorSelector); ok {
					var kept []*labels.Matcher
					for _, matcher := range selector.LabelMatchers {
						if matcher.Name != "namespace" {
							kept = append(kept, matcher)
						}
					}
					selector.LabelMatchers = kept
				}
				return nil
			})
		}
		if diff := cmp.Diff(want, got, sameMeaning, sameMatchers); diff != "" {
			t.Errorf("%s\nis confined to\n%s\nwhich is something else:\n%s", expr, confined, diff)
		}
	})
}

// sameMeaning compares trees by what they mean, wherever it stands in the text.
var sameMeaning = cmp.Options{
	cmpopts.IgnoreTypes(posrange.PositionRange{}, posrange.Pos(0)),
	cmpopts.IgnoreUnexported(parser.VectorSelector{}, parser.AggregateExpr{}, parser.BinaryExpr{}),
	cmpopts.SortSlices(func(a, b *labels.Matcher) bool { return a.String() < b.String() }),
	cmpopts.EquateEmpty(),
	cmpopts.EquateNaNs(),
}

var sameMatchers = cmp.Comparer(func(a, b *labels.Matcher) bool { return a.String() == b.String() })

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
	parsed, err := promql.ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %s", expr, err)
	}
	return parsed
}
