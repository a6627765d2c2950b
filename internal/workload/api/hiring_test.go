// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/hiring"
)

type items[T any] struct {
	Items []T   `json:"items"`
	Total int64 `json:"total"`
}

func TestHiring(t *testing.T) {
	a := startServers(t).start(t)
	a.awaitReady(t)

	t.Run("stored, listed and counted", func(t *testing.T) {
		position := decode[hiring.Position](t, a.post(t, "/positions", `{"title":" SRE ","description":"On call"}`))
		if position.ID < 1 || position.Title != "SRE" || position.Description != "On call" || position.CreatedAt.IsZero() {
			t.Errorf("got %+v", position)
		}
		interview := decode[hiring.Interview](t, a.post(t, "/interviews",
			fmt.Sprintf(`{"position_id":%d,"candidate":"Ada","scheduled_at":"3026-05-04T10:00:00+02:00"}`, position.ID)))
		if interview.PositionID != position.ID || interview.PositionTitle != "SRE" || interview.ScheduledAt.UTC().Hour() != 8 {
			t.Errorf("got %+v", interview)
		}
		user := decode[hiring.User](t, a.post(t, "/users", `{"name":"Grace","email":"grace@example.com"}`))
		if user.Email != "grace@example.com" {
			t.Errorf("got %+v", user)
		}
		if list := decode[items[hiring.Position]](t, a.get(t, "/positions")); len(list.Items) != 1 || list.Items[0].ID != position.ID {
			t.Errorf("positions: got %+v", list)
		}
		if list := decode[items[hiring.Interview]](t, a.get(t, "/interviews")); len(list.Items) != 1 {
			t.Errorf("interviews: got %+v", list)
		}
		if list := decode[items[hiring.User]](t, a.get(t, "/users")); len(list.Items) != 1 {
			t.Errorf("users: got %+v", list)
		}
		for _, name := range []string{
			"positions_created_total", "interviews_scheduled_total", "users_registered_total",
			`feature_uses_total{feature="position_added"}`, `feature_uses_total{feature="users_listed"}`,
		} {
			if n := a.metric(t, name); n != 1 {
				t.Errorf("%s is %v", name, n)
			}
		}
	})

	t.Run("refused", func(t *testing.T) {
		for _, test := range []struct {
			method, path, body string
			code               int
		}{
			{http.MethodPost, "/positions", `{"title":"  "}`, http.StatusUnprocessableEntity},
			{http.MethodPost, "/positions", `{"title":"a\u0000b"}`, http.StatusUnprocessableEntity},
			{http.MethodPost, "/positions", `{"title":"` + strings.Repeat("x", 201) + `"}`, http.StatusUnprocessableEntity},
			{http.MethodPost, "/positions", `{"title":"x","salary":1}`, http.StatusBadRequest},
			{http.MethodPost, "/positions", `{"title":"x"} {}`, http.StatusBadRequest},
			{http.MethodPost, "/positions", `{"title":`, http.StatusBadRequest},
			{http.MethodPost, "/positions", `{"title":"` + strings.Repeat("x", 65<<10) + `"}`, http.StatusRequestEntityTooLarge},
			{http.MethodPost, "/positions", "", http.StatusUnsupportedMediaType},
			{http.MethodPost, "/interviews", `{"candidate":"Ada"}`, http.StatusUnprocessableEntity},
			{
				http.MethodPost, "/interviews", `{"position_id":999,"candidate":"Ada","scheduled_at":"3026-05-04T10:00:00Z"}`,
				http.StatusUnprocessableEntity,
			},
			{http.MethodPost, "/users", `{"name":"G","email":"Grace <grace@example.com>"}`, http.StatusUnprocessableEntity},
			{http.MethodPost, "/users", `{"name":"G","email":"GRACE@example.com"}`, http.StatusConflict},
			{
				http.MethodPost, "/interviews", `{"position_id":1,"candidate":"Ada","scheduled_at":"2020-05-04T10:00:00Z"}`,
				http.StatusUnprocessableEntity,
			},
			{http.MethodGet, "/nowhere", "", http.StatusNotFound},
			{http.MethodPut, "/positions", `{}`, http.StatusMethodNotAllowed},
		} {
			answer := a.do(t, test.method, test.path, test.body)
			if answer.code != test.code {
				t.Errorf("%s %s %.40s: %d %s, want %d", test.method, test.path, test.body, answer.code, answer.body, test.code)
			}
			if refusal := decode[map[string]string](t, answer); refusal["error"] == "" {
				t.Errorf("%s %s: no error in %s", test.method, test.path, answer.body)
			}
		}
		if n := a.metric(t, "positions_created_total"); n != 1 {
			t.Errorf("positions_created_total is %v, although 1 was stored", n)
		}
	})
}

func TestCache(t *testing.T) {
	a := startServers(t).start(t)
	a.awaitReady(t)
	if ratio := a.metric(t, "cache_hit_ratio"); !math.IsNaN(ratio) {
		t.Errorf("cache_hit_ratio is %v before the first lookup", ratio)
	}

	list := func(want int) {
		t.Helper()
		if got := decode[items[hiring.Position]](t, a.get(t, "/positions")); len(got.Items) != want {
			t.Errorf("%d positions, want %d", len(got.Items), want)
		}
	}
	list(0) // a miss
	list(0) // a hit
	a.post(t, "/positions", `{"title":"SRE"}`)
	list(1) // a miss: the new position is visible immediately
	list(1) // a hit
	list(1) // a hit
	for _, path := range []string{"/positions?q=SRE", "/positions?offset=1", "/positions/1"} {
		a.get(t, path) // They are not cached, and not looked up.
	}
	for range 5 {
		a.get(t, "/health/detailed") // It pings Redis, but looks nothing up.
	}
	if ratio := a.metric(t, "cache_hit_ratio"); ratio != 0.6 {
		t.Errorf("cache_hit_ratio is %v, want 3 of 5", ratio)
	}
}
