// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// fakeTracker is an API and a frontend that keep records in memory.
type fakeTracker struct {
	mu       sync.Mutex
	last     int64
	records  map[string]map[int64]map[string]any // by collection and ID
	created  int
	unmarked []string                // requests that would count in business metrics
	fail     func(*http.Request) int // a status instead of the answer, after the request has been carried out
}

func (f *fakeTracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get(contract.HeaderJourney) != journeyName || r.Header.Get(headerNumber) != "" {
		f.unmarked = append(f.unmarked, r.Method+" "+r.URL.Path)
	}
	status, answer := f.respond(r)
	if f.fail != nil {
		if failed := f.fail(r); failed != 0 {
			status, answer = failed, map[string]any{}
		}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *fakeTracker) respond(r *http.Request) (int, any) {
	parts := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api"), "/"), "/")
	collection := f.records[parts[0]]
	if collection == nil {
		return http.StatusOK, nil // the health endpoints and the first page
	}
	if len(parts) == 1 && r.Method == http.MethodPost {
		record := map[string]any{}
		if err := json.NewDecoder(r.Body).Decode(&record); err != nil {
			return http.StatusBadRequest, nil
		}
		f.last++
		f.created++
		record["id"] = f.last
		collection[f.last] = record
		return http.StatusCreated, record
	}
	if len(parts) == 1 {
		items := []any{}
		for _, record := range collection {
			items = append(items, record)
		}
		return http.StatusOK, map[string]any{"items": items}
	}
	id, _ := strconv.ParseInt(parts[1], 10, 64)
	if collection[id] == nil {
		return http.StatusNotFound, nil
	}
	if r.Method == http.MethodDelete {
		delete(collection, id)
		return http.StatusNoContent, nil
	}
	return http.StatusOK, collection[id]
}

// left are the records that are still there.
func (f *fakeTracker) left() (n int) {
	for _, collection := range f.records {
		n += len(collection)
	}
	return n
}

func serve(t *testing.T, f *fakeTracker) string {
	t.Helper()
	f.records = map[string]map[int64]map[string]any{"positions": {}, "interviews": {}, "users": {}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

// runFor runs a short load against a server, and reads its report. Its rate and limits are such that a slow machine, too,
// gets through most of it.
func runFor(t *testing.T, arguments ...string) (*report, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	o, err := parse(append([]string{"-peak=100", "-up=0s", "-hold=4s", "-down=0s", "-workers=4", "-p95=1m", "-timeout=1m", "-json=" + file}, arguments...), noEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	ran := o.run(t.Context(), &bytes.Buffer{})
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := &report{}
	if err := json.Unmarshal(content, found); err != nil {
		t.Fatal(err)
	}
	return found, ran
}

func noEnvironment(string) string { return "" }

func TestRun(t *testing.T) {
	f := &fakeTracker{}
	url := serve(t, f)
	// The same server under two names: a prefix distinguishes them.
	found, err := runFor(t, "-frontend-url="+url, "-api-url="+strings.Replace(url, "127.0.0.1", "localhost", 1))
	if err != nil {
		t.Fatal(err, found.Missed)
	}
	if f.created == 0 || f.left() > 0 || len(f.unmarked) > 0 {
		t.Errorf("%d records were created, %d are left, and of %d requests the header is wrong, such as %q",
			f.created, f.left(), len(f.unmarked), f.unmarked[:min(3, len(f.unmarked))])
	}
	seen := map[string]bool{}
	for _, target := range found.Targets {
		seen[target.Target] = true
	}
	for _, want := range []string{"frontend GET /health", "api GET /health/ready", "frontend POST /api/interviews", "frontend DELETE /api/users/{id}", "frontend DELETE /api/positions/{id}"} {
		if !seen[want] {
			t.Errorf("there was no %s", want)
		}
	}
	if found.Total.Requests < 30 {
		t.Errorf("only %d requests were sent", found.Total.Requests)
	}
}

// Records whose creation had no good answer are found and removed; those of others are not touched.
func TestLeftovers(t *testing.T) {
	f := &fakeTracker{fail: func(r *http.Request) int {
		if r.Method == http.MethodPost {
			return http.StatusServiceUnavailable
		}
		return 0
	}}
	url := serve(t, f)
	f.records["positions"][9999] = map[string]any{"id": 9999, "title": "Tester of [load test] tools"}
	found, err := runFor(t, "-frontend-url="+url)
	if !errors.Is(err, errMissed) || found.Total.Errors["503"] == 0 {
		t.Errorf("%v, with the errors %v", err, found.Total.Errors)
	}
	if f.created == 0 || f.left() != 1 || f.records["positions"][9999] == nil {
		t.Errorf("%d records were created, and left are %v", f.created, f.records)
	}
}

// What can't be removed is reported.
func TestSweepGivesUp(t *testing.T) {
	f := &fakeTracker{fail: func(*http.Request) int { return http.StatusBadGateway }}
	url := serve(t, f)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := sweep(ctx, http.DefaultClient, tracker{frontend: url})
	if err == nil || !strings.Contains(err.Error(), "may be left in "+url+"/api/interviews") {
		t.Error(err)
	}
}

// transport answers requests without a connection.
type transport func(*http.Request) *http.Response

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// A server that answers some requests and no more breaks where it does. The time is that of a bubble: a machine that is
// slow itself would break first.
func TestFindLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const url = "http://hiring/positions"
		o, err := parse([]string{"-limit=" + url, "-limit-from=100", "-limit-step=1s"}, noEnvironment)
		if err != nil {
			t.Fatal(err)
		}
		var count atomic.Int64
		attack := o.attacker(transport(func(r *http.Request) *http.Response {
			answer := httptest.NewRecorder()
			if count.Add(1) > 150 {
				answer.Code = http.StatusTooManyRequests
			}
			response := answer.Result()
			response.Request = r
			return response
		}))
		found, err := findLimit(t.Context(), attack, o.limitFrom, o.limitStep, o.limits, o.limitOf)
		if err != nil {
			t.Fatal(err)
		}
		if found.URL != url || found.Held != 100 || len(found.Steps) != 2 || !strings.HasSuffix(found.Broke, "errors/s are not below 0.1") {
			t.Errorf("%+v", found)
		}
	})
}

// The search is what -limit asks for, and its report is printed.
func TestRunFindsLimit(t *testing.T) {
	f := &fakeTracker{fail: func(*http.Request) int { return http.StatusTooManyRequests }}
	o, err := parse([]string{"-limit=" + serve(t, f) + "/positions", "-limit-step=1s"}, noEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := o.run(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"It holds 0 requests/s. It breaks: ", "errors/s are not below 0.1"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
}

func TestParse(t *testing.T) {
	environment := func(name string) string {
		return map[string]string{contract.EnvFrontendURL: "http://hiring/", contract.EnvAPIURL: "http://hiring-api:8000"}[name]
	}
	o, err := parse(nil, environment)
	if err != nil || o.tracker != (tracker{"http://hiring", "http://hiring-api:8000"}) || o.limits != specified || o.ramp.lasts() != 90*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
	for arguments, want := range map[string]string{
		"":                          `FRONTEND_URL must be an http:// or https:// URL, not ""`,
		"-frontend-url=hiring:3000": "FRONTEND_URL must be",
		"-frontend-url=http://h -api-url=ftp://h": "API_URL must be",
		"-frontend-url=http://h -peak=0":          "must be more than 0",
		"-frontend-url=http://h -up=-1s":          "must not be negative",
		"-frontend-url=http://h -workers=0":       "must be more than 0",
		"-frontend-url=http://h run":              `unexpected argument "run"`,
		"-limit=h":                                "-limit must be",
		"-limit=http://h -limit-from=0":           "-limit-from must be",
	} {
		if _, err := parse(strings.Fields(arguments), noEnvironment); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", arguments, err, want)
		}
	}
	if _, err := parse([]string{"-h"}, noEnvironment); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
}
