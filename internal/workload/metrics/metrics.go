// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics exposes the metrics of the specification, and those that its alert
// rules use.
package metrics

import (
	"math"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/usage"
)

// Sources are what the gauges read at each scrape.
type Sources struct {
	Meter *usage.Meter
	// DatabaseConnections returns the number of the pool's open connections, or 0 while the
	// database does not respond. It takes some seconds at most.
	DatabaseConnections func() int
	// CacheHitRatio is the share of list lookups since the start that were served from
	// Redis, between 0 and 1, or NaN before the first.
	CacheHitRatio func() float64
	// Statements returns the slowest statements, each once. It does not wait for the database.
	Statements func() []database.Statement
}

// Metrics are the API's metrics. It holds the counters that others increment, and serves all.
type Metrics struct {
	PositionsCreated    prometheus.Counter
	InterviewsScheduled prometheus.Counter
	UsersRegistered     prometheus.Counter

	*httpMetrics
	direct   requests
	features *prometheus.CounterVec
}

// New registers the metrics. The help texts of those of the specification are its own.
func New(sources Sources) *Metrics {
	m := &Metrics{
		PositionsCreated:    counter("positions_created_total", "Total positions created"),
		InterviewsScheduled: counter("interviews_scheduled_total", "Total interviews scheduled"),
		UsersRegistered:     counter("users_registered_total", "Total users registered"),
		httpMetrics:         newHTTPMetrics(http.StatusInternalServerError, http.StatusServiceUnavailable),
		features: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "feature_uses_total", Help: "Successful uses of features.",
		}, []string{"feature"}),
	}
	m.registry.MustRegister(
		m.features, m.PositionsCreated, m.InterviewsScheduled, m.UsersRegistered,
		gauge("cache_hit_ratio", "Cache hit ratio", sources.CacheHitRatio),
		gauge("database_connections", "Number of database connections", func() float64 {
			return float64(sources.DatabaseConnections())
		}),
		statements(sources.Statements),
	)
	m.direct = m.registerRequests("http_direct_request",
		"HTTP requests that did not come through the frontend, other than those for health and metrics.",
		"Duration of HTTP requests that did not come through the frontend.")
	m.registerUsage(sources.Meter)
	return m
}

// Expect makes the series of the routes begin at 0, before the first request.
func (m *Metrics) Expect(routes []server.Route) {
	m.httpMetrics.Expect(routes)
	for _, route := range routes {
		if !server.Monitoring(route.Endpoint) {
			m.direct.expect(route, m.failures)
		}
		if feature, ok := Features[route]; ok {
			m.features.WithLabelValues(feature)
		}
	}
}

// Observe counts a completed request, and separately one that the frontend has not counted.
func (m *Metrics) Observe(r *http.Request, request server.Request) {
	m.httpMetrics.Observe(r, request)
	frontend := r.Header.Get(contract.HeaderFrontend)
	if frontend == "" && !server.Monitoring(request.Endpoint) {
		m.direct.observe(r, request)
	}
	feature, ok := Features[server.Route{Method: r.Method, Endpoint: request.Endpoint}]
	if ok && frontend != contract.FrontendLookup && request.Status/100 == 2 && !ofJourney(r) {
		m.features.WithLabelValues(feature).Inc()
	}
}

// ofJourney reports whether a request says that it is one of a journey, which is no user. Anyone
// can say so, and gains only to be left out of the counts of users and of what they do.
func ofJourney(r *http.Request) bool { return r.Header.Get(contract.HeaderJourney) != "" }

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
