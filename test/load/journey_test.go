// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"testing"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// A journey removes what it has created, whichever step fails.
func TestJourney(t *testing.T) {
	all := []string{
		"GET /", "POST /api/positions", "GET /positions/{id}", "POST /api/users", "POST /api/interviews", "GET /interviews",
		"GET /interviews/{id}", "DELETE /api/interviews/{id}", "DELETE /api/users/{id}", "DELETE /api/positions/{id}",
	}
	for name, test := range map[string]struct {
		fails string
		want  []string
	}{
		"works":                        {"", all},
		"nothing is created":           {"POST /api/positions", all[:2]},
		"the first step fails":         {"GET /", all[:1]},
		"no interview":                 {"POST /api/interviews", []string{all[0], all[1], all[2], all[3], all[4], all[8], all[9]}},
		"what is there is not shown":   {"GET /interviews/{id}", all},
		"the interview is not removed": {"DELETE /api/interviews/{id}", all},
	} {
		j := &journey{ids: map[string]int64{}}
		var got []string
		for more := true; more; {
			s := steps[j.next]
			made := s.method + " " + s.path
			got = append(got, made)
			if made != test.fails && s.creates != "" {
				j.ids[s.creates] = 7
			}
			more = j.advance(made == test.fails)
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %q, want %q", name, got, test.want)
				break
			}
		}
	}
}

func TestTargetOf(t *testing.T) {
	to := tracker{frontend: "http://hiring", api: "http://hiring-api:8000"}
	for url, want := range map[string]string{
		"http://hiring/":                      "frontend GET /",
		"http://hiring/positions/17":          "frontend GET /positions/{id}",
		"http://hiring/api/interviews/4":      "frontend GET /api/interviews/{id}",
		"http://hiring-api:8000/health/ready": "api GET /health/ready",
		"http://hiring/api/users/2":           "frontend GET /api/users/{id}",
	} {
		if got := to.targetOf(http.MethodGet, url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// Half of the requests are of the health endpoints, each of them as often.
func TestMix(t *testing.T) {
	to := tracker{frontend: "http://hiring", api: "http://hiring-api:8000"}
	m := newMix(to, nil, "run")
	seen := map[string]int{}
	for range 100 {
		var target vegeta.Target
		if err := m.next(&target); err != nil {
			t.Fatal(err)
		}
		seen[to.targetOf(target.Method, target.URL)]++
	}
	want := map[string]int{
		"frontend GET /health": 10, "api GET /health": 10, "api GET /health/ready": 10, "api GET /health/live": 10,
		"api GET /health/detailed": 10, "frontend GET /": 50, // Of journeys, no first step has been answered.
	}
	for name, count := range want {
		if seen[name] != count {
			t.Errorf("%s: %d requests, want %d", name, seen[name], count)
		}
	}
}
