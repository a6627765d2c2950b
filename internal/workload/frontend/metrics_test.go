// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

func scrape(t *testing.T, f *frontend.Frontend) map[string]float64 {
	t.Helper()
	answer := get(f.Metrics, contract.PathMetrics)
	if answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return metricstest.Parse(t, answer.Body.String())
}

// Before the first request, each route has its counters at 0: rate() does not see the
// increase of one that first appears at 5.
func TestCountersBeginAtZero(t *testing.T) {
	values := scrape(t, start(t, "http://localhost:8000", frontend.ResponseTimeout))
	routes := map[server.Route]bool{ // Some, so that not all can be missing.
		{Method: http.MethodGet, Endpoint: "/"}:                        true,
		{Method: http.MethodGet, Endpoint: contract.PathHealth}:        true,
		{Method: http.MethodGet, Endpoint: "/api/positions"}:           true,
		{Method: http.MethodPost, Endpoint: "/api/interviews"}:         true,
		{Method: http.MethodPatch, Endpoint: "/api/positions/{id}"}:    true,
		{Method: http.MethodDelete, Endpoint: "/api/interviews/{id}"}:  true,
		{Method: http.MethodGet, Endpoint: "/positions/{id}"}:          true,
		{Method: http.MethodGet, Endpoint: "/status"}:                  true,
		{Method: http.MethodPost, Endpoint: "/api/users"}:              true,
		{Method: http.MethodGet, Endpoint: contract.PathServiceWorker}: true,
	}
	label := regexp.MustCompile(`^http_requests_total{endpoint="(.*)",method="(.*)",status=`)
	got := map[string]float64{}
	for series, value := range values {
		if labels := label.FindStringSubmatch(series); labels != nil {
			got[series] = value
			routes[server.Route{Method: labels[2], Endpoint: labels[1]}] = true
		}
	}
	successes := map[string]int{
		http.MethodGet: http.StatusOK, http.MethodPost: http.StatusCreated,
		http.MethodPatch: http.StatusOK, http.MethodDelete: http.StatusNoContent,
	}
	want := map[string]float64{}
	for route := range routes {
		for _, status := range []int{successes[route.Method], 500, 502, 503, 504} {
			want[fmt.Sprintf(`http_requests_total{endpoint=%q,method=%q,status="%d"}`, route.Endpoint, route.Method, status)] = 0
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	for _, series := range []string{
		`http_request_duration_seconds_bucket{le="2"}`, "active_connections", "active_users",
		`health_check_duration_seconds_count{endpoint="/health"}`,
	} {
		if value, found := values[series]; !found || value != 0 {
			t.Errorf("%s is %v (%t)", series, value, found)
		}
	}
}

// What users meet is counted: the API's own failures, and those of its absence.
func TestRequestsAreCounted(t *testing.T) {
	hanging := make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/positions":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/interviews":
			select {
			case <-hanging:
			case <-r.Context().Done():
			}
		}
	}))
	defer api.Close()
	defer close(hanging)
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()

	for _, test := range []struct {
		name, path, api, endpoint string
		timeout                   time.Duration
		status                    int
		durations                 float64
	}{
		{name: "the API fails", path: "/api/positions?limit=2", api: api.URL, endpoint: "/api/positions", status: 503, durations: 1},
		{name: "the API is missing", path: "/api/positions", api: dead.URL, endpoint: "/api/positions", status: 502, durations: 1},
		{name: "the API is slow", path: "/api/interviews", api: api.URL, timeout: 50 * time.Millisecond, endpoint: "/api/interviews", status: 504, durations: 1},
		{name: "a page without the API", path: "/positions/7", api: dead.URL, endpoint: "/positions/{id}", status: 502, durations: 1},
		{name: "a page with a slow API", path: "/interviews", api: api.URL, timeout: 50 * time.Millisecond, endpoint: "/interviews", status: 504, durations: 1},
		{name: "the status without the API", path: "/status", api: dead.URL, endpoint: "/status", status: 200, durations: 0},
		{name: "a file", path: "/style.css", api: dead.URL, endpoint: "/style.css", status: 200, durations: 1},
		{name: "health", path: contract.PathHealth, api: dead.URL, endpoint: contract.PathHealth, status: 200, durations: 0},
		{name: "the service worker", path: "/sw.js", api: dead.URL, endpoint: "/sw.js", status: 200, durations: 0},
		{name: "nothing", path: "/wp-login.php", api: dead.URL, endpoint: server.EndpointOther, status: 404, durations: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.timeout == 0 {
				test.timeout = frontend.ResponseTimeout
			}
			f := start(t, test.api, test.timeout)
			get(f.Public, test.path)
			values := scrape(t, f)
			series := fmt.Sprintf(`http_requests_total{endpoint=%q,method="GET",status="%d"}`, test.endpoint, test.status)
			if values[series] != 1 {
				t.Errorf("%s is %v", series, values[series])
			}
			if n := values["http_request_duration_seconds_count"]; n != test.durations {
				t.Errorf("%v durations, want %v", n, test.durations)
			}
			if took := values["http_request_duration_seconds_sum"]; test.status == http.StatusGatewayTimeout && took < test.timeout.Seconds() {
				t.Errorf("it took %v s", took)
			}
			if n := values[`health_check_duration_seconds_count{endpoint="/health"}`]; (n == 1) != (test.path == contract.PathHealth) {
				t.Errorf("%v health checks", n)
			}
		})
	}
}

