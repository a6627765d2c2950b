// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/usage"
)

func newAPI() *metrics.Metrics {
	return metrics.New(metrics.Sources{
		Meter:               usage.NewMeter(),
		DatabaseConnections: func() int { return 0 },
		CacheHitRatio:       func() float64 { return 0 },
		Statements: func() []database.Statement {
			return []database.Statement{{ID: "-7", Text: "SELECT $1", Calls: 4, Seconds: 6}}
		},
	})
}

// exposition is what Prometheus scrapes.
func exposition(m interface {
	Handler(*slog.Logger) http.Handler
},
) string {
	recorder := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, contract.PathMetrics, http.NoBody))
	return recorder.Body.String()
}

// The help texts of the specification.
func TestHelp(t *testing.T) {
	route := []server.Route{{Method: http.MethodGet, Endpoint: contract.PathHealth}}
	api, frontend := newAPI(), metrics.NewFrontend()
	api.Expect(route)
	frontend.Expect(route)
	apiText, frontendText := exposition(api), exposition(frontend)
	for _, test := range []struct {
		name, help string
		frontend   bool // It has the metric as well.
	}{
		{"http_requests_total", "Total HTTP requests", true},
		{"http_request_duration_seconds", "HTTP request duration", true},
		{"active_connections", "Number of active connections", true},
		{"database_connections", "Number of database connections", false},
		{"cache_hit_ratio", "Cache hit ratio", false},
		{"positions_created_total", "Total positions created", false},
		{"interviews_scheduled_total", "Total interviews scheduled", false},
		{"users_registered_total", "Total users registered", false},
	} {
		line := "# HELP " + test.name + " " + test.help + "\n"
		if !strings.Contains(apiText, line) {
			t.Errorf("the API lacks %q", line)
		}
		if strings.Contains(frontendText, line) != test.frontend {
			t.Errorf("the frontend has %q: %t", line, !test.frontend)
		}
	}
}

// A statement's series are what Postgres has counted.
func TestStatements(t *testing.T) {
	values := metricstest.Parse(t, exposition(newAPI()))
	for name, want := range map[string]float64{"database_statement_seconds_total": 6, "database_statement_calls_total": 4} {
		if got := values[name+`{queryid="-7",statement="SELECT $1"}`]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// The API counts all requests, and apart from them those of users that did not come through
// the frontend.
func TestDirectRequests(t *testing.T) {
	m := newAPI()
	observe := func(endpoint string, frontend bool) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if frontend {
			r.Header.Set(contract.HeaderFrontend, "true")
		}
		m.Observe(r, server.Request{Endpoint: endpoint, Status: http.StatusServiceUnavailable, Duration: time.Second})
	}
	observe("/positions", false)
	observe("/positions", true)
	observe("/positions", true)
	observe(contract.PathReady, false)
	observe(contract.PathMetrics, false)

	values := metricstest.Parse(t, exposition(m))
	for series, want := range map[string]float64{
		`http_requests_total{endpoint="/positions",method="GET",status="503"}`:           3,
		`http_requests_total{endpoint="/health/ready",method="GET",status="503"}`:        1,
		`http_requests_total{endpoint="/metrics",method="GET",status="503"}`:             1,
		`http_direct_requests_total{endpoint="/positions",method="GET",status="503"}`:    1,
		`http_direct_requests_total{endpoint="/health/ready",method="GET",status="503"}`: 0,
		`http_direct_requests_total{endpoint="/metrics",method="GET",status="503"}`:      0,
		`http_request_duration_seconds_count`:                                            3,
		`http_direct_request_duration_seconds_count`:                                     1,
		`http_direct_request_duration_seconds_bucket{le="0.5"}`:                          0,
		`http_direct_request_duration_seconds_bucket{le="1"}`:                            1,
		`health_check_duration_seconds_count{endpoint="/health/ready"}`:                  1,
		`health_check_duration_seconds_sum{endpoint="/health/ready"}`:                    1,
	} {
		if values[series] != want {
			t.Errorf("%s is %v, want %v", series, values[series], want)
		}
	}
}

func TestFeatures(t *testing.T) {
	m := newAPI()
	for _, use := range []struct {
		method, endpoint string
		status           int
	}{
		{http.MethodPost, "/positions", http.StatusCreated},
		{http.MethodPost, "/positions", http.StatusUnprocessableEntity},
		{http.MethodPost, "/positions", http.StatusServiceUnavailable},
		{http.MethodDelete, "/positions/{id}", http.StatusNoContent},
		{http.MethodGet, "/interviews", http.StatusOK},
		{http.MethodGet, "/interviews", http.StatusOK},
		{http.MethodHead, "/interviews", http.StatusOK},
		{http.MethodGet, contract.PathHealth, http.StatusOK},
		{http.MethodGet, server.EndpointOther, http.StatusNotFound},
	} {
		m.Observe(httptest.NewRequest(use.method, "/", http.NoBody), server.Request{Endpoint: use.endpoint, Status: use.status})
	}
	for _, frontend := range []string{"page", contract.FrontendLookup} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set(contract.HeaderFrontend, frontend)
		m.Observe(r, server.Request{Endpoint: "/positions", Status: http.StatusOK})
	}
	want := map[string]float64{"positions_listed": 1, "position_added": 1, "position_removed": 1, "interviews_listed": 2}
	for series, n := range metricstest.Parse(t, exposition(m)) {
		feature, ok := strings.CutPrefix(series, `feature_uses_total{feature="`)
		if !ok {
			continue
		}
		feature = strings.TrimSuffix(feature, `"}`)
		if n != want[feature] {
			t.Errorf("%s is %v", series, n)
		}
		delete(want, feature)
	}
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
}

