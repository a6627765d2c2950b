// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/time/rate"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

const (
	maxReport       = 4 << 10 // bytes; a page sends some 300
	maxReportErrors = 100     // as in rum.js
	// reportsPerSecond is how many reports a process takes, of all its users together. A page view makes one
	// or two.
	reportsPerSecond = 100
	reportsAtOnce    = 200
)

// realUsers takes what pages report of what their users meet. Nothing of a request is logged, and nothing is kept but
// the figures, which anybody may invent: they are bounded, and nothing but the metrics of pages depends on them.
type realUsers struct {
	sampleRatio float64
	routes      map[string]bool
	origins     *http.CrossOriginProtection
	limit       *rate.Limiter
	pages       *metrics.Pages
}

// newRealUsers expects reports of the routes.
func newRealUsers(sampleRatio float64, routes []string, pages *metrics.Pages) *realUsers {
	known := map[string]bool{}
	for _, route := range routes {
		known[route] = true
	}
	pages.Expect(routes)
	return &realUsers{sampleRatio, known, http.NewCrossOriginProtection(), rate.NewLimiter(reportsPerSecond, reportsAtOnce), pages}
}

// reporting is what a page needs to report.
type reporting struct{ Ratio, Route, Path string }

// of is what the page that responds to the request needs; nil when it does not report.
func (u *realUsers) of(r *http.Request) *reporting {
	route := server.Endpoint(r.Pattern)
	if u == nil || !u.routes[route] {
		return nil
	}
	return &reporting{strconv.FormatFloat(u.sampleRatio, 'f', -1, 64), route, contract.PathRUM}
}

// refusal is why a report is not counted.
type refusal struct {
	status int
	reason metrics.Drop
	error
}

// ServeHTTP implements http.Handler.
func (u *realUsers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	report, err := u.read(w, r)
	if err != nil {
		u.pages.Drop(err.reason)
		server.WriteError(w, err.status, err.Error())
		return
	}
	u.pages.Observe(report)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// read reads a report of a page of this frontend's own origin.
func (u *realUsers) read(w http.ResponseWriter, r *http.Request) (metrics.PageReport, *refusal) {
	var report metrics.PageReport
	if u.origins.Check(r) != nil {
		return report, &refusal{http.StatusForbidden, metrics.DropCrossOrigin, errors.New("only pages of the same origin may report")}
	}
	if !u.limit.Allow() {
		return report, &refusal{http.StatusTooManyRequests, metrics.DropRateLimited, errors.New("there are too many reports")}
	}
	invalid := func(err error) *refusal { return &refusal{http.StatusBadRequest, metrics.DropInvalid, err} }
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return report, &refusal{http.StatusRequestEntityTooLarge, metrics.DropTooLarge, errors.New("the body is too large")}
	}
	if err != nil {
		return report, invalid(errors.New("the body can't be read"))
	}
	if report, err = parseReport(body); err != nil {
		return report, invalid(err)
	}
	if !u.routes[report.Route] { // A page of another release, while one is rolled out.
		report.Route = server.EndpointOther
	}
	return report, nil
}

// parseReport reads a report, whose route may be any.
func parseReport(body []byte) (report metrics.PageReport, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		return report, errors.New("the body must be the JSON of a report")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return report, errors.New("the body must have one report alone")
	}
	if report.Device != metrics.DeviceDesktop && report.Device != metrics.DeviceMobile {
		return report, errors.New("device must be desktop or mobile")
	}
	if report.Errors < 0 || report.Errors > maxReportErrors {
		return report, fmt.Errorf("errors must be from 0 to %d", maxReportErrors)
	}
	for name, value := range report.Metrics {
		known, ok := metrics.PageMeasurements[name]
		if !ok {
			return report, errors.New("metrics has an unknown name")
		}
		if value < 0 || value > known.Max {
			return report, fmt.Errorf("%s must be from 0 to %v", name, known.Max)
		}
	}
	return report, nil
}