// A user who leaves the page before the response is no failure of the API.
func TestClientGone(t *testing.T) {
	ctx, leave := context.WithCancel(context.Background())
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leave()
		<-r.Context().Done()
	}))
	defer api.Close()
	f := start(t, api.URL, frontend.ResponseTimeout)
	f.Public.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/positions", http.NoBody))
	series := `http_requests_total{endpoint="/api/positions",method="GET",status="499"}`
	if values := scrape(t, f); values[series] != 1 {
		t.Errorf("%s is %v", series, values[series])
	}
}

func TestActiveConnections(t *testing.T) {
	arrived, finish := make(chan struct{}), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-finish
	}))
	defer api.Close()
	f := start(t, api.URL, frontend.ResponseTimeout)
	done := make(chan struct{})
	go func() {
		defer close(done)
		get(f.Public, "/api/positions")
	}()
	<-arrived
	if n := scrape(t, f)["active_connections"]; n != 1 {
		t.Errorf("%v while a request is being served", n)
	}
	close(finish)
	<-done
	if n := scrape(t, f)["active_connections"]; n != 0 {
		t.Errorf("%v afterwards", n)
	}
}

// Each port serves its own paths alone.
func TestMetricsAreNotPublic(t *testing.T) {
	f := start(t, "http://localhost:8000", frontend.ResponseTimeout)
	if answer := get(f.Public, contract.PathMetrics); answer.Code != http.StatusNotFound {
		t.Errorf("public: %d %s", answer.Code, answer.Body)
	}
	for _, path := range []string{"/", contract.PathHealth, "/api/positions"} {
		if answer := get(f.Metrics, path); answer.Code != http.StatusNotFound {
			t.Errorf("metrics port, %s: %d %s", path, answer.Code, answer.Body)
		}
	}
}

// The API can tell the frontend's requests, whatever the client sends.
func TestHeaderOfForwardedRequests(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Join(r.Header.Values(contract.HeaderFrontend), ", "))
	}))
	defer api.Close()
	for _, sent := range []http.Header{
		{},
		{contract.HeaderFrontend: {"forged"}},
		{contract.HeaderFrontend: {""}},
		{contract.HeaderFrontend: {"forged", "again"}, "Connection": {contract.HeaderFrontend}},
	} {
		request := httptest.NewRequest(http.MethodGet, "/api/positions", http.NoBody)
		request.Header = sent
		recorder := httptest.NewRecorder()
		handler(t, api.URL).ServeHTTP(recorder, request)
		if got := recorder.Body.String(); got != "proxy" {
			t.Errorf("sent %v, forwarded %q", sent, got)
		}
	}
}
