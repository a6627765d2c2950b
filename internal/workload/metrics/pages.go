// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// PageMeasurement is a histogram of what pages measure in browsers.
type PageMeasurement struct {
	// Name and Help are those of the metric.
	Name, Help string
	// Buckets are the upper bounds. Google's thresholds of «good» and «poor» are among them.
	Buckets []float64
	// Max is the greatest value that a page can have measured.
	Max float64
}

// maxWait is longer, in seconds, than anybody waits for a page.
const maxWait = 600

// PageMeasurements are what pages measure, by the names in their reports.
var PageMeasurements = map[string]PageMeasurement{
	"LCP": {
		Name: "web_vitals_lcp_seconds", Help: "Largest Contentful Paint: when the main content is shown.",
		Buckets: []float64{.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10}, Max: maxWait,
	},
	"INP": {
		Name: "web_vitals_inp_seconds", Help: "Interaction to Next Paint: how long the page takes to react to its user.",
		Buckets: []float64{.05, .1, .15, .2, .3, .4, .5, 1}, Max: maxWait,
	},
	"CLS": {
		Name: "web_vitals_cls", Help: "Cumulative Layout Shift: how much the content moves by itself, without a unit.",
		Buckets: []float64{.01, .05, .1, .15, .2, .25, .5, 1}, Max: 100,
	},
	"FCP": {
		Name: "web_vitals_fcp_seconds", Help: "First Contentful Paint: when anything is shown.",
		Buckets: []float64{.3, .6, 1, 1.4, 1.8, 2.4, 3, 5, 10}, Max: maxWait,
	},
	"TTFB": {
		Name: "web_vitals_ttfb_seconds", Help: "Time To First Byte: when the response begins.",
		Buckets: []float64{.05, .1, .2, .4, .8, 1.2, 1.8, 3, 6}, Max: maxWait,
	},
	"load": {
		Name: "page_load_seconds", Help: "When the page and all that it needs have loaded.",
		Buckets: []float64{.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10}, Max: maxWait,
	},
}

// The classes of devices.
const (
	DeviceDesktop = "desktop"
	DeviceMobile  = "mobile"
)

// Drop is why the report of a page was not counted.
type Drop string

// The reasons of drops.
const (
	DropCrossOrigin Drop = "cross_origin"
	DropInvalid     Drop = "invalid"
	DropRateLimited Drop = "rate_limited"
	DropTooLarge    Drop = "too_large"
)

// PageReport is what a page reports of what its user has met.
type PageReport struct {
	// Route is the page's endpoint, as in a server.Route.
	Route string `json:"route"`
	// Device is DeviceDesktop or DeviceMobile.
	Device string `json:"device"`
	// Metrics are the values by the names of PageMeasurements.
	Metrics map[string]float64 `json:"metrics"`
	// RouteChange reports that the user has come from a page with another route.
	RouteChange bool `json:"routeChange"`
	// Errors is the number of uncaught errors.
	Errors int `json:"errors"`
}

// Pages are the metrics of what pages report.
type Pages struct {
	measurements map[string]*prometheus.HistogramVec // by the names of PageMeasurements
	routeChanges *prometheus.CounterVec
	errors       *prometheus.CounterVec
	dropped      *prometheus.CounterVec
}

func newPages(registry prometheus.Registerer) *Pages {
	labels := []string{"route", "device"}
	p := &Pages{
		measurements: map[string]*prometheus.HistogramVec{},
		routeChanges: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "route_changes_total", Help: "Pages that were opened from a page with another route.",
		}, labels),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "page_errors_total", Help: "Errors in the pages' scripts that nothing has caught.",
		}, labels),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rum_dropped_total", Help: "Reports of pages that were not counted.",
		}, []string{"reason"}),
	}
	registry.MustRegister(p.routeChanges, p.errors, p.dropped)
	for name, m := range PageMeasurements {
		p.measurements[name] = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: m.Buckets}, labels)
		registry.MustRegister(p.measurements[name])
	}
	return p
}

// Expect makes all series begin at 0, for the reason that is given at that of the requests. There are no others:
// server.EndpointOther stands for every other route.
func (p *Pages) Expect(routes []string) {
	for _, route := range append([]string{server.EndpointOther}, routes...) {
		for _, device := range []string{DeviceDesktop, DeviceMobile} {
			for _, measurement := range p.measurements {
				measurement.WithLabelValues(route, device)
			}
			p.routeChanges.WithLabelValues(route, device)
			p.errors.WithLabelValues(route, device)
		}
	}
	for _, reason := range []Drop{DropCrossOrigin, DropInvalid, DropRateLimited, DropTooLarge} {
		p.dropped.WithLabelValues(string(reason))
	}
}

// Observe counts a valid report.
func (p *Pages) Observe(report PageReport) {
	for name, value := range report.Metrics {
		p.measurements[name].WithLabelValues(report.Route, report.Device).Observe(value)
	}
	if report.RouteChange {
		p.routeChanges.WithLabelValues(report.Route, report.Device).Inc()
	}
	p.errors.WithLabelValues(report.Route, report.Device).Add(float64(report.Errors))
}

// Drop counts a report that is not observed.
func (p *Pages) Drop(reason Drop) { p.dropped.WithLabelValues(string(reason)).Inc() }
