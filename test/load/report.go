// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// thresholds are what must hold; the defaults of the flags are those of the specification.
type thresholds struct {
	p95    time.Duration // of each target, below
	errors float64       // a second, of all targets together, below
}

// noAnswer is the code of a request without a response.
const noAnswer = "no answer"

// report is what a run has found.
type report struct {
	Began   time.Time `json:"began"`
	Seconds float64   `json:"seconds"`
	// Total is of all targets together.
	Total   targetReport   `json:"total"`
	Targets []targetReport `json:"targets"`
	// Missed says which thresholds were missed.
	Missed []string `json:"missed"`
}

// targetReport is what a run has found about a target.
type targetReport struct {
	Target   string `json:"target"`
	Requests uint64 `json:"requests"`
	// Rate is the requests a second.
	Rate float64 `json:"rate"`
	// P50, P95 and P99 are the quantiles of the time until a response was read, in milliseconds.
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	// Errors are the numbers of responses from 400 up, by their code, and of requests without an answer.
	Errors map[string]uint64 `json:"errors,omitempty"`
	// ErrorRate is the errors a second.
	ErrorRate float64 `json:"error_rate"`
	// FirstError and LastError are when the first and the last of the failed requests were over.
	FirstError *time.Time `json:"first_error,omitempty"`
	LastError  *time.Time `json:"last_error,omitempty"`
}

// recorder collects results by target.
type recorder struct {
	began   time.Time
	total   record
	targets map[string]*record
}

// record is what is collected of a target.
type record struct {
	metrics     vegeta.Metrics
	errors      map[string]uint64
	first, last time.Time // of the errors
}

func newRecorder(began time.Time) *recorder {
	return &recorder{began: began, targets: map[string]*record{}}
}

// add adds the result of a request.
func (r *recorder) add(target string, result *vegeta.Result) {
	if r.targets[target] == nil {
		r.targets[target] = &record{}
	}
	r.total.add(result)
	r.targets[target].add(result)
}

func (r *record) add(result *vegeta.Result) {
	r.metrics.Add(result)
	if result.Error == "" {
		return
	}
	if r.errors == nil {
		r.errors = map[string]uint64{}
	}
	code := noAnswer
	if result.Code >= 400 {
		code = strconv.Itoa(int(result.Code))
	}
	r.errors[code]++
	end := result.End()
	if r.first.IsZero() || end.Before(r.first) {
		r.first = end
	}
	if end.After(r.last) {
		r.last = end
	}
}

// report judges what has been collected until a moment.
func (r *recorder) report(until time.Time, limits thresholds) *report {
	lasted := until.Sub(r.began).Seconds()
	result := &report{Began: r.began.UTC(), Seconds: lasted, Total: r.total.report("all", lasted)}
	for _, name := range slices.Sorted(maps.Keys(r.targets)) {
		result.Targets = append(result.Targets, r.targets[name].report(name, lasted))
	}
	result.Missed = missed(result.Total, result.Targets, limits)
	return result
}

func (r *record) report(name string, lasted float64) targetReport {
	t := targetReport{Target: name, Requests: r.metrics.Requests, Errors: r.errors}
	if t.Requests == 0 {
		return t
	}
	milliseconds := func(quantile float64) float64 {
		return float64(r.metrics.Latencies.Quantile(quantile).Microseconds()) / 1000
	}
	t.P50, t.P95, t.P99 = milliseconds(0.5), milliseconds(0.95), milliseconds(0.99)
	t.Rate = float64(t.Requests) / lasted
	t.ErrorRate = float64(t.errorCount()) / lasted
	if !r.first.IsZero() {
		first, last := r.first.UTC(), r.last.UTC()
		t.FirstError, t.LastError = &first, &last
	}
	return t
}

func (t targetReport) errorCount() (n uint64) {
	for _, count := range t.Errors {
		n += count
	}
	return n
}

// missed are the thresholds that were missed, in words.
func missed(total targetReport, targets []targetReport, limits thresholds) []string {
	all := []string{}
	if total.Requests == 0 {
		return append(all, "no request was sent")
	}
	if total.ErrorRate >= limits.errors {
		all = append(all, fmt.Sprintf("%.2f errors/s are not below %v", total.ErrorRate, limits.errors))
	}
	for _, t := range targets {
		if t.P95 >= float64(limits.p95.Milliseconds()) {
			all = append(all, fmt.Sprintf("p95 of %s is %.0f ms, not below %s", t.Target, t.P95, limits.p95))
		}
	}
	return all
}

// print writes the report as text.
func (r *report) print(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "target\trequests\trequests/s\tp50 ms\tp95 ms\tp99 ms\terrors/s\terrors")
	for _, t := range append(slices.Clone(r.Targets), r.Total) {
		var codes []string
		for _, code := range slices.Sorted(maps.Keys(t.Errors)) {
			codes = append(codes, fmt.Sprintf("%s: %d", code, t.Errors[code]))
		}
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.2f\t%s\n",
			t.Target, t.Requests, t.Rate, t.P50, t.P95, t.P99, t.ErrorRate, cmp.Or(strings.Join(codes, ", "), "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	verdict := "All thresholds hold."
	if len(r.Missed) > 0 {
		verdict = "Missed: " + strings.Join(r.Missed, "; ")
	}
	_, err := fmt.Fprintln(to, verdict)
	return err
}
