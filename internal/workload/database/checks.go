// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// countTimeout bounds the counting of connections. Prometheus gives up a scrape
// after 10 seconds.
const countTimeout = 2 * time.Second

// Checks ask the database over connections of their own: all of the
// application's may be waiting for a lock, and the database still works.
type Checks struct {
	application *pgxpool.Pool
	// One connection each, so that a table of migrations which is locked does not
	// make the database look dead either.
	ping   *pgxpool.Pool
	schema *pgxpool.Pool

	pending chan struct{} // holds one when Migrated has found that migrations are pending
}

// NewChecks makes the checks of the database of the application's pool, which
// need not be reachable yet.
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

// single makes a pool of one connection, which is otherwise as those of like.
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

// Ping tells whether the database answers.
func (c *Checks) Ping(ctx context.Context) error { return c.ping.Ping(ctx) }

// Migrated tells whether every migration that this binary knows has been
// applied. It only reads; when not, Pending gets to know.
func (c *Checks) Migrated(ctx context.Context) (bool, error) {
	done, err := migrated(ctx, c.schema)
	if err == nil && !done {
		select {
		case c.pending <- struct{}{}:
		default: // it knows already
		}
	}
	return done, err
}

// Pending is ready to receive after Migrated has found pending migrations.
func (c *Checks) Pending() <-chan struct{} { return c.pending }

// WorkingConnections is the number of the application's open connections, at
// least 1 as long as the database gives it any, and 0 while the database does
// not answer: a connection may be dead for long before somebody uses it.
func (c *Checks) WorkingConnections(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		return 0
	}
	if c.application.Stat().AcquiredConns() == 0 {
		// Of a pool at rest the connections may be dead, and there may be none. A
		// ping drops those and opens one; if it can't, the count says so.
		_ = c.application.Ping(ctx)
	}
	stat := c.application.Stat()
	return int(stat.AcquiredConns() + stat.IdleConns())
}
