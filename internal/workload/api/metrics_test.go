// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// metrics are the values of all series.
func (a *tracker) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	return metricstest.Parse(t, string(a.get(t, contract.PathMetrics).body))
}

// metric is the value of a metric without labels, or of a whole series.
func (a *tracker) metric(t *testing.T, series string) float64 {
	t.Helper()
	value, found := a.metrics(t)[series]
	if !found {
		t.Fatalf("no %s in /metrics", series)
	}
	return value
}

// startAlone runs an API whose dependencies can't be reached.
func startAlone(t *testing.T) *tracker {
	t.Helper()
	dead := fmt.Sprintf("127.0.0.1:%d", testservers.FreePort(t))
	return start(t, "postgres://tracker:s3cret@"+dead+"/tracker", "redis://:s3cret@"+dead+"/0", 0)
}

// Before the first request, each route has its counters at 0: rate() does not see the
// increase of one that first appears at 5.
func TestCountersBeginAtZero(t *testing.T) {
	a := startAlone(t)
	got := map[string]float64{}
	for series, value := range a.metrics(t) {
		if name, _, _ := strings.Cut(series, "{"); name == "http_requests_total" || name == "http_direct_requests_total" {
			got[series] = value
		}
	}
	want := map[string]float64{}
	successes := map[string]int{
		http.MethodGet: http.StatusOK, http.MethodPost: http.StatusCreated,
		http.MethodPatch: http.StatusOK, http.MethodDelete: http.StatusNoContent,
	}
	for _, route := range a.routes {
		for _, status := range []int{successes[route.Method], http.StatusInternalServerError, http.StatusServiceUnavailable} {
			labels := fmt.Sprintf(`{endpoint=%q,method=%q,status="%d"}`, route.Endpoint, route.Method, status)
			want["http_requests_total"+labels] = 0
			if !server.Monitoring(route.Endpoint) {
				want["http_direct_requests_total"+labels] = 0
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
}

func TestHealthDurations(t *testing.T) {
	a := startAlone(t)
	for range 2 { // Before the first request, and after one.
		values := a.metrics(t)
		for _, path := range []string{contract.PathHealth, contract.PathDetailed, contract.PathReady, contract.PathLive} {
			series := fmt.Sprintf("health_check_duration_seconds_count{endpoint=%q}", path)
			want := values[fmt.Sprintf(`http_requests_total{endpoint=%q,method="GET",status="200"}`, path)] +
				values[fmt.Sprintf(`http_requests_total{endpoint=%q,method="GET",status="503"}`, path)]
			if got, found := values[series]; !found || got != want {
				t.Errorf("%s is %v (%t), want %v", series, got, found, want)
			}
			a.get(t, path)
		}
	}
}

// Each route that does something for users has a feature, which begins at 0.
func TestEachRouteHasAFeature(t *testing.T) {
	a := startAlone(t)
	values := a.metrics(t)
	for _, route := range a.routes {
		if server.Monitoring(route.Endpoint) || route.Endpoint == contract.PathOpenAPI {
			continue
		}
		feature := metrics.Features[route]
		if n, found := values[fmt.Sprintf("feature_uses_total{feature=%q}", feature)]; feature == "" || !found || n != 0 {
			t.Errorf("%v: feature %q is %v (%t)", route, feature, n, found)
		}
	}
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
		"http_direct_requests_total":    "counter",
		"feature_uses_total":            "counter",
		"health_check_duration_seconds": "histogram",

		"http_direct_request_duration_seconds": "histogram",
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
		for series, value := range a.metrics(t) {
			if strings.HasPrefix(series, "http_requests_total{") && value > 0 && !strings.Contains(series, "/health/ready") {
				got = append(got, series)
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

// The slowest statements, without what users have stored.
func TestSlowestStatements(t *testing.T) {
	postgres := testservers.StartPostgres(t, "-c", "shared_preload_libraries=pg_stat_statements")
	a := servers{postgres: postgres, redis: testservers.StartRedis(t)}.start(t)
	a.awaitReady(t)
	a.post(t, "/users", `{"name": "Ada", "email": "ada@example.com"}`)
	var body string
	inserted := regexp.MustCompile(`database_statement_(calls|seconds)_total\{queryid="-?\d+",statement="INSERT INTO users \(name, email\) VALUES \(\$1, \$2\) [^"]*"\} `)
	waitFor(t, func() bool {
		body = string(a.get(t, contract.PathMetrics).body)
		return len(inserted.FindAllString(body, -1)) == 2
	}, func() string { return "there is no such statement in\n" + body })
	if strings.Contains(body, "Ada") || strings.Contains(body, "example.com") {
		t.Errorf("a user is in\n%s", body)
	}
}
