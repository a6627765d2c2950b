// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package hiring stores, changes and lists positions, interviews and users: the business of
// the tracker, no more than its counters and its cache need to be true.
package hiring

import (
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// Register adds the endpoints to mux.
func Register(mux *server.Mux, pool *pgxpool.Pool, lists *cache.Lists, counters *metrics.Metrics, log *slog.Logger) {
	store := store{pool: pool, lists: lists, log: log, now: time.Now}
	register(mux, &collection[Position, *Position]{
		store: store, stored: counters.PositionsCreated,
		name: "positions", singular: "position", shownBy: "interviews",
		columns: []string{"title", "description"},
		filters: map[string]filter{"q": search("title", "description")},
	})
	register(mux, &collection[Interview, *Interview]{
		store: store, stored: counters.InterviewsScheduled,
		name: "interviews", singular: "interview",
		columns: []string{"position_id", "candidate", "scheduled_at"},
		derived: []string{"(SELECT title FROM positions WHERE positions.id = position_id)"},
		filters: map[string]filter{
			"q":           search("candidate"),
			"position_id": reference("position_id"),
			"from":        since("scheduled_at"),
			"to":          before("scheduled_at"),
		},
	})
	register(mux, &collection[User, *User]{
		store: store, stored: counters.UsersRegistered,
		name: "users", singular: "user",
		columns:  []string{"name", "email"},
		filters:  map[string]filter{"q": search("name", "email")},
		journeys: "email LIKE '%@" + contract.JourneyMailDomain + "'",
	})
}

func register[R any, P record[R]](mux *server.Mux, c *collection[R, P]) {
	list, one := "/"+c.name, "/"+c.name+"/{id}"
	mux.HandleFunc("GET "+list, c.list)
	mux.HandleFunc("POST "+list, c.post)
	mux.HandleFunc("GET "+one, c.get)
	mux.HandleFunc("PATCH "+one, c.patch)
	mux.HandleFunc("DELETE "+one, c.remove)
}
