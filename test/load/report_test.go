// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var specified = thresholds{p95: 2 * time.Second, errors: 0.1}

func TestMissed(t *testing.T) {
	good := targetReport{Target: "frontend GET /", Requests: 100, P95: 1999, ErrorRate: 0.09}
	slow := targetReport{Target: "api GET /health", Requests: 100, P95: 2000}
	for name, test := range map[string]struct {
		total   targetReport
		targets []targetReport
		want    string
	}{
		"just below":   {good, []targetReport{good}, ""},
		"nothing sent": {targetReport{}, nil, "no request was sent"},
		"slow target":  {good, []targetReport{good, slow}, "p95 of api GET /health is 2000 ms, not below 2s"},
		"errors":       {targetReport{Requests: 100, ErrorRate: 0.1}, nil, "0.10 errors/s are not below 0.1"},
		"both": {
			targetReport{Requests: 100, ErrorRate: 7},
			[]targetReport{slow},
			"7.00 errors/s are not below 0.1|p95 of api GET /health is 2000 ms, not below 2s",
		},
	} {
		if got := strings.Join(missed(test.total, test.targets, specified), "|"); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestReport(t *testing.T) {
	began := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	results := newRecorder(began)
	for i := range 100 {
		results.add("api GET /health", &vegeta.Result{
			Code: 200, Timestamp: began.Add(time.Duration(i) * 100 * time.Millisecond), Latency: time.Duration(i+1) * time.Millisecond,
		})
	}
	failed := func(after time.Duration, code uint16) {
		results.add("frontend GET /", &vegeta.Result{Code: code, Error: "it failed", Timestamp: began.Add(after), Latency: time.Second})
	}
	failed(3*time.Second, 503)
	failed(4*time.Second, 503)
	failed(2*time.Second, 0)

	got := results.report(began.Add(10*time.Second), specified)
	if got.Seconds != 10 || got.Total.Requests != 103 || got.Total.Rate != 10.3 || got.Total.ErrorRate != 0.3 {
		t.Errorf("the total is %+v", got.Total)
	}
	health, page := got.Targets[0], got.Targets[1]
	if health.P50 < 50 || health.P50 > 51 || health.P95 < 95 || health.P95 > 96 || health.P99 < 99 || health.P99 > 100 || health.Errors != nil || health.FirstError != nil {
		t.Errorf("of what worked: %+v", health)
	}
	if page.Errors["503"] != 2 || page.Errors[noAnswer] != 1 || !page.FirstError.Equal(began.Add(3*time.Second)) || !page.LastError.Equal(began.Add(5*time.Second)) {
		t.Errorf("of what failed: %+v, from %s to %s", page, page.FirstError, page.LastError)
	}

	var text bytes.Buffer
	if err := got.print(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"api GET /health  100", "503: 2, no answer: 1", "Missed: 0.30 errors/s are not below 0.1"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
}

func TestReportOfNothing(t *testing.T) {
	now := time.Now()
	if got := newRecorder(now).report(now, specified); len(got.Missed) != 1 || got.Total.Rate != 0 {
		t.Errorf("%+v", got)
	}
}

func TestBroke(t *testing.T) {
	for name, test := range map[string]struct {
		step limitStep
		want string
	}{
		"holds":  {limitStep{100, targetReport{Rate: 90, P95: 1999, ErrorRate: 0.09}}, ""},
		"errors": {limitStep{100, targetReport{Rate: 100, ErrorRate: 0.1}}, "0.10 errors/s are not below 0.1"},
		"slow":   {limitStep{100, targetReport{Rate: 100, P95: 2000}}, "p95 is 2000 ms, not below 2s"},
		"behind": {limitStep{100, targetReport{Rate: 89}}, "only 89 of 100 requests/s are answered"},
	} {
		if got := test.step.broke(specified); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
