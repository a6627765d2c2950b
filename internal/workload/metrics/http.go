// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// DurationBuckets are the upper bounds of the buckets of http_request_duration_seconds, in
// seconds. The threshold of the alert HighResponseTime is 2. The rules of
// spec.monitoring.alerts name them.
var DurationBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10}

// httpMetrics are the metrics of a process that serves HTTP, and their registry.
type httpMetrics struct {
	registry *prometheus.Registry
	requests requests
	health   *prometheus.HistogramVec
	// active are the requests that are being served. A connection carries one at a time:
	// neither component serves HTTP/2.
	active   prometheus.Gauge
	failures []int
}

// newHTTPMetrics registers the metrics. The failures are the status codes of the process for
// which alerts wait.
func newHTTPMetrics(failures ...int) *httpMetrics {
	m := &httpMetrics{
		registry: prometheus.NewRegistry(),
		health: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "health_check_duration_seconds", Help: "Duration of the health endpoints' responses.", Buckets: DurationBuckets,
		}, []string{"endpoint"}),
		active:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "active_connections", Help: "Number of active connections"}),
		failures: failures,
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.health, m.active,
	)
	m.requests = m.registerRequests("http_request", "Total HTTP requests", "HTTP request duration")
	return m
}

// Register adds the metrics of other packages.
func (m *httpMetrics) Register(collectors ...prometheus.Collector) {
	m.registry.MustRegister(collectors...)
}

// Gather implements prometheus.Gatherer.
func (m *httpMetrics) Gather() ([]*dto.MetricFamily, error) { return m.registry.Gather() }

// Handler serves the metrics to Prometheus, in the format that it asks for. Only OpenMetrics has
// exemplars.
func (m *httpMetrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		EnableOpenMetrics: true,
	})
}

// CountActive counts the requests that the handler is serving.
func (m *httpMetrics) CountActive(handler http.Handler) http.Handler {
	return promhttp.InstrumentHandlerInFlight(m.active, handler)
}

// Expect makes the series of the routes begin at 0, before the first request: rate() does
// not see the increase of a counter that first appears at 5.
func (m *httpMetrics) Expect(routes []server.Route) {
	for _, route := range routes {
		m.requests.expect(route, m.failures)
		if server.Health(route.Endpoint) {
			m.health.WithLabelValues(route.Endpoint)
		}
	}
}

// Observe counts a completed request.
func (m *httpMetrics) Observe(r *http.Request, request server.Request) {
	m.requests.observe(r, request)
	if server.Health(request.Endpoint) {
		m.health.WithLabelValues(request.Endpoint).Observe(request.Duration.Seconds())
	}
}

// requests are a counter of requests and a histogram of their durations.
type requests struct {
	total    *prometheus.CounterVec
	duration prometheus.Histogram
}

// registerRequests registers NAMEs_total and NAME_duration_seconds.
func (m *httpMetrics) registerRequests(name, totalHelp, durationHelp string) requests {
	r := requests{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Name: name + "s_total", Help: totalHelp},
			[]string{"method", "endpoint", "status"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: name + "_duration_seconds", Help: durationHelp, Buckets: DurationBuckets,
		}),
	}
	m.registry.MustRegister(r.total, r.duration)
	return r
}

func (r requests) expect(route server.Route, failures []int) {
	for _, status := range append([]int{success(route.Method)}, failures...) {
		r.total.WithLabelValues(route.Method, route.Endpoint, strconv.Itoa(status))
	}
}

// observe records the duration only of users' requests: those of probes and of Prometheus
// are many and fast, and the specified histogram has no label to exclude them.
func (r requests) observe(request *http.Request, completed server.Request) {
	r.total.WithLabelValues(method(request.Method), completed.Endpoint, strconv.Itoa(completed.Status)).Inc()
	if userFacing(completed.Endpoint) {
		observe(request.Context(), r.duration, completed.Duration.Seconds())
	}
}

// observe adds the trace as an exemplar, if it is sent anywhere.
func observe(ctx context.Context, histogram prometheus.Histogram, seconds float64) {
	span := trace.SpanContextFromContext(ctx)
	exemplars, ok := histogram.(prometheus.ExemplarObserver)
	if !ok || !span.IsSampled() {
		histogram.Observe(seconds)
		return
	}
	exemplars.ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": span.TraceID().String()})
}

// userFacing reports whether users request the endpoint. Browsers fetch the service worker
// on their own, to look for a new release, and the status page again and again: it responds in
// an outage, too, and would make that look smaller.
func userFacing(endpoint string) bool {
	return !server.Monitoring(endpoint) && endpoint != contract.PathServiceWorker && endpoint != contract.PathStatus
}

// success is the status code of a successful request.
func success(method string) int {
	switch method {
	case http.MethodPost:
		return http.StatusCreated
	case http.MethodDelete:
		return http.StatusNoContent
	}
	return http.StatusOK
}

// method limits the values of the label: clients can send any method.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return m
	}
	return "other"
}
