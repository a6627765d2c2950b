// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// marker begins the title, candidate or name of everything that a journey creates.
	marker = "[load test] "
	// journeyName is the value of contract.HeaderJourney.
	journeyName = "load"
	// headerNumber leads from a request to its journey. It is not sent.
	headerNumber = "X-Load-Journey"
	// maxBody is how much is read of a response that has the ID of what was created.
	maxBody = 64 << 10
)

// tracker is where the requests go.
type tracker struct {
	frontend string // its URL
	api      string // its URL; empty if only the frontend can be reached
}

// request is one that does not depend on any other.
type request struct{ method, url string }

// checks are the health endpoints.
func (t tracker) checks() []request {
	all := []request{{http.MethodGet, t.frontend + contract.PathHealth}}
	if t.api != "" {
		for _, path := range []string{contract.PathHealth, contract.PathReady, contract.PathLive, contract.PathDetailed} {
			all = append(all, request{http.MethodGet, t.api + path})
		}
	}
	return all
}

// step is a request of a journey.
type step struct {
	method string
	// path has {id} where the ID of what the step needs belongs.
	path string
	// needs is the kind of what the journey has created before, if any. Without that, the step is left out.
	needs string
	// creates is the kind of what it creates, if any.
	creates string
	body    func(j *journey) any
}

// steps are what a user does: look at the positions, add one, register a user, schedule an
// interview, look at it, and remove all of it.
var steps = []step{
	{method: http.MethodGet, path: "/"},
	{method: http.MethodPost, path: "/api/positions", creates: "position", body: func(j *journey) any {
		return map[string]any{"title": j.title(), "description": "Made by a load test, which removes it."}
	}},
	{method: http.MethodGet, path: "/positions/{id}", needs: "position"},
	{method: http.MethodPost, path: "/api/users", creates: "user", body: func(j *journey) any {
		return map[string]any{"name": j.title(), "email": fmt.Sprintf("load-test-%s@%s", strings.ReplaceAll(j.name, " ", "-"), contract.JourneyMailDomain)}
	}},
	{method: http.MethodPost, path: "/api/interviews", needs: "position", creates: "interview", body: func(j *journey) any {
		return map[string]any{"position_id": j.ids["position"], "candidate": j.title(), "scheduled_at": j.interviewAt}
	}},
	{method: http.MethodGet, path: "/interviews"},
	{method: http.MethodGet, path: "/interviews/{id}", needs: "interview"},
	{method: http.MethodDelete, path: "/api/interviews/{id}", needs: "interview"},
	{method: http.MethodDelete, path: "/api/users/{id}", needs: "user"},
	{method: http.MethodDelete, path: "/api/positions/{id}", needs: "position"},
}

// journey is what one user does.
type journey struct {
	name        string
	next        int // the index of the next step
	ids         map[string]int64
	interviewAt time.Time
}

func (j *journey) title() string { return marker + j.name }

// advance leads to the next step that can be made. When the one before has failed, the journey
// goes on with the removal of what there is. ok is false if it is over.
func (j *journey) advance(failed bool) (ok bool) {
	for j.next++; j.next < len(steps); j.next++ {
		s := steps[j.next]
		if (s.needs == "" || j.ids[s.needs] != 0) && (!failed || s.method == http.MethodDelete) {
			return true
		}
	}
	return false
}

// mix is a vegeta.Targeter and the transport of its requests: a health endpoint and a step of a
// journey in turn. A journey's next step is sent when the one before has been answered.
type mix struct {
	tracker   tracker
	transport http.RoundTripper
	run       string // distinguishes the records of this run
	now       func() time.Time

	mu      sync.Mutex
	turn    int
	started uint64
	waiting []*journey // those whose last request has been answered; as many as there are workers at most
	running map[string]*journey
}

func newMix(to tracker, transport http.RoundTripper, run string) *mix {
	return &mix{tracker: to, transport: transport, run: run, now: time.Now, running: map[string]*journey{}}
}

// next is the vegeta.Targeter.
func (m *mix) next(t *vegeta.Target) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	*t = vegeta.Target{Header: markedHeader()}
	if checks := m.tracker.checks(); m.turn%2 == 0 {
		check := checks[m.turn/2%len(checks)]
		t.Method, t.URL = check.method, check.url
		return nil
	}
	j := m.take()
	s := steps[j.next]
	path := strings.ReplaceAll(s.path, "{id}", strconv.FormatInt(j.ids[s.needs], 10))
	t.Method, t.URL = s.method, m.tracker.frontend+path
	number := strconv.FormatUint(m.started, 10)
	if s.body != nil {
		body, err := json.Marshal(s.body(j))
		if err != nil {
			return err
		}
		t.Body = body
		t.Header.Set("Content-Type", "application/json")
	}
	m.running[number] = j
	t.Header.Set(headerNumber, number)
	m.started++
	return nil
}

// take is the journey that has waited longest, or a new one.
func (m *mix) take() *journey {
	if len(m.waiting) > 0 {
		j := m.waiting[0]
		m.waiting = m.waiting[1:]
		return j
	}
	return &journey{
		name: fmt.Sprintf("%s %d", m.run, m.started), ids: map[string]int64{},
		interviewAt: m.now().Add(24 * time.Hour).UTC().Truncate(time.Second),
	}
}

// RoundTrip sends a request, and reads of the response what the rest of the journey needs.
func (m *mix) RoundTrip(r *http.Request) (*http.Response, error) {
	number := r.Header.Get(headerNumber)
	if number == "" {
		return m.transport.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Del(headerNumber)
	response, err := m.transport.RoundTrip(r)
	var id int64
	if err == nil && response.StatusCode == http.StatusCreated {
		id, err = createdID(response)
	}
	m.answered(number, err == nil && response.StatusCode < http.StatusBadRequest, id)
	return response, err
}

// createdID reads the ID from a response, whose body can still be read.
func createdID(response *http.Response) (int64, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	var created struct{ ID int64 }
	if err := json.Unmarshal(body, &created); err != nil {
		return 0, fmt.Errorf("the response is not that of a new record: %w", err)
	}
	return created.ID, nil
}

// answered lets a journey go on.
func (m *mix) answered(number string, worked bool, id int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := m.running[number]
	delete(m.running, number)
	if creates := steps[j.next].creates; creates != "" && worked {
		j.ids[creates] = id
	}
	if j.advance(!worked) {
		m.waiting = append(m.waiting, j)
	}
}

// targetOf is what a request is counted as: its component, method and path without IDs.
func (t tracker) targetOf(method, url string) string {
	component, path := "frontend", strings.TrimPrefix(url, t.frontend)
	if t.api != "" && strings.HasPrefix(url, t.api+"/") {
		component, path = "api", strings.TrimPrefix(url, t.api)
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if _, err := strconv.ParseUint(part, 10, 64); err == nil {
			parts[i] = "{id}"
		}
	}
	return component + " " + method + " " + strings.Join(parts, "/")
}

// markedHeader keeps a request out of the business metrics.
func markedHeader() http.Header { return http.Header{contract.HeaderJourney: {journeyName}} }
