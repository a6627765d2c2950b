// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

func TestConfine(t *testing.T) {
	for expr, want := range map[string]string{
		`up`:                                       `up{namespace="team"}`,
		`1`:                                        `1`,
		`up{namespace="team"}`:                     `up{namespace="team"}`,
		`up{namespace=~"te.+",job!~"a|b"} > 0`:     `up{job!~"a|b",namespace="team"} > 0`,
		`{__name__=~"http_.*"}`:                    `{__name__=~"http_.*",namespace="team"}`,
		`{"my.metric",a="b"}`:                      `{__name__="my.metric",a="b",namespace="team"}`,
		`up{a="}\"{namespace='x'}"}`:               `up{a="}\"{namespace='x'}",namespace="team"}`,
		`up # {namespace="x"}`:                     `up{namespace="team"}`,
		`rate(a[5m] offset 1h)`:                    `rate(a{namespace="team"}[5m] offset 1h)`,
		`max_over_time(sum by (b) (a)[1h:1m])`:     `max_over_time(sum by (b) (a{namespace="team"})[1h:1m])`,
		`absent(a{b="c"})`:                         `absent(a{b="c",namespace="team"})`,
		`a / on (b) group_left (c) (d > 0)`:        `a{namespace="team"} / on (b) group_left (c) (d{namespace="team"} > 0)`,
		`a unless (b @ 1609746000)`:                `a{namespace="team"} unless (b{namespace="team"} @ 1609746000.000)`,
		`label_replace(a, "b", "$1", "c", "(.*)")`: `label_replace(a{namespace="team"}, "b", "$1", "c", "(.*)")`,
		`quantile(0.9, a) - 2 ^ -1`:                `quantile(0.9, a{namespace="team"}) - 2 ^ -1`,
		`topk without (b) (3, a or vector(1))`:     `topk without (b) (3, a{namespace="team"} or vector(1))`,
	} {
		got, err := confine(expr, "team")
		if err != nil || got != want {
			t.Errorf("%s: got %s, want %s (%v)", expr, got, want, err)
		}
	}
}

func TestConfineRefuses(t *testing.T) {
	for expr, want := range map[string]string{
		``:                                 "expr is no PromQL",
		`up{`:                              "expr is no PromQL",
		`up)`:                              "expr is no PromQL",
		`{a=~".*"}`:                        "expr is no PromQL",
		`nosuchfunction(up)`:               "expr is no PromQL",
		`sort_by_label(up, "a")`:           "expr is no PromQL", // experimental
		`up{namespace="other"}`:            `expr selects namespace="other"`,
		`up{namespace!="team"}`:            `expr selects namespace!="team"`,
		`up{namespace=""}`:                 `expr selects namespace=""`,
		`up{namespace!~".+"}`:              `expr selects namespace!~".+"`,
		`a and rate(b{namespace="x"}[1m])`: `expr selects namespace="x"`,
		`up[5m]`:                           "expr is of type range vector",
		`"text"`:                           "expr is of type string",
		`rate(up[5m + 1m])`:                "expr calculates a duration",
		`rate(up[5m] smoothed)`:            "expr uses anchored or smoothed",
		`max_over_time(up[5m:1m * 2])`:     "expr calculates a duration",
		`up offset (1m * 2)`:               "expr calculates a duration",
	} {
		if got, err := confine(expr, "team"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want %s", expr, got, err, want)
		}
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                             "",
		"{{ $labels.pod }} {{ $value }}":    "",
		"{{ $value | humanizePercentage }}": "",
		`{{ printf "%.2f" .Value }} {{ if gt $value 1.0 }}a{{ else }}b{{ end }}`: "",
		"{{ $externalURL }} {{ .ExternalLabels.cluster }} {{ now | toTime }}":    "",
		`{{ query "up" | first | value }}`:                                       "calls query",
		`{{ if false }}{{ range query "up" }}{{ end }}{{ end }}`:                 "calls query",
		`{{ define "a" }}{{ len (query "up") }}{{ end }}`:                        "calls query",
		`{{ $labels.pod`:        "is no template",
		`{{ nosuchfunction }}`:  "is no template",
		`{{ $nosuchvariable }}`: "is no template",
		`{{ end }}`:             "is no template",
		`{{ "{{ query }}" }}`:   "",
	} {
		expectTemplate(t, text, want)
	}
}

