// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package procedures

import (
	"os/exec"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// querySample is what promtool expects of a query.
type querySample struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

const alertsOfTracker = `ALERTS{namespace="team",tracker="hiring",alertstate="firing",`

// recorded are series, by the minute. The alert HighErrorRate fires twice, the second time for two
// pods, and is pending in between; its second time reaches level 2 for six minutes.
var recorded = map[string]string{
	alertsOfTracker + `alertname="HighErrorRate",severity="critical",pod="a"}`:                      "_x9 1x4 stale _x9 1x9 stale",
	alertsOfTracker + `alertname="HighErrorRate",severity="critical",pod="b"}`:                      "_x27 1x4 stale",
	alertsOfTracker + `alertname="HighErrorRate",severity="critical",escalation_level="2",pod="a"}`: "_x29 1x5 stale",
	alertsOfTracker + `alertname="TrackerRestarting",severity="warning"}`:                           "_x40 1 stale",
	alertsOfTracker + `alertname="TrackerWatchdog",severity="none"}`:                                "1x60",

	`ALERTS{namespace="team",tracker="hiring",alertstate="pending",alertname="HighErrorRate",severity="critical",pod="a"}`: "_x16 1x7 stale",
	`ALERTS{namespace="team",tracker="other",alertstate="firing",alertname="HighErrorRate",severity="critical",pod="c"}`:   "1x60",

	dependencySeconds("hiring", "database"): "0.1x9 0.4x9 0.1x40",
	dependencySeconds("hiring", "redis"):    "0.2x60",
	dependencySeconds("other", "database"):  "0.9x60",
	pollSeconds("0.1"):                      "0+90x60",
	pollSeconds("1"):                        "0+100x60",
	pollSeconds("+Inf"):                     "0+100x60",
}

func dependencySeconds(tracker, dependency string) string {
	return `interviewtracker_dependency_response_seconds{namespace="team",name="` + tracker + `",dependency="` + dependency +
		`",job="interview-tracker-operator/manager/metrics"}`
}

func pollSeconds(bound string) string {
	return `interviewtracker_health_poll_duration_seconds_bucket{le="` + bound + `",job="interview-tracker-operator/manager/metrics"}`
}

// wantSamples is what each query of the pages returns of what is recorded, in order.
var wantSamples = [][]querySample{
	{{`{dependency="database"}`, 0.4}, {`{dependency="redis"}`, 0.2}},
	{{`{}`, 0.55}},
	{{`{alertname="HighErrorRate",severity="critical"}`, 2}, {`{alertname="TrackerRestarting",severity="warning"}`, 1}},
	{{`{alertname="HighErrorRate",severity="critical"}`, 15}, {`{alertname="TrackerRestarting",severity="warning"}`, 1}},
	{{`{alertname="HighErrorRate",escalation_level="2"}`, 1}},
}

// The queries return what the pages say of them, by promtool.
func TestQueries(t *testing.T) {
	type queryTest struct {
		Expr     string        `json:"expr"`
		EvalTime string        `json:"eval_time"`
		Want     []querySample `json:"exp_samples"`
	}
	type series struct {
		Series string `json:"series"`
		Values string `json:"values"`
	}
	var queries []queryTest
	for _, s := range read(t) {
		for _, block := range s.Of("promql") {
			for expr := range strings.SplitSeq(strings.TrimSpace(block), "\n\n") {
				if len(queries) == len(wantSamples) {
					t.Fatalf("what does this query return? wantSamples does not say it\n%s", expr)
				}
				queries = append(queries, queryTest{expr, "1h", wantSamples[len(queries)]})
			}
		}
	}
	if len(queries) < len(wantSamples) {
		t.Errorf("there are %d queries, and wantSamples has %d", len(queries), len(wantSamples))
	}
	var input []series
	for name, values := range recorded {
		input = append(input, series{name, values})
	}
	file, err := yaml.Marshal(map[string]any{
		"tests": []map[string]any{{"interval": "1m", "input_series": input, "promql_expr_test": queries}},
	})
	if err != nil {
		t.Fatal(err)
	}
	promtool := exec.CommandContext(t.Context(), "promtool", "test", "rules", "test.yaml")
	promtool.Dir = files(t, map[string]string{"test.yaml": string(file)})
	if out, err := promtool.CombinedOutput(); err != nil {
		t.Errorf("promtool (Debian package prometheus): %v\n%s", err, out)
	}
}
