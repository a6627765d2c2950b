// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package database connects to Postgres and migrates its schema.
package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// connectTimeout limits how long connecting takes, unless the URL has a connect_timeout.
const connectTimeout = 5 * time.Second

// errURL does not wrap the parser's error, which may contain the password.
var errURL = errors.New("is not a URL of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE (the value is not shown: it holds a password)")

// Open returns a pool of connections for a postgres:// URL. The database need not be
// reachable yet. The error continues a message that begins with the name of the variable
// with the URL. change, if not nil, changes the configuration that the URL results in.
func Open(ctx context.Context, url string, change func(*pgxpool.Config)) (*pgxpool.Pool, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, errURL
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	if change != nil {
		change(cfg)
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}

// countTimeout limits how long counting connections takes. A scrape of Prometheus times
// out after 10 seconds.
const countTimeout = 2 * time.Second

// Checks query the database over their own connections: all of the application's may be
// waiting for a lock although the database works.
type Checks struct {
	application *pgxpool.Pool
	// One connection each, so that a locked table of migrations does not make the
	// database look unavailable.
	ping   *pgxpool.Pool
	schema *pgxpool.Pool

	pending chan struct{} // Has an element after Migrated has found pending migrations.
}

// NewChecks returns the checks of the database of the application's pool. The database need
// not be reachable yet.
func NewChecks(ctx context.Context, application *pgxpool.Pool) (*Checks, error) {
	ping, err := single(ctx, application)
	if err != nil {
		return nil, err
	}
	schema, err := single(ctx, application)
	if err != nil {
		ping.Close()
		return nil, err
	}
	return &Checks{application: application, ping: ping, schema: schema, pending: make(chan struct{}, 1)}, nil
}

// single returns a pool of one connection with the configuration of another pool.
func single(ctx context.Context, like *pgxpool.Pool) (*pgxpool.Pool, error) {
	cfg := like.Config()
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = 1, 0, 0
	return pgxpool.NewWithConfig(ctx, cfg)
}

// Close closes the connections of the checks.
func (c *Checks) Close() {
	c.ping.Close()
	c.schema.Close()
}

// Ping checks whether the database responds.
func (c *Checks) Ping(ctx context.Context) error { return c.ping.Ping(ctx) }

// Writable checks whether the database responds, and whether it says itself that it is a
// standby or read-only.
func (c *Checks) Writable(ctx context.Context) error {
	return c.ping.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if err := conn.Ping(ctx); err != nil {
			return err
		}
		for _, parameter := range []string{"in_hot_standby", "default_transaction_read_only"} {
			if conn.Conn().PgConn().ParameterStatus(parameter) == "on" {
				return fmt.Errorf("%s is on: %w", parameter, pgconn.ErrReadOnlyConnection)
			}
		}
		return nil
	})
}

// Migrated reports whether every embedded migration has been applied. It only reads; if
// not, Pending is notified.
func (c *Checks) Migrated(ctx context.Context) (bool, error) {
	done, err := migrated(ctx, c.schema)
	if err == nil && !done {
		select {
		case c.pending <- struct{}{}:
		default: // Already notified.
		}
	}
	return done, err
}

// Pending receives after Migrated has found pending migrations.
func (c *Checks) Pending() <-chan struct{} { return c.pending }

// WorkingConnections is the number of the application's open connections, at least 1 if the
// database accepts one, and 0 while the database does not respond: a connection may have
// been dead for long before it is used.
func (c *Checks) WorkingConnections(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		return 0
	}
	if c.application.Stat().AcquiredConns() == 0 {
		// The connections of an idle pool may be dead, or there may be none. A ping
		// drops dead ones and opens one; if it fails, there is none to count.
		_ = c.application.Ping(ctx)
	}
	stat := c.application.Stat()
	return int(stat.AcquiredConns() + stat.IdleConns())
}

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// reachableTimeout is how long Migrate waits for a database that starts at the
	// same time.
	reachableTimeout = time.Minute
	// retryInterval is the time between two attempts.
	retryInterval = 2 * time.Second
	// lockSeconds is how long to wait for another process that applies migrations.
	lockSeconds = 300
)

// Postgres' error codes.
const (
	codeUndefinedTable   = "42P01"
	codeCannotConnectNow = "57P03" // It is starting, stopping or recovering.
)

// Migrate applies the pending migrations as soon as the database is reachable, for which it
// waits a minute. Errors that waiting does not change, such as a wrong password, are
// returned immediately.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	if err := waitReachable(ctx, pool, log); err != nil {
		return err
	}
	return migrateOnce(ctx, pool, log)
}

// KeepMigrating applies the pending migrations, retrying until it succeeds, and does so again
// whenever it receives from pending: a database may be emptied, or restored from an old backup. It ends with ctx.
func KeepMigrating(ctx context.Context, pool *pgxpool.Pool, pending <-chan struct{}, log *slog.Logger) {
	for {
		next := pending
		var retry <-chan time.Time
		if err := migrateOnce(ctx, pool, log); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "migrations are pending", "exception", err)
			next, retry = nil, time.After(retryInterval)
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-retry:
		}
	}
}

func waitReachable(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, reachableTimeout)
	defer cancel()
	for {
		err := pool.Ping(ctx)
		if err == nil {
			return nil
		}
		var response *pgconn.PgError
		if errors.As(err, &response) && response.Code != codeCannotConnectNow {
			return err
		}
		log.InfoContext(ctx, "waiting for the database", "exception", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryInterval):
		}
	}
}

// migrateOnce applies the pending migrations, or waits for another process that does.
func migrateOnce(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (err error) {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	// The locker counts its attempts over its lifetime, so each run gets its own.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockSeconds))
	if err != nil {
		return fmt.Errorf("creating the migration lock: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, folder, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("applying the migrations: %w", err)
	}
	for _, result := range applied {
		log.InfoContext(ctx, "migration applied", "migration", result.Source.Path, "duration_ms", result.Duration.Milliseconds())
	}
	enableStatistics(ctx, pool, log)
	return nil
}

// migrated reports whether every embedded migration has been applied. A newer release may
// have applied more.
func migrated(ctx context.Context, pool *pgxpool.Pool) (bool, error) {
	// The rows hold Query's error.
	rows, _ := pool.Query(ctx, "SELECT version_id FROM "+goose.DefaultTablename+" WHERE is_applied")
	applied, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if response := (*pgconn.PgError)(nil); errors.As(err, &response) && response.Code == codeUndefinedTable {
		return false, nil // No migration has ever been applied.
	}
	if err != nil {
		return false, fmt.Errorf("reading the applied migrations: %w", err)
	}
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return false, fmt.Errorf("reading the embedded migrations: %w", err)
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return false, fmt.Errorf("reading the embedded migrations: %w", err)
		}
		if !slices.Contains(applied, version) {
			return false, nil
		}
	}
	return true, nil
}
