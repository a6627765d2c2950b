// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics exposes the metrics of the specification, and those that its alert
// rules use.
package metrics

import (
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/usage"
)

// Sources are what the gauges read at each scrape.
type Sources struct {
	Meter *usage.Meter
	// DatabaseConnections returns the number of the pool's working connections. It takes
	// some seconds at most.
	DatabaseConnections func() int
	// CacheHitRatio is between 0 and 1, or NaN before the first lookup.
	CacheHitRatio func() float64
}

// Metrics holds the counters that others increment, and serves all metrics.
type Metrics struct {
	PositionsCreated    prometheus.Counter
	InterviewsScheduled prometheus.Counter
	UsersRegistered     prometheus.Counter

	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration prometheus.Histogram
	active   prometheus.Gauge
}

// DurationBuckets are the upper bounds of the buckets of http_request_duration_seconds, in
// seconds. The threshold of the alert HighResponseTime is 2. The rules of
// spec.monitoring.alerts name them.
var DurationBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10}

// New registers the metrics.
func New(sources Sources) *Metrics {
	m := &Metrics{
		PositionsCreated:    counter("positions_created_total", "Positions stored in the database."),
		InterviewsScheduled: counter("interviews_scheduled_total", "Interviews stored in the database."),
		UsersRegistered:     counter("users_registered_total", "Users stored in the database."),
		registry:            prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "HTTP requests completed. The endpoint is a route, or other if none matched.",
		}, []string{"method", "endpoint", "status"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Duration of HTTP requests other than those for health and metrics.",
			Buckets: DurationBuckets,
		}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "active_connections", Help: "HTTP connections on which a request is being served.",
		}),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.duration, m.active, m.PositionsCreated, m.InterviewsScheduled, m.UsersRegistered,
		gauge("cache_hit_ratio", "Share of list lookups since the start that were served from Redis; NaN before the first.",
			sources.CacheHitRatio),
		gauge("database_connections", "Open connections for requests to the database; 0 while it does not respond.", func() float64 {
			return float64(sources.DatabaseConnections())
		}),
	)
	m.registerUsage(sources.Meter)
	// A vector exposes nothing before its first value: the first scrape shall find a zero.
	m.requests.WithLabelValues(http.MethodGet, contract.PathMetrics, strconv.Itoa(http.StatusOK))
	return m
}

func (m *Metrics) registerUsage(meter *usage.Meter) {
	m.registry.MustRegister(
		gauge("cpu_usage_percent", "CPU time used, in percent of the limit, or of all cores without a limit.",
			meter.CPUPercent),
		gauge("memory_usage_bytes", "Resident memory.", bytes(meter.MemoryBytes)),
		gauge("memory_limit_bytes", "Memory limit, or the machine's memory without a limit.", bytes(meter.MemoryLimitBytes)),
		gauge("disk_free_bytes", "Free space on the file system for temporary files.", bytes(func() (uint64, error) {
			disk, err := usage.TemporaryDisk()
			return disk.Free, err
		})),
		gauge("disk_total_bytes", "Size of the file system for temporary files.", bytes(func() (uint64, error) {
			disk, err := usage.TemporaryDisk()
			return disk.Total, err
		})),
	)
}

// Handler serves the metrics to Prometheus.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	})
}

// CountActive counts the requests that the handler is serving. A connection carries one at a
// time: the API serves no HTTP/2.
func (m *Metrics) CountActive(handler http.Handler) http.Handler {
	return promhttp.InstrumentHandlerInFlight(m.active, handler)
}

// Observe counts a completed request. Only the durations of users' requests are recorded:
// those of probes and of Prometheus are many and fast, and the specified histogram has no
// label to exclude them.
func (m *Metrics) Observe(r *http.Request, request server.Request) {
	m.requests.WithLabelValues(method(r.Method), request.Endpoint, strconv.Itoa(request.Status)).Inc()
	if !request.Monitoring() {
		m.duration.Observe(request.Duration.Seconds())
	}
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

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func gauge(name, help string, read func() float64) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

// bytes converts a measurement. It is NaN if it fails, which matches no alert.
func bytes(read func() (uint64, error)) func() float64 {
	return func() float64 {
		n, err := read()
		if err != nil {
			return math.NaN()
		}
		return float64(n)
	}
}
