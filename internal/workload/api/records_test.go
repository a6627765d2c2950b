// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/hiring"
)

func TestChanges(t *testing.T) {
	a := startServers(t).start(t)
	a.awaitReady(t)
	position := decode[hiring.Position](t, a.post(t, "/positions", `{"title":"SRE","description":"On call"}`))
	interview := decode[hiring.Interview](t, a.post(t, "/interviews", `{"position_id":1,"candidate":"Ada","scheduled_at":"3026-05-04T10:00:00Z"}`))
	user := decode[hiring.User](t, a.post(t, "/users", `{"name":"Grace","email":"grace@example.com"}`))

	t.Run("only the fields of the body", func(t *testing.T) {
		position.Description = "Off call"
		interview.Candidate = "Ada Lovelace"
		user.Name = "Grace Hopper"
		for _, test := range []struct {
			path, body string
			diff       func(response) string
		}{
			{"/positions/1", `{"description":" Off call "}`, func(r response) string { return diff(t, position, r) }},
			{"/interviews/1", `{"candidate":"Ada Lovelace"}`, func(r response) string { return diff(t, interview, r) }},
			{"/users/1", `{"name":"Grace Hopper"}`, func(r response) string { return diff(t, user, r) }},
		} {
			for _, answer := range []response{a.do(t, http.MethodPatch, test.path, test.body), a.get(t, test.path)} {
				if diff := test.diff(answer); diff != "" || answer.code != http.StatusOK {
					t.Errorf("%s: %d (-want +got):\n%s", test.path, answer.code, diff)
				}
			}
		}
	})

	t.Run("refused", func(t *testing.T) {
		for _, test := range []struct {
			method, path, body string
			code               int
			message            string // a part of it
		}{
			{http.MethodPatch, "/positions/1", `{}`, http.StatusBadRequest, "no field"},
			{http.MethodPatch, "/positions/1", `null`, http.StatusBadRequest, "no field"},
			{http.MethodPatch, "/positions/1", `[]`, http.StatusBadRequest, "JSON"},
			{http.MethodPatch, "/positions/1", `{"title":null}`, http.StatusBadRequest, "title"},
			{http.MethodPatch, "/positions/1", `{"title":1}`, http.StatusBadRequest, "title"},
			{http.MethodPatch, "/positions/1", `{"salary":1}`, http.StatusBadRequest, "salary"},
			{http.MethodPatch, "/positions/1", `{"id":2}`, http.StatusBadRequest, "id"},
			{http.MethodPatch, "/positions/1", `{"created_at":"2020-01-01T00:00:00Z"}`, http.StatusBadRequest, "created_at"},
			{http.MethodPatch, "/positions/1", `{"title":" "}`, http.StatusUnprocessableEntity, "title"},
			{http.MethodPatch, "/interviews/1", `{"position_title":"CEO"}`, http.StatusBadRequest, "position_title"},
			{http.MethodPatch, "/interviews/1", `{"position_id":77}`, http.StatusUnprocessableEntity, "position"},
			{http.MethodPatch, "/interviews/1", `{"scheduled_at":"2020-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity, "past"},
			{http.MethodPatch, "/users/1", `{"email":"grace"}`, http.StatusUnprocessableEntity, "email"},
			{http.MethodPost, "/users", `{"name":"G","email":"GRACE@example.com"}`, http.StatusConflict, "email must not be that of another user"},
			{http.MethodPatch, "/users/77", `{"name":"G"}`, http.StatusNotFound, "no such user"},
			{http.MethodPatch, "/users/x", `{"name":"G"}`, http.StatusBadRequest, "id"},
			{http.MethodGet, "/users/77", "", http.StatusNotFound, "no such user"},
			{http.MethodGet, "/users/0", "", http.StatusBadRequest, "id"},
			{http.MethodGet, "/users/9223372036854775808", "", http.StatusBadRequest, "id"},
			{http.MethodDelete, "/users/77", "", http.StatusNotFound, "no such user"},
			{http.MethodDelete, "/positions/1", "", http.StatusConflict, "has interviews: delete them"},
		} {
			answer := a.do(t, test.method, test.path, test.body)
			message := decode[map[string]string](t, answer)["error"]
			if answer.code != test.code || !strings.Contains(message, test.message) {
				t.Errorf("%s %s %s: %d %s, want %d with %q", test.method, test.path, test.body, answer.code, message, test.code, test.message)
			}
		}
		if diff := diff(t, position, a.get(t, "/positions/1")); diff != "" {
			t.Errorf("a refused change is stored:\n%s", diff)
		}
	})

	// The lists of interviews show the titles of positions.
	t.Run("visible in cached lists", func(t *testing.T) {
		list := func(path, want string) {
			t.Helper()
			if answer := a.get(t, path); !strings.Contains(string(answer.body), want) {
				t.Errorf("%s: %s, want %s", path, answer.body, want)
			}
		}
		list("/positions", `"title":"SRE"`)
		list("/interviews", `"position_title":"SRE"`)
		a.do(t, http.MethodPatch, "/positions/1", `{"title":"Gardener"}`)
		list("/positions", `"title":"Gardener"`)
		list("/interviews", `"position_title":"Gardener"`)
		for _, path := range []string{"/interviews/1", "/positions/1", "/users/1"} {
			if answer := a.do(t, http.MethodDelete, path, ""); answer.code != http.StatusNoContent {
				t.Errorf("DELETE %s: %d %s", path, answer.code, answer.body)
			}
			if answer := a.get(t, path); answer.code != http.StatusNotFound {
				t.Errorf("GET %s: %d %s", path, answer.code, answer.body)
			}
			list(strings.TrimSuffix(path, "/1"), `{"items":[],"total":0}`)
		}
	})

	// Only creation is counted.
	for _, name := range []string{"positions_created_total", "interviews_scheduled_total", "users_registered_total"} {
		if n := a.metric(t, name); n != 1 {
			t.Errorf("%s is %v", name, n)
		}
	}
}

// Two changes at once, of different fields, are both kept.
func TestConcurrentChanges(t *testing.T) {
	s := startServers(t)
	a := start(t, s.postgres.CreateDatabase(t, "concurrent"), s.redis.URL(), 0)
	a.awaitReady(t)
	a.post(t, "/positions", `{"title":"SRE","description":"On call"}`)
	conn, err := pgx.Connect(t.Context(), s.postgres.URL("concurrent"))
	if err != nil {
		t.Fatal(err)
	}
	// It blocks a write, and not what is read before it.
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE positions IN SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	var changing sync.WaitGroup
	for _, body := range []string{`{"title":"Gardener"}`, `{"description":"Off call"}`} {
		changing.Go(func() { a.do(t, http.MethodPatch, "/positions/1", body) })
	}
	s.postgres.AwaitBlocked(t, "concurrent", 2)
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	changing.Wait()
	if got := decode[hiring.Position](t, a.get(t, "/positions/1")); got.Title != "Gardener" || got.Description != "Off call" {
		t.Errorf("got %+v", got)
	}
}

func diff[T any](t *testing.T, want T, got response) string {
	t.Helper()
	return cmp.Diff(want, decode[T](t, got), cmp.Exporter(func(reflect.Type) bool { return true }))
}

func TestLists(t *testing.T) {
	a := startServers(t).start(t)
	a.awaitReady(t)
	for _, title := range []string{"Gardener", "100% remote", `back\slash`, "snake_case", "ÄRZTIN"} {
		a.post(t, "/positions", fmt.Sprintf(`{"title":%q,"description":"Full time"}`, title))
	}
	day := time.Now().Add(48 * time.Hour).UTC().Truncate(24 * time.Hour)
	at := func(days int) string { return day.AddDate(0, 0, days).Format(time.RFC3339) }
	for i, candidate := range []string{"Ada", "Grace", "Barbara"} {
		a.post(t, "/interviews", fmt.Sprintf(`{"position_id":%d,"candidate":%q,"scheduled_at":%q}`, i%2+1, candidate, at([]int{1, 0, 2}[i])))
	}
	a.post(t, "/users", `{"name":"Linus","email":"kernel@example.com"}`)

	for _, test := range []struct {
		path  string
		want  string // IDs
		total int64
	}{
		{"/positions", "5 4 3 2 1", 5},
		{"/positions?limit=2", "5 4", 5},
		{"/positions?limit=2&offset=4", "1", 5},
		{"/positions?offset=5", "", 5},
		{"/positions?q=", "5 4 3 2 1", 5},
		{"/positions?q=GARD", "1", 1},
		{"/positions?q=full+TIME&limit=1", "5", 5},
		{"/positions?q=%25", "2", 1},
		{"/positions?q=_", "4", 1},
		{"/positions?q=%5C", "3", 1},
		{"/positions?q=nothing", "", 0},
		{"/interviews", "3 2 1", 3},
		{"/interviews?q=ra", "3 2", 2},
		{"/interviews?position_id=1", "3 1", 2},
		{"/interviews?position_id=1&q=ada", "1", 1},
		{"/interviews?position_id=77", "", 0},
		{"/interviews?from=" + at(0), "2 1 3", 3},
		{"/interviews?from=" + at(1) + "&limit=1&offset=1", "3", 2},
		{"/interviews?to=" + at(1), "2", 1},
		{"/interviews?from=" + at(1) + "&to=" + at(2) + "&limit=1", "1", 1},
		{"/users?q=LINUS", "1", 1},
		{"/users?q=kernel", "1", 1},
	} {
		var list struct {
			Items []struct{ ID int64 }
			Total int64
		}
		answer := a.get(t, test.path)
		if err := json.Unmarshal(answer.body, &list); err != nil {
			t.Fatal(err)
		}
		ids := make([]string, len(list.Items))
		for i, item := range list.Items {
			ids[i] = strconv.FormatInt(item.ID, 10)
		}
		if got := strings.Join(ids, " "); got != test.want || list.Total != test.total || list.Items == nil {
			t.Errorf("%s: %q of %d, want %q of %d: %s", test.path, got, list.Total, test.want, test.total, answer.body)
		}
	}

	for query, message := range map[string]string{
		"/positions?limit=0":         "limit must be a number from 1 to 100",
		"/positions?limit=101":       "limit must be a number from 1 to 100",
		"/positions?limit=":          "limit must be a number from 1 to 100",
		"/positions?limit=x":         "limit must be a number from 1 to 100",
		"/positions?offset=-1":       "offset must be a number from 0 to 10000000",
		"/positions?offset=10000001": "offset must be a number from 0 to 10000000",
		"/positions?limit=1&limit=2": "limit must not be repeated",
		"/positions?page=2":          `unknown parameter "page": allowed are q, limit, offset`,
		"/positions?position_id=1":   `unknown parameter "position_id": allowed are q, limit, offset`,
		"/positions?q=%00":           "q must be a text of at most 200 characters",
		"/positions?q=%FF":           "q must be a text of at most 200 characters",
		"/positions?q=" + url.QueryEscape(strings.Repeat("é", 201)): "q must be a text of at most 200 characters",
		"/positions?q=%zz":                 "the query is not valid",
		"/interviews?position_id=x":        "position_id must be the id of a record",
		"/interviews?from=tomorrow":        "from must be a time such as",
		"/interviews?to=2030-01-31":        "to must be a time such as",
		"/users?email=linus%40example.com": `unknown parameter "email": allowed are q, limit, offset`,
	} {
		answer := a.get(t, query)
		if got := decode[map[string]string](t, answer)["error"]; answer.code != http.StatusBadRequest || !strings.HasPrefix(got, message) {
			t.Errorf("%s: %d %s, want %s", query, answer.code, got, message)
		}
	}
}
