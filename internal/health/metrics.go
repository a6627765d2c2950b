// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// metrics are the poller's own metrics and those of the answers it gets.
type metrics struct {
	duration prometheus.Observer
	lag      prometheus.Observer
	errors   *prometheus.CounterVec
	response *prometheus.GaugeVec
}

// newMetrics creates the metrics and registers them unless the registerer is nil.
func newMetrics(registerer prometheus.Registerer) metrics {
	duration := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    promql.PollDuration,
		Help:    "Duration of polls of an API pod's health, whether they succeeded or failed.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	lag := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    promql.PollLag,
		Help:    "How much later than due polls of an API pod's health started.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	m := metrics{
		duration: duration,
		lag:      lag,
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: promql.PollErrors,
			Help: "Polls of an API pod's health without a usable answer, by reason.",
		}, []string{"reason"}),
		response: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: promql.DependencyResponse,
			Help: "Duration of the latest check of a dependency as reported by the application; the slowest pod's.",
		}, []string{"namespace", "name", "dependency"}),
	}
	// A vector exposes nothing before its first value: the first scrape shall find zeros.
	for _, reason := range reasons {
		m.errors.WithLabelValues(reason)
	}
	if registerer != nil {
		registerer.MustRegister(duration, lag, m.errors, m.response)
	}
	return m
}

// export sets the tracker's latest measurements and deletes the series of dependencies
// that it no longer has.
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