// One that hangs the Prometheus, or takes all its memory, hangs everybody's.
func TestTemplatesAreBounded(t *testing.T) {
	for text, want := range map[string]string{
		"{{ range 9000000000000000000 }}x{{ end }}":                                "uses range",
		"{{ if true }}{{ else }}{{ range $i, $l := .Labels }}{{ end }}{{ end }}":   "uses range",
		`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`:            "uses define or block",
		`{{ define "a" }}x{{ end }}`:                                               "uses define or block",
		`{{ define "annotation" }}x{{ end }}`:                                      "multiple definition",
		`{{ block "a" . }}{{ template "a" }}{{ end }}`:                             "uses define or block",
		`{{ template "annotation" . }}`:                                            `holds {{template "annotation" .}}`,
		`{{ if $value }}{{ with . }}{{ template "annotation" }}{{ end }}{{ end }}`: `holds {{template "annotation"}}`,

		`{{ $a := "aaaa" }}{{ $a = print $a $a }}{{ $a = print $a $a }}`:        errGrown.Error(),
		`{{ if $a := print .Labels .Labels }}{{ end }}`:                         errGrown.Error(),
		`{{ with print "a" "a" }}{{ with print . . }}{{ . }}{{ end }}{{ end }}`: errGrown.Error(),
		`{{ "aa" | printf "%[1]s%[1]s" | printf "%[1]s%[1]s" }}`:                errGrown.Error(),
		`{{ print (print .Labels) }}`:                                           errGrown.Error(),
		`{{ print ((args .Labels).arg0) }}`:                                     errGrown.Error(),
		`{{ toUpper (print "a") | html }}`:                                      errGrown.Error(),
		`{{ "\\" | js | js | js }}`:                                             errGrown.Error(),
		`{{ or (print "a") "b" | urlquery }}`:                                   errGrown.Error(),
		`{{ reReplaceAll "" "aa" $labels.pod | reReplaceAll "" "aa" }}`:         errGrown.Error(),
		`{{ reReplaceAll "" $labels.pod $labels.pod }}`:                         "calls reReplaceAll with",
		`{{ "a" | reReplaceAll "" }}`:                                           "calls reReplaceAll with",
		`{{ reReplaceAll }}`:                                                    "calls reReplaceAll with",
		`{{ "1" | (now | toTime).Format | (now | toTime).Format }}`:             "calls a method with arguments",
		`{{ (now | toTime).Format "1" }}`:                                       "calls a method with arguments",
		`{{ $value.Mul 2 }}`:                                                    "calls a method with arguments",

		`{{ printf "%999999999d" 1 }}`:      "calls printf with",
		`{{ printf "%-+.100f" $value }}`:    "calls printf with",
		`{{ printf "%[2]*[1]d" 1 999999 }}`: "calls printf with",
		`{{ printf "%.*f" 999999 $value }}`: "calls printf with",
		`{{ printf $labels.format 1 }}`:     "calls printf with",
		`{{ "%999999d" | printf }}`:         "calls printf with",
		`{{ printf (print "%d") 1 }}`:       errGrown.Error(),

		`{{ with $labels.pod }}{{ . }}{{ else with $value }}{{ . }}{{ end }}`:                                 "",
		`{{ $pod := $labels.pod | toUpper }}{{ $pod }}{{/* in capitals */}}`:                                  "",
		`{{ printf "%5.1f%% of 1000 %s" $value $labels.pod | toLower }}{{ printf "%s" ($value | humanize) }}`: "",
		`{{ reReplaceAll "(.*)-[a-z0-9]+" "$1" $labels.pod }}{{ (now | toTime).Year }}`:                       "",
		`{{ if and (match "a.*" $labels.pod) (gt (len $labels.pod) 3) }}{{ slice $labels.pod 1 }}{{ end }}`:   "",
		`{{ if eq (printf "%.0f" $value) "1" }}a{{ else if not $value }}b{{ end }}`:                           "",
	} {
		expectTemplate(t, text, want)
	}
}

func expectTemplate(t *testing.T, text, want string) {
	t.Helper()
	err := checkTemplates("annotation", map[string]string{"summary": text})
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("%s: got %v, want %q", text, err, want)
	}
}

