// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// statementsInterval is the least time between two readings of the statistics.
	statementsInterval = 30 * time.Second
	// statementsTimeout limits how long reading them takes.
	statementsTimeout = 2 * time.Second
	// extensionTimeout limits how long creating the extension takes, for which others may wait.
	extensionTimeout = 10 * time.Second
	// maxStatement is the length that the text of a statement is cut at, in bytes.
	maxStatement = 120
)

// Statement is what Postgres has counted of a statement, whatever the values of its parameters.
type Statement struct {
	// ID is Postgres' queryid, by which pg_stat_statements has the whole text.
	ID string
	// Text is the beginning of the statement, with $1 in place of a value.
	Text string
	// Calls is how often it was executed, and Seconds how long that took in total.
	Calls, Seconds float64
}

// Statements are the slowest statements of the application, by their mean and by their total
// time, as the extension pg_stat_statements counts them.
type Statements struct {
	pool *pgxpool.Pool // One connection, so that users wait for none of theirs.
	log  *slog.Logger

	mu   sync.Mutex
	last []Statement
	next time.Time // When they may be read again.

	refused bool // Postgres has refused to create the extension. Of read, which runs once at a time.
}

// NewStatements returns the statements of the database of the application's pool. The database
// need not be reachable yet.
func NewStatements(ctx context.Context, application *pgxpool.Pool, log *slog.Logger) (*Statements, error) {
	pool, err := single(ctx, application)
	if err != nil {
		return nil, err
	}
	return &Statements{pool: pool, log: log}, nil
}

// Close closes the connection.
func (s *Statements) Close() { s.pool.Close() }

// Slowest returns at most 20 statements, each once, as they were read last: none before that, or
// if the database has no statistics. It never waits for the database: if it is time, it begins
// to read them for the next call.
func (s *Statements) Slowest(ctx context.Context) []Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.After(s.next) {
		s.next = now.Add(statementsInterval)
		go s.read(ctx)
	}
	return s.last
}

func (s *Statements) read(ctx context.Context) {
	statements, err := s.query(ctx)
	if err != nil {
		s.log.DebugContext(ctx, "the statistics of statements can't be read", "exception", err)
		statements = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = statements
}

// errNoStatistics is no failure: Postgres works without statistics of statements.
var errNoStatistics = errors.New("the database has no statistics of statements")

// query asks first whether there are statistics: otherwise each attempt would be an error in the
// server's log. Postgres may have been restarted with the library since the migrations.
func (s *Statements) query(ctx context.Context) ([]Statement, error) {
	readable, creatable, err := statistics(ctx, s.pool)
	if err == nil && creatable && !s.refused {
		err = createExtension(ctx, s.pool)
		readable = err == nil
		s.refused = errors.As(err, new(*pgconn.PgError))
	}
	if err != nil {
		return nil, err
	}
	if !readable {
		return nil, errNoStatistics
	}
	ctx, cancel := context.WithTimeout(ctx, statementsTimeout)
	defer cancel()
	// The rows hold Query's error.
	rows, _ := s.pool.Query(ctx, slowestStatements)
	return pgx.CollectRows(rows, toStatement)
}

// slowestStatements selects the ten slowest statements by mean, and by total time. Both are of
// all time since the statistics began, so that the selection hardly changes. Of the user's own
// queries only: what sets a password is none. A quote remains in a text that Postgres has not
// normalized, and that may hold somebody's data.
const slowestStatements = `
WITH known AS (
	SELECT queryid, left(min(query), 1000) AS query, sum(calls)::float8 AS calls, sum(total_exec_time) / 1000 AS seconds
	FROM pg_stat_statements
	WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
		AND query ~* '^\s*(select|insert|update|delete|merge|with)\M'
		AND query NOT LIKE '%''%'
		AND query NOT LIKE '%pg_stat_statements%'
	GROUP BY queryid
	HAVING sum(calls) > 0
)
(SELECT * FROM known ORDER BY seconds / calls DESC LIMIT 10)
UNION
(SELECT * FROM known ORDER BY seconds DESC LIMIT 10)`

func toStatement(row pgx.CollectableRow) (Statement, error) {
	var (
		id int64
		s  Statement
	)
	err := row.Scan(&id, &s.Text, &s.Calls, &s.Seconds)
	s.ID, s.Text = strconv.FormatInt(id, 10), shorten(s.Text)
	return s, err
}

// shorten puts a statement on one line, and cuts it if it is long.
func shorten(statement string) string {
	statement = strings.Join(strings.Fields(statement), " ")
	if len(statement) > maxStatement {
		const ellipsis = "…"
		statement = strings.ToValidUTF8(statement[:maxStatement-len(ellipsis)], "") + ellipsis
	}
	return strings.ToValidUTF8(statement, "?") // Not every encoding is UTF-8.
}

// enableStatistics creates the extension for the statistics of statements, if the server has
// loaded its library and the user may create it. Without it, the application works as well.
func enableStatistics(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) {
	_, creatable, err := statistics(ctx, pool)
	if err == nil && creatable {
		err = createExtension(ctx, pool)
	}
	if err != nil {
		log.DebugContext(ctx, "the database can't be made to keep statistics of statements", "exception", err)
	}
}

// statistics reports whether the statistics can be read, or else whether all that is missing is
// the extension. It causes no error in the server's log.
func statistics(ctx context.Context, pool *pgxpool.Pool) (readable, creatable bool, err error) {
	// The library brings its settings, which every user can read.
	const state = `SELECT loaded AND to_regclass('pg_stat_statements') IS NOT NULL,
			loaded AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
		FROM (SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded) AS library`
	ctx, cancel := context.WithTimeout(ctx, statementsTimeout)
	defer cancel()
	err = pool.QueryRow(ctx, state).Scan(&readable, &creatable)
	return readable, creatable, err
}

func createExtension(ctx context.Context, pool *pgxpool.Pool) error {
	// One transaction. Of several processes that start at once, the first creates it.
	const creation = `SELECT pg_advisory_xact_lock(hashtext('CREATE EXTENSION pg_stat_statements'));
		CREATE EXTENSION IF NOT EXISTS pg_stat_statements`
	ctx, cancel := context.WithTimeout(ctx, extensionTimeout)
	defer cancel()
	if _, err := pool.Exec(ctx, creation); err != nil {
		return fmt.Errorf("creating the extension pg_stat_statements: %w", err)
	}
	return nil
}
