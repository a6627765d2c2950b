// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

func TestWorkingConnections(t *testing.T) {
	postgres := testservers.StartPostgres(t)
	pool := open(t, postgres.CreateDatabase(t, "counted")+"&pool_max_conns=2")
	checks := checksOf(t, pool)
	count := func(when string, want int) {
		t.Helper()
		if n := checks.WorkingConnections(t.Context()); n != want {
			t.Errorf("%s: %d connections, want %d", when, n, want)
		}
	}

	count("before the first use", 1)
	for range 2 {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	count("all in use", 2)
	postgres.Kill()
	count("without a database", 0)
}

// Connections from before an outage of the database are not counted after it.
func TestWorkingConnectionsAfterAnOutage(t *testing.T) {
	postgres := testservers.StartPostgres(t)
	pool := open(t, postgres.CreateDatabase(t, "counted"))
	checks := checksOf(t, pool)
	var used []*pgxpool.Conn
	for range 3 {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, conn)
	}
	for _, conn := range used {
		conn.Release()
	}

	postgres.Kill()
	postgres.Start(t)
	deadline := time.Now().Add(eventually)
	for n := 0; n != 1; n = checks.WorkingConnections(t.Context()) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections, want 1", n)
		}
	}
}

// A check that hangs, here on a lock, does not make the database unavailable.
func TestPingBesideAHungCheck(t *testing.T) {
	postgres := testservers.StartPostgres(t)
	pool := open(t, postgres.CreateDatabase(t, "locked"))
	checks := checksOf(t, pool)
	if err := database.Migrate(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	unlock := postgres.LockTable(t, "locked", "goose_db_version")
	hung, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	for range 2 {
		go func() {
			_, err := checks.Migrated(hung)
			answer <- err
		}()
	}
	postgres.AwaitBlocked(t, "locked", 1)

	if err := checks.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	for range 2 {
		if err := <-answer; err == nil {
			t.Error("the table was read although it is locked")
		}
	}
	unlock()
	if migrated, err := checks.Migrated(t.Context()); err != nil || !migrated {
		t.Errorf("after the lock: %v, %v", migrated, err)
	}
}