// openMetrics is what Prometheus scrapes by default.
func openMetrics(m *metrics.Metrics) string {
	request := httptest.NewRequest(http.MethodGet, contract.PathMetrics, http.NoBody)
	request.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2")
	recorder := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(recorder, request)
	return recorder.Body.String()
}

// The durations of traced requests link to a trace that was sent, and no others do.
func TestExemplars(t *testing.T) {
	for name, test := range map[string]struct {
		flags trace.TraceFlags
		id    trace.TraceID
		want  string
	}{
		"sampled":     {trace.FlagsSampled, trace.TraceID{15: 1}, `http_request_duration_seconds_bucket{le="1.0"} 1 # {trace_id="00000000000000000000000000000001"} 1.0`},
		"not sampled": {0, trace.TraceID{15: 1}, `http_request_duration_seconds_bucket{le="1.0"} 1` + "\n"},
		"no trace":    {0, trace.TraceID{}, `http_request_duration_seconds_bucket{le="1.0"} 1` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newAPI()
			ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: test.id, SpanID: trace.SpanID{7: 1}, TraceFlags: test.flags,
			}))
			m.Observe(httptest.NewRequest(http.MethodGet, "/", http.NoBody).WithContext(ctx),
				server.Request{Endpoint: "/positions", Status: http.StatusOK, Duration: time.Second})
			if got := openMetrics(m); !strings.Contains(got, test.want) || (test.flags == 0 && strings.Contains(got, "trace_id")) {
				t.Errorf("no %q in:\n%s", test.want, got)
			}
			if strings.Contains(exposition(m), "trace_id") {
				t.Error("an exemplar in the format that has none")
			}
		})
	}
}

// Both formats have the same series, except that OpenMetrics writes a bound of 2 as 2.0: the rules match both.
func TestFormats(t *testing.T) {
	m := newAPI()
	series := func(text string, name *strings.Replacer) []string {
		var found []string
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "#") {
				found = append(found, name.Replace(line[:strings.LastIndexByte(line, ' ')]))
			}
		}
		slices.Sort(found)
		return found
	}
	unchanged := strings.NewReplacer()
	whole := strings.NewReplacer(`le="1.0"`, `le="1"`, `le="2.0"`, `le="2"`, `le="5.0"`, `le="5"`, `le="10.0"`, `le="10"`,
		`quantile="0.0"`, `quantile="0"`, `quantile="1.0"`, `quantile="1"`)
	if diff := cmp.Diff(series(exposition(m), unchanged), series(openMetrics(m), whole)); diff != "" {
		t.Errorf("series (-text +OpenMetrics):\n%s", diff)
	}
}
