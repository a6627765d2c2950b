// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package api assembles the tracker's API from the other packages.
package api

import (
	"context"
	_ "embed" // for openapi.json
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/hiring"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/usage"
)

// closeTimeout limits how long closing the connections takes, one of which may hang. With
// the server's own timeouts it stays below Kubernetes' 30 seconds.
const closeTimeout = 3 * time.Second

// API is the tracker's API, connected to its dependencies.
type API struct {
	log        *slog.Logger
	pool       *pgxpool.Pool
	checks     *database.Checks
	statements *database.Statements
	redis      *redis.Client
	lists      *cache.Lists
	meter      *usage.Meter
	health     *health.Handler
	metrics    *metrics.Metrics
	handler    http.Handler
}

// New returns an API. Its dependencies need not be reachable, but their URLs must be valid:
// the error names the variable that is not. Tracing may be nil.
func New(ctx context.Context, cfg config.API, limits cache.Limits, tracing *telemetry.Tracing, log *slog.Logger) (*API, error) {
	started := time.Now()
	pool, err := database.Open(ctx, cfg.DatabaseURL, tracing.Postgres)
	if err != nil {
		return nil, fmt.Errorf("%s %w", contract.EnvDatabaseURL, err)
	}
	checks, err := database.NewChecks(ctx, pool)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("%s %w", contract.EnvDatabaseURL, err)
	}
	statements, err := database.NewStatements(ctx, pool, log)
	if err != nil {
		checks.Close()
		pool.Close()
		return nil, fmt.Errorf("%s %w", contract.EnvDatabaseURL, err)
	}
	client, ping, err := openRedis(ctx, cfg, tracing, log)
	if err != nil {
		statements.Close()
		checks.Close()
		pool.Close()
		return nil, err
	}
	a := &API{log: log, pool: pool, checks: checks, statements: statements, redis: client, meter: usage.NewMeter()}

	a.lists = cache.NewLists(client, limits, log)
	untilExit := context.WithoutCancel(ctx) // Metrics are scraped while the API drains, too.
	a.metrics = metrics.New(metrics.Sources{
		Meter:               a.meter,
		DatabaseConnections: func() int { return checks.WorkingConnections(untilExit) },
		CacheHitRatio:       a.lists.HitRatio,
		Statements:          func() []database.Statement { return statements.Slowest(untilExit) },
	})
	a.health = health.New(health.Options{
		Version:     cfg.Version,
		Environment: cfg.Environment,
		Started:     started,
		Log:         log,
		Database:    checks.Ping,
		Writable:    checks.Writable,
		Redis:       ping,
		Migrated:    checks.Migrated,
		Usage:       a.meter.Metrics,

		RedisOptional: cfg.RedisOptional,
	})

	mux := a.routes()
	a.metrics.Register(tracing.Metrics()...)
	a.metrics.Expect(mux.Routes())
	tracing.Push(a.metrics)
	a.handler = a.metrics.CountActive(tracing.Handler(
		server.Observe(server.Recover(log, server.JSONErrors(mux)), a.metrics.Observe, server.AccessLog(log))))
	return a, nil
}

// openRedis returns the client of Redis and its check. An optional one whose URL can't be used has
// no client, and its check has the error.
func openRedis(
	ctx context.Context, cfg config.API, tracing *telemetry.Tracing, log *slog.Logger,
) (*redis.Client, health.Check, error) {
	client, err := cache.Open(cfg.RedisURL)
	if cfg.RedisURL == "" {
		err = errors.New("is not set")
	}
	if err != nil {
		err = fmt.Errorf("%s %w", contract.EnvRedisURL, err)
		if !cfg.RedisOptional {
			return nil, nil, err
		}
		log.ErrorContext(ctx, "nothing is cached until the URL is corrected and the API restarted", "exception", err)
		return nil, func(context.Context) error { return err }, nil
	}
	tracing.Redis(client)
	return client, func(ctx context.Context) error { return client.Ping(ctx).Err() }, nil
}

//go:embed openapi.json
var openAPI []byte

// routes returns the API's endpoints, which openapi.json documents.
func (a *API) routes() *server.Mux {
	mux := &server.Mux{}
	a.health.Register(mux)
	mux.Handle("GET "+contract.PathMetrics, a.metrics.Handler(a.log))
	mux.HandleFunc("GET "+contract.PathOpenAPI, func(w http.ResponseWriter, _ *http.Request) {
		server.WriteRawJSON(w, http.StatusOK, openAPI)
	})
	hiring.Register(mux, a.pool, a.lists, a.metrics, a.log)
	return mux
}

// Run serves on the listener until ctx ends, and then drains and stops. In the background
// it applies the pending migrations, including those that a readiness check finds later.
// The API can't be used afterwards.
func (a *API) Run(ctx context.Context, listener net.Listener, drainDelay time.Duration) error {
	background, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.meter.Run(background) })
	caching, stopCaching := context.WithCancel(context.WithoutCancel(ctx)) // Lists change while the API drains, too.
	running.Go(func() { a.lists.Run(caching) })
	running.Go(func() { database.KeepMigrating(background, a.pool, a.checks.Pending(), a.log) })
	defer func() {
		stop()
		stopCaching()
		a.close(&running)
	}()
	return server.Serve(ctx, listener, server.Options{
		Handler:    a.handler,
		Log:        a.log,
		DrainDelay: drainDelay,
		OnDrain:    a.health.Drain,
	})
}

// close waits for the background goroutines and closes the connections.
func (a *API) close(running *sync.WaitGroup) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		running.Wait()
		a.statements.Close()
		a.checks.Close()
		a.pool.Close()
		if a.redis != nil {
			_ = a.redis.Close() // All requests have completed.
		}
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
		a.log.Warn("timed out closing the connections to a dependency")
	}
}
