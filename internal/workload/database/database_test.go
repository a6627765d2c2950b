// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func open(t *testing.T, databaseURL string) *pgxpool.Pool {
	t.Helper()
	pool, err := database.Open(t.Context(), databaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func checksOf(t *testing.T, pool *pgxpool.Pool) *database.Checks {
	t.Helper()
	checks, err := database.NewChecks(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(checks.Close)
	return checks
}

// The error about an invalid URL does not contain it.
func TestOpenRefuses(t *testing.T) {
	for _, bad := range []string{
		"s3cret",
		"mysql://tracker:s3cret@db/interview_tracker?x=y",
		"postgresql+asyncpg://tracker:s3cret@db/interview_tracker",
		"postgres://tracker:s3/cret@db/interview_tracker",
		"postgres://tracker:s3cret%zz@db/interview_tracker",
		"postgres://tracker:s3cret@db:s3cret/interview_tracker",
		"postgres://tracker:s3cret@db/interview_tracker?sslmode=s3cret",
		"postgres://tracker:s3cret@db/interview_tracker?pool_max_conns=s3cret",
	} {
		pool, err := database.Open(t.Context(), bad, nil)
		if err == nil {
			pool.Close()
			t.Errorf("%s is accepted", bad)
			continue
		}
		if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret@") {
			t.Errorf("%s: the error contains the password: %v", bad, err)
		}
	}
}

func TestMigrations(t *testing.T) {
	postgres := testservers.StartPostgres(t)
	log := slog.New(slog.DiscardHandler)

	t.Run("pending, then complete", func(t *testing.T) {
		pool := open(t, postgres.CreateDatabase(t, "once"))
		checks := checksOf(t, pool)
		if migrated, err := checks.Migrated(t.Context()); err != nil || migrated {
			t.Errorf("before: %v, %v", migrated, err)
		}
		for range 2 { // The second time there is nothing to do.
			if err := database.Migrate(t.Context(), pool, log); err != nil {
				t.Fatal(err)
			}
			if migrated, err := checks.Migrated(t.Context()); err != nil || !migrated {
				t.Errorf("after: %v, %v", migrated, err)
			}
		}
	})

	t.Run("a newer release was here", func(t *testing.T) {
		pool := open(t, postgres.CreateDatabase(t, "newer"))
		if err := database.Migrate(t.Context(), pool, log); err != nil {
			t.Fatal(err)
		}
		postgres.Exec(t, "newer", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		if err := database.Migrate(t.Context(), pool, log); err != nil {
			t.Error(err)
		}
		if migrated, err := checksOf(t, pool).Migrated(t.Context()); err != nil || !migrated {
			t.Errorf("got %v, %v", migrated, err)
		}
	})

	t.Run("several at the same time, applied once", func(t *testing.T) {
		databaseURL := postgres.CreateDatabase(t, "several")
		var (
			logged  syncBuffer
			running sync.WaitGroup
		)
		for range 4 {
			pool := open(t, databaseURL)
			running.Go(func() {
				if err := database.Migrate(t.Context(), pool, slog.New(slog.NewTextHandler(&logged, nil))); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n := strings.Count(logged.String(), "migration applied"); n != 1 {
			t.Errorf("applied %d times:\n%s", n, logged.String())
		}
	})

	t.Run("a wrong password is an answer", func(t *testing.T) {
		u, err := url.Parse(postgres.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword("postgres", "guess")
		var logged syncBuffer
		err = database.Migrate(t.Context(), open(t, u.String()), slog.New(slog.NewTextHandler(&logged, nil)))
		if err == nil || strings.Contains(err.Error(), "guess") || strings.Contains(logged.String(), "waiting") {
			t.Errorf("got %v, and in the log %s", err, logged.String())
		}
	})

	t.Run("kept until the context ends", func(t *testing.T) {
		pool := open(t, postgres.CreateDatabase(t, "kept"))
		checks := checksOf(t, pool)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { database.KeepMigrating(ctx, pool, checks.Pending(), log) })
		awaitMigrated(t, checks)
		postgres.Exec(t, "kept", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
		awaitMigrated(t, checks)
		cancel()
		running.Wait()
	})

	t.Run("without a database it ends with its context", func(t *testing.T) {
		pool := open(t, "postgres://tracker@127.0.0.1:1/none")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		database.KeepMigrating(ctx, pool, nil, log)
	})
}

// awaitMigrated polls like a readiness probe.
func awaitMigrated(t *testing.T, checks *database.Checks) {
	t.Helper()
	deadline := time.Now().Add(eventually)
	for {
		migrated, err := checks.Migrated(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if migrated {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("migrations are still pending")
		}
	}
}

// syncBuffer is a buffer for concurrent writers.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
