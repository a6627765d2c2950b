// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package journey_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// age makes all records of some collections older than any run.
func (w *tracker) age(t *testing.T, collections ...string) {
	t.Helper()
	for _, collection := range collections {
		w.postgres.Exec(t, "journey", "UPDATE "+collection+" SET created_at = now() - interval '31 minutes'")
	}
}

// leave adds a record as another run of the journey would, and returns its path.
func (w *tracker) leave(t *testing.T, collection, body string) string {
	t.Helper()
	return "/" + collection + "/" + lastID(t, w.request(t, http.MethodPost, "/"+collection, body)+",")
}

func (w *tracker) exists(t *testing.T, path string) bool {
	t.Helper()
	return !strings.Contains(w.request(t, http.MethodGet, path, ""), `"error"`)
}

// What earlier runs have left is removed as far as it can be, and neither what other runs may use nor
// what can't be removed fails a journey.
func TestLeftovers(t *testing.T) {
	w := start(t)
	position := func(t *testing.T) string { return w.leave(t, "positions", `{"title":"journey hiring: 12345678"}`) }
	interview := func(t *testing.T, position, candidate string) string {
		return w.leave(t, "interviews", fmt.Sprintf(`{"position_id":%s,"candidate":%q,"scheduled_at":"2999-01-02T03:04:05Z"}`,
			strings.TrimPrefix(position, "/positions/"), candidate))
	}
	const marked = "journey hiring: 12345678"

	t.Run("another run uses it", func(t *testing.T) {
		used := position(t)
		if err := w.run(t, "hiring", w.frontend.Public.ServeHTTP); err != nil || !w.exists(t, used) {
			t.Errorf("error %v; %s exists: %t", err, used, w.exists(t, used))
		}
		w.request(t, http.MethodDelete, used, "")
	})

	t.Run("a person uses it", func(t *testing.T) {
		first, used, last := position(t), position(t), position(t)
		interview(t, used, marked)
		persons := interview(t, used, "Ada")
		w.age(t, "interviews", "positions")
		if err := w.run(t, "hiring", w.frontend.Public.ServeHTTP); err != nil {
			t.Error(err)
		}
		if w.exists(t, first) || w.exists(t, last) || !w.exists(t, used) || !w.exists(t, persons) {
			t.Errorf("exist: %s %t, %s %t; don't: %s %t, %s %t",
				first, w.exists(t, first), last, w.exists(t, last), used, !w.exists(t, used), persons, !w.exists(t, persons))
		}
		if log := w.log.String(); strings.Count(log, "can't all be removed") != 1 || !strings.Contains(log, "/api"+used+": ") {
			t.Errorf("log %q, want %s", log, used)
		}
		w.request(t, http.MethodDelete, persons, "")
		w.request(t, http.MethodDelete, used, "")
	})

	t.Run("a position with a later interview", func(t *testing.T) {
		left := position(t)
		w.age(t, "positions")
		interview(t, left, marked)
		if err := w.run(t, "hiring", w.frontend.Public.ServeHTTP); err != nil {
			t.Error(err)
		}
		if rest := w.rest(t); rest != nothing {
			t.Errorf("it leaves %s", rest)
		}
	})

	t.Run("another run removes it first", func(t *testing.T) {
		left, removed := position(t), false
		w.age(t, "positions")
		if err := w.run(t, "hiring", func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && r.URL.Path == "/api"+left {
				w.request(t, http.MethodDelete, left, "")
				removed = true
			}
			w.frontend.Public.ServeHTTP(rw, r)
		}); err != nil || !removed {
			t.Errorf("error %v, removed %t", err, removed)
		}
	})

	t.Run("the removal of one fails", func(t *testing.T) {
		all := []string{position(t), position(t), position(t)}
		w.age(t, "positions")
		w.log.Reset()
		err := w.run(t, "hiring", func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete && r.URL.Path == "/api"+all[1] {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.frontend.Public.ServeHTTP(rw, r)
		})
		want := "/api" + all[1] + ": DELETE /api/positions/{id} answered 503 Service Unavailable"
		if log := w.log.String(); err != nil || !strings.Contains(log, want) {
			t.Errorf("error %v, log %q, want %s", err, log, want)
		}
		if w.exists(t, all[0]) || !w.exists(t, all[1]) || w.exists(t, all[2]) {
			t.Errorf("the journey leaves %s", w.rest(t))
		}
	})
}
