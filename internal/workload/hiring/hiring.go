// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package hiring stores and lists positions, interviews and users: the business
// of the tracker, no more than its counters and its cache need to be true.
package hiring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
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
func Register(mux *server.Mux, pool *pgxpool.Pool, lists *cache.Lists, counters *metrics.Metrics, log *slog.Logger) {
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

const (
	maxBody      = 64 << 10 // bytes
	maxLimit     = 100      // elements of a list
	defaultLimit = 50
	// queryTimeout limits how long a request waits for the database.
	queryTimeout = 5 * time.Second
)

// Postgres' error codes.
const (
	codeForeignKeyViolation = "23503"
	codeUniqueViolation     = "23505"
)

// draft is a pointer to D, which a client sends.
type draft[D any] interface {
	*D
	validate() error
	arguments() []any // the values of the columns
}

// collection is a table with its two endpoints: clients send a D and receive an R, which is
// the ID, D and the time of creation. P is a pointer to D.
type collection[D any, P draft[D], R any] struct {
	pool    *pgxpool.Pool
	lists   *cache.Lists
	log     *slog.Logger
	stored  prometheus.Counter
	name    string
	columns string // in the order of D's fields
	values  string // one parameter for each column
}

func register[D any, P draft[D], R any](mux *server.Mux, c *collection[D, P, R]) {
	mux.HandleFunc("POST /"+c.name, c.post)
	mux.HandleFunc("GET /"+c.name, c.get)
}

// failure is an error to report to the client.
type failure struct {
	status  int
	message string
}

// Error implements error.
func (f *failure) Error() string { return f.message }

func (c *collection[D, P, R]) post(w http.ResponseWriter, r *http.Request) {
	var in D
	if err := decode(w, r, &in); err != nil {
		c.writeError(w, r, err)
		return
	}
	if err := P(&in).validate(); err != nil {
		server.WriteError(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	record, err := c.store(r.Context(), P(&in).arguments())
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteJSON(w, http.StatusCreated, record)
}

// store inserts a record. It is not cancelled with the request: a record that is stored
// although the client has gone must be counted.
func (c *collection[D, P, R]) store(ctx context.Context, arguments []any) (R, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queryTimeout)
	defer cancel()
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) RETURNING id, %[2]s, created_at", c.name, c.columns, c.values)
	rows, _ := c.pool.Query(ctx, insert, arguments...) // the rows hold Query's error
	record, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[R])
	if err != nil {
		return record, err
	}
	c.stored.Inc()
	c.lists.Invalidate(ctx, c.name)
	return record, nil
}

func (c *collection[D, P, R]) get(w http.ResponseWriter, r *http.Request) {
	limit := defaultLimit
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			server.WriteError(w, http.StatusBadRequest, fmt.Sprintf("limit must be a number from 1 to %d", maxLimit))
			return
		}
		limit = n
	}
	body, err := c.lists.Read(r.Context(), c.name, strconv.Itoa(limit), func(ctx context.Context) ([]byte, error) {
		return c.load(ctx, limit)
	})
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteRawJSON(w, http.StatusOK, body)
}

// load reads the newest records as {"items": […]}.
func (c *collection[D, P, R]) load(ctx context.Context, limit int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	newest := fmt.Sprintf("SELECT id, %s, created_at FROM %s ORDER BY id DESC LIMIT $1", c.columns, c.name)
	rows, _ := c.pool.Query(ctx, newest, limit) // the rows hold Query's error
	records, err := pgx.CollectRows(rows, pgx.RowToStructByPos[R])
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]R{"items": records})
}

// decode reads one JSON object from the request.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return &failure{http.StatusUnsupportedMediaType, "Content-Type must be application/json"}
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("more than one value")
		}
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	}
	return &failure{http.StatusBadRequest, "the body is not the expected JSON: " + err.Error()}
}

// writeError reports an error to the client, or logs it if it is internal.
func (c *collection[D, P, R]) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var (
		failed *failure
		answer *pgconn.PgError
	)
	switch {
	case errors.As(err, &failed):
		server.WriteError(w, failed.status, failed.message)
	case errors.As(err, &answer) && answer.Code == codeUniqueViolation:
		server.WriteError(w, http.StatusConflict, "it already exists")
	case errors.As(err, &answer) && answer.Code == codeForeignKeyViolation:
		server.WriteError(w, http.StatusUnprocessableEntity, "the position does not exist")
	case r.Context().Err() != nil:
		server.WriteError(w, server.StatusClientClosedRequest, "the client closed the request")
	default:
		c.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		server.WriteError(w, http.StatusServiceUnavailable, "the database is not available")
	}
}
