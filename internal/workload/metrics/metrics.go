// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics exposes the metrics that the specification names and those
// that its alert rules read.
package metrics

import (
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

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
	// DatabaseConnections counts the pool's working connections, within seconds.
	DatabaseConnections func() int
	// CacheHitRatio is between 0 and 1, or not a number before the first look-up.
	CacheHitRatio func() float64
}

// Metrics are the counters that others advance, and the page that shows all.
type Metrics struct {
	PositionsCreated    prometheus.Counter
	InterviewsScheduled prometheus.Counter
	UsersRegistered     prometheus.Counter

	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration prometheus.Histogram
	active   activeConnections
}

// New registers the metrics.
func New(sources Sources) *Metrics {
	m := &Metrics{
		PositionsCreated:    counter("positions_created_total", "Positions stored in the database."),
		InterviewsScheduled: counter("interviews_scheduled_total", "Interviews stored in the database."),
		UsersRegistered:     counter("users_registered_total", "Users stored in the database."),
		registry:            prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total",
			Help: "HTTP requests answered. The endpoint is a route, or other where none matched.",
		}, []string{"method", "endpoint", "status"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds",
			Help: "Time to answer an HTTP request, of those for other than health and metrics.",
			// The alert HighResponseTime asks whether the 95th percentile is above 2 seconds.
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5, 10},
		}),
		active: activeConnections{open: map[net.Conn]struct{}{}},
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.duration, m.PositionsCreated, m.InterviewsScheduled, m.UsersRegistered,
		gauge("active_connections", "HTTP connections on which a request is being served.", m.active.count),
		gauge("cache_hit_ratio", "Share of list look-ups since the start that Redis answered; NaN before the first.",
			sources.CacheHitRatio),
		gauge("database_connections", "Open connections for requests to the database; 0 while it does not answer.", func() float64 {
			return float64(sources.DatabaseConnections())
		}),
	)
	m.registerUsage(sources.Meter)
	// A vector shows nothing before its first value: let the first scrape find it.
	m.requests.WithLabelValues(http.MethodGet, contract.PathMetrics, strconv.Itoa(http.StatusOK))
	return m
}

func (m *Metrics) registerUsage(meter *usage.Meter) {
	m.registry.MustRegister(
		gauge("cpu_usage_percent", "Processor time used, in percent of the limit, or of all cores where there is none.",
			meter.CPUPercent),
		gauge("memory_usage_bytes", "Resident memory.", bytes(meter.MemoryBytes)),
		gauge("memory_limit_bytes", "Memory limit, or the machine's memory where there is none.", bytes(meter.MemoryLimitBytes)),
		gauge("disk_free_bytes", "Space left on the file system for temporary files.", bytes(func() (uint64, error) {
			disk, err := usage.TemporaryDisk()
			return disk.Free, err
		})),
		gauge("disk_total_bytes", "Size of the file system for temporary files.", bytes(func() (uint64, error) {
			disk, err := usage.TemporaryDisk()
			return disk.Total, err
		})),
	)
}

// Handler is the page for Prometheus.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	})
}

// Observe counts an answered request. How long it took counts for users' requests
// alone: those of probes and of Prometheus come all the time and are fast, and the
// specified histogram has no label to leave them out by.
func (m *Metrics) Observe(r *http.Request, request server.Request) {
	m.requests.WithLabelValues(method(r.Method), request.Endpoint, strconv.Itoa(request.Status)).Inc()
	if !monitoring(request.Endpoint) {
		m.duration.Observe(request.Duration.Seconds())
	}
}

func monitoring(endpoint string) bool {
	return endpoint == contract.PathMetrics || endpoint == contract.PathHealth || strings.HasPrefix(endpoint, contract.PathHealth+"/")
}

// ConnState is an http.Server's hook.
func (m *Metrics) ConnState(conn net.Conn, state http.ConnState) { m.active.set(conn, state) }

// activeConnections are those on which a request is being served.
type activeConnections struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func (a *activeConnections) set(conn net.Conn, state http.ConnState) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if state == http.StateActive {
		a.open[conn] = struct{}{}
		return
	}
	delete(a.open, conn)
}

func (a *activeConnections) count() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return float64(len(a.open))
}

// method bounds the label: clients may invent methods.
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

// bytes reads a measurement. What can't be measured is not a number: no alert
// compares it.
func bytes(read func() (uint64, error)) func() float64 {
	return func() float64 {
		n, err := read()
		if err != nil {
			return math.NaN()
		}
		return float64(n)
	}
}
