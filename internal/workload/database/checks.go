// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

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