// The good ones stay, the bad ones are named.
func TestExtraGroups(t *testing.T) {
	spec, invalid := Build(trackerWith(v1alpha1.AlertsSpec{ExtraGroups: []v1alpha1.RuleGroup{
		{Name: "mine", Interval: &metav1.Duration{Duration: time.Minute}, Rules: []v1alpha1.Rule{
			{Alert: "Good", Expr: "up == 0", For: &metav1.Duration{Duration: time.Hour}, Labels: map[string]v1alpha1.RuleText{"severity": "info"}},
			{Alert: "Bad", Expr: "up{"},
			{Record: "mine:up:sum", Expr: "sum(up)"},
			{Record: "tracker:up:sum", Expr: "sum(up)"},
			{Record: "Mine: up", Expr: "sum(up)"},
			{Alert: "Labelled", Expr: "up == 0", Labels: map[string]v1alpha1.RuleText{"a b": ""}},
			{Alert: "Reserved", Expr: "up == 0", Annotations: map[string]v1alpha1.RuleText{"__name__": "x"}},
			{Record: "mine:up:max", Expr: "max(up)", For: &metav1.Duration{}},
			{Alert: "Both", Record: "mine:up:min", Expr: "min(up)"},
		}},
		{Name: "mine", Rules: []v1alpha1.Rule{{Alert: "Twice", Expr: "up == 0"}}},
		{Name: "tracker-objectives", Rules: []v1alpha1.Rule{{Alert: "Ours", Expr: "up == 0"}}},
	}}))
	wantInvalid := []string{
		`extraGroups[0] "mine", rule 2 (Bad): expr is no PromQL: 1:4: parse error: unexpected end of input inside braces`,
		`extraGroups[0] "mine", rule 4 (tracker:up:sum): record can't begin with "tracker:": these series are the operator's`,
		`extraGroups[0] "mine", rule 5 (Mine: up): record is no name of a metric`,
		`extraGroups[0] "mine", rule 6 (Labelled): "a b" is no name of a label or an annotation`,
		`extraGroups[0] "mine", rule 7 (Reserved): "__name__" is no name of a label or an annotation`,
		`extraGroups[0] "mine", rule 8 (mine:up:max): for and annotations belong to an alert, not to a record`,
		`extraGroups[0] "mine", rule 9 (Both): exactly one of alert and record must be written`,
		`extraGroups[1] "mine": the name is empty, taken, or begins with tracker`,
		`extraGroups[2] "tracker-objectives": the name is empty, taken, or begins with tracker`,
	}
	if diff := cmp.Diff(wantInvalid, invalid); diff != "" {
		t.Errorf("invalid (-want +got):\n%s", diff)
	}
	group := spec.Groups[len(spec.Groups)-1]
	if group.Name != "mine" || *group.Interval != "1m" || len(group.Rules) != 2 {
		t.Fatalf("got %+v", group)
	}
	good, recorded := group.Rules[0], group.Rules[1]
	if good.Alert != "Good" || good.Expr.StrVal != `up{namespace="team"} == 0` || *good.For != "1h" ||
		!cmp.Equal(good.Labels, map[string]string{"severity": "info", "namespace": "team", "tracker": "hiring"}) {
		t.Errorf("got %+v", good)
	}
	if recorded.Record != "mine:up:sum" || recorded.Expr.StrVal != `sum(up{namespace="team"})` ||
		!cmp.Equal(recorded.Labels, map[string]string{"namespace": "team", "tracker": "hiring"}) {
		t.Errorf("got %+v", recorded)
	}
}

// An object that prometheus-operator leaves out for its size takes our alerts along.
func TestExtraRulesHaveBounds(t *testing.T) {
	tracker := &v1alpha1.InterviewTracker{}
	tracker.Name, tracker.Namespace = "hiring", "team"
	var written []v1alpha1.RuleGroup
	for i := range 16 {
		group := v1alpha1.RuleGroup{Name: fmt.Sprintf("group %d", i)}
		for range 4 {
			group.Rules = append(group.Rules, v1alpha1.Rule{Record: "a", Expr: strings.Repeat("a+", 1000) + "a"})
		}
		written = append(written, group)
	}
	tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Alerts: &v1alpha1.AlertsSpec{ExtraGroups: written}}
	spec, invalid := Build(tracker)
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 512<<10 {
		t.Errorf("the rules hold %d bytes", len(text))
	}
	if len(invalid) == 0 || !strings.Contains(invalid[0], "more than 192 KiB") {
		t.Errorf("what was left out is told as %.500q", invalid)
	}
}
