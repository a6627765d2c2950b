// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package hiring stores and lists positions, interviews and users: the business
// of the tracker, no more than its counters and its cache need to be true.
package hiring

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
)

// Maximum lengths in characters.
const (
	maxName        = 200
	maxDescription = 10_000
	maxEmail       = 254 // RFC 5321
)

// Position is a stored position.
type Position struct {
	ID int64 `json:"id"`
	newPosition
	CreatedAt time.Time `json:"created_at"`
}

// newPosition is what a client sends to create a Position.
type newPosition struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (p *newPosition) validate() error {
	return errors.Join(
		text("title", &p.Title, 1, maxName),
		text("description", &p.Description, 0, maxDescription),
	)
}

func (p *newPosition) arguments() []any { return []any{p.Title, p.Description} }

// Interview is a stored interview.
type Interview struct {
	ID int64 `json:"id"`
	newInterview
	CreatedAt time.Time `json:"created_at"`
}

// newInterview is what a client sends to create an Interview.
type newInterview struct {
	PositionID  int64     `json:"position_id"`
	Candidate   string    `json:"candidate"`
	ScheduledAt time.Time `json:"scheduled_at"`
}

func (i *newInterview) validate() error {
	var noPosition, noTime error
	if i.PositionID < 1 {
		noPosition = errors.New("position_id must name a position")
	}
	if i.ScheduledAt.IsZero() {
		noTime = errors.New("scheduled_at must be a time such as 2026-01-31T15:00:00Z")
	}
	return errors.Join(noPosition, text("candidate", &i.Candidate, 1, maxName), noTime)
}

func (i *newInterview) arguments() []any { return []any{i.PositionID, i.Candidate, i.ScheduledAt} }

// User is a stored user.
type User struct {
	ID int64 `json:"id"`
	newUser
	CreatedAt time.Time `json:"created_at"`
}

// newUser is what a client sends to create a User.
type newUser struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func (u *newUser) validate() error {
	err := errors.Join(
		text("name", &u.Name, 1, maxName),
		text("email", &u.Email, 1, maxEmail),
	)
	if err != nil {
		return err
	}
	if address, err := mail.ParseAddress(u.Email); err != nil || address.Address != u.Email {
		return errors.New("email must be an address such as ada@example.com")
	}
	return nil
}

func (u *newUser) arguments() []any { return []any{u.Name, u.Email} }

// text trims a value and checks its length in characters.
func text(name string, value *string, least, most int) error {
	*value = strings.TrimSpace(*value)
	if n := utf8.RuneCountInString(*value); n < least || n > most {
		return fmt.Errorf("%s must have %d to %d characters", name, least, most)
	}
	if strings.ContainsRune(*value, 0) { // Postgres can't store it.
		return fmt.Errorf("%s must not contain NUL", name)
	}
	return nil
}

// Register adds the endpoints to mux.
func Register(mux *http.ServeMux, pool *pgxpool.Pool, lists *cache.Lists, counters *metrics.Metrics, log *slog.Logger) {
	register(mux, &collection[newPosition, *newPosition, Position]{
		pool: pool, lists: lists, log: log, stored: counters.PositionsCreated,
		name: "positions", columns: "title, description", values: "$1, $2",
	})
	register(mux, &collection[newInterview, *newInterview, Interview]{
		pool: pool, lists: lists, log: log, stored: counters.InterviewsScheduled,
		name: "interviews", columns: "position_id, candidate, scheduled_at", values: "$1, $2, $3",
	})
	register(mux, &collection[newUser, *newUser, User]{
		pool: pool, lists: lists, log: log, stored: counters.UsersRegistered,
		name: "users", columns: "name, email", values: "$1, $2",
	})
}
