// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// metric is the value of a metric without labels, or of a whole series.
func (a *tracker) metric(t *testing.T, series string) float64 {
	t.Helper()
	for line := range bytes.Lines(a.get(t, contract.PathMetrics).body) {
		if value, found := strings.CutPrefix(string(line), series+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s in /metrics", series)
	return 0
}

// The metrics of the specification with their types, and those that its alert rules use.
func TestMetrics(t *testing.T) {
	a := startServers(t).start(t)

	types := map[string]string{}
	scanner := bufio.NewScanner(bytes.NewReader(a.get(t, contract.PathMetrics).body)) // the first request of all
	for scanner.Scan() {
		if fields := strings.Fields(scanner.Text()); len(fields) == 4 && fields[1] == "TYPE" {
			types[fields[2]] = fields[3]
		}
	}
	for name, want := range map[string]string{
		"http_requests_total":           "counter",
		"http_request_duration_seconds": "histogram",
		"active_connections":            "gauge",
		"database_connections":          "gauge",
		"cache_hit_ratio":               "gauge",
		"positions_created_total":       "counter",
		"interviews_scheduled_total":    "counter",
		"users_registered_total":        "counter",
		"memory_usage_bytes":            "gauge",
		"memory_limit_bytes":            "gauge",
		"disk_free_bytes":               "gauge",
		"disk_total_bytes":              "gauge",
		"cpu_usage_percent":             "gauge",
	} {
		if types[name] != want {
			t.Errorf("%s is %q, want a %s", name, types[name], want)
		}
	}

	t.Run("measured", func(t *testing.T) {
		a.awaitReady(t)
		for _, name := range []string{"memory_usage_bytes", "disk_free_bytes", "active_connections", "database_connections"} {
			if n := a.metric(t, name); !(n > 0) {
				t.Errorf("%s is %v", name, n)
			}
		}
		if used, limit := a.metric(t, "memory_usage_bytes"), a.metric(t, "memory_limit_bytes"); used >= limit {
			t.Errorf("%v bytes of %v used", used, limit)
		}
		if free, total := a.metric(t, "disk_free_bytes"), a.metric(t, "disk_total_bytes"); free > total {
			t.Errorf("%v bytes of %v free", free, total)
		}
		if percent := a.metric(t, "cpu_usage_percent"); !(percent >= 0 && percent <= 100) {
			t.Errorf("cpu_usage_percent is %v", percent)
		}
	})

	t.Run("labels", func(t *testing.T) {
		for _, path := range []string{"/health/live", "/positions?limit=3", "/wp-login.php", "/positions/17"} {
			a.get(t, path)
		}
		a.do(t, "BREW", "/positions", "")
		a.do(t, http.MethodDelete, "/positions", "")
		var got []string
		for line := range bytes.Lines(a.get(t, contract.PathMetrics).body) {
			series, _, _ := strings.Cut(string(line), "} ")
			if strings.HasPrefix(series, "http_requests_total{") && !strings.Contains(series, "/health/ready") {
				got = append(got, series+"}")
			}
		}
		slices.Sort(got)
		want := []string{
			`http_requests_total{endpoint="/health/live",method="GET",status="200"}`,
			`http_requests_total{endpoint="/metrics",method="GET",status="200"}`,
			`http_requests_total{endpoint="/positions",method="GET",status="200"}`,
			`http_requests_total{endpoint="/positions/{id}",method="GET",status="404"}`,
			`http_requests_total{endpoint="other",method="DELETE",status="405"}`,
			`http_requests_total{endpoint="other",method="GET",status="404"}`,
			`http_requests_total{endpoint="other",method="other",status="405"}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("series (-want +got):\n%s", diff)
		}
		// Without those for health and metrics.
		if n := a.metric(t, "http_request_duration_seconds_count"); n != 5 {
			t.Errorf("the durations of %v requests, want those of 5", n)
		}
		a.metric(t, `http_request_duration_seconds_bucket{le="2"}`) // The alert HighResponseTime needs it.
	})
}
