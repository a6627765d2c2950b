// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the poller tells of itself, and of what it was told.
type metrics struct {
	duration prometheus.Observer
	lag      prometheus.Observer
	errors   *prometheus.CounterVec
	response *prometheus.GaugeVec
}

// newMetrics registers the metrics, if there is where to.
func newMetrics(registerer prometheus.Registerer) metrics {
	duration := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "interviewtracker_health_poll_duration_seconds",
		Help:    "Time that an API pod took to answer how healthy it is, or to fail to.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	lag := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "interviewtracker_health_poll_lag_seconds",
		Help:    "How much later than due an API pod was asked how healthy it is.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	m := metrics{
		duration: duration,
		lag:      lag,
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "interviewtracker_health_poll_errors_total",
			Help: "API pods that gave no answer about their health that can be used, by reason.",
		}, []string{"reason"}),
		response: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "interviewtracker_dependency_response_seconds",
			Help: "How long the application's latest check of a dependency took, by its own account; of several pods the slowest.",
		}, []string{"namespace", "name", "dependency"}),
	}
	// A vector shows nothing before its first value: let the first scrape find them.
	for _, reason := range reasons {
		m.errors.WithLabelValues(reason)
	}
	if registerer != nil {
		registerer.MustRegister(duration, lag, m.errors, m.response)
	}
	return m
}

// export shows the tracker's latest measurements and removes what it no longer has.
func (m metrics) export(t *tracker) {
	seconds := t.slowest()
	for dependency, value := range seconds {
		m.response.WithLabelValues(t.name.Namespace, t.name.Name, dependency).Set(value)
		if !slices.Contains(t.exported, dependency) {
			t.exported = append(t.exported, dependency)
		}
	}
	t.exported = slices.DeleteFunc(t.exported, func(dependency string) bool {
		_, measured := seconds[dependency]
		if !measured {
			m.response.DeleteLabelValues(t.name.Namespace, t.name.Name, dependency)
		}
		return !measured
	})
}
