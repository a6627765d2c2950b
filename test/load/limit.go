// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"text/tabwriter"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const (
	// growth is how much more each step of the search requests.
	growth = 1.5
	// maxSteps ends a search that finds no limit.
	maxSteps = 20
	// least is the part of the requested rate that must be answered for a step to hold.
	least = 0.9
)

// limitReport is what the search for a URL's limit has found.
type limitReport struct {
	URL string `json:"url"`
	// Held is the highest rate, in requests a second, at which all thresholds held.
	Held float64 `json:"held"`
	// Steps are the rates that were tried; the last one is where it breaks.
	Steps []limitStep `json:"steps"`
	// Broke says why the last step did not hold; empty if no limit was found.
	Broke string `json:"broke,omitempty"`
}

// limitStep is a rate that was tried.
type limitStep struct {
	// Requested is in requests a second. The rate of the embedded report is that of the answers.
	Requested float64 `json:"requested"`
	targetReport
}

// findLimit requests a URL at rates that grow until it breaks.
func findLimit(ctx context.Context, attack attacker, from float64, lasts time.Duration, limits thresholds, target string) (*limitReport, error) {
	result := &limitReport{URL: target}
	always := func(t *vegeta.Target) error {
		*t = vegeta.Target{Method: http.MethodGet, URL: target, Header: markedHeader()}
		return nil
	}
	for rate := from; len(result.Steps) < maxSteps; rate = math.Round(rate * growth) {
		var of record
		began := time.Now()
		attack(ctx, always, newRamp(rate, 0, lasts, 0), func(r *vegeta.Result) { of.add(r) })
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("the search was interrupted: %w", err)
		}
		step := limitStep{rate, of.report(target, time.Since(began).Seconds())}
		result.Steps = append(result.Steps, step)
		if result.Broke = step.broke(limits); result.Broke != "" {
			break
		}
		result.Held = rate
	}
	return result, nil
}

// broke says why a step did not hold.
func (s limitStep) broke(limits thresholds) string {
	switch {
	case s.ErrorRate >= limits.errors:
		return fmt.Sprintf("%.2f errors/s are not below %v", s.ErrorRate, limits.errors)
	case s.P95 >= float64(limits.p95.Milliseconds()):
		return fmt.Sprintf("p95 is %.0f ms, not below %s", s.P95, limits.p95)
	case s.Rate < least*s.Requested:
		return fmt.Sprintf("only %.0f of %.0f requests/s are answered", s.Rate, s.Requested)
	}
	return ""
}

// print writes the report as text.
func (r *limitReport) print(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\nrequests/s\tanswers/s\tp50 ms\tp95 ms\tp99 ms\terrors\n", r.URL)
	for _, s := range r.Steps {
		fmt.Fprintf(table, "%.0f\t%.0f\t%.1f\t%.1f\t%.1f\t%d\n", s.Requested, s.Rate, s.P50, s.P95, s.P99, s.errorCount())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	end := "No limit was found."
	if r.Broke != "" {
		end = "It breaks: " + r.Broke
	}
	_, err := fmt.Fprintf(to, "It holds %.0f requests/s. %s\n", r.Held, end)
	return err
}
