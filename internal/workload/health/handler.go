// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package health serves the API's health endpoints according to internal/contract.
package health

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/errorclass"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// Options are the options of a Handler.
type Options struct {
	Version     string
	Environment string
	Started     time.Time
	Log         *slog.Logger
	Database    Check
	// Writable checks what Database does, and that the database accepts writes. Without
	// them it is unhealthy, and still ready: what has been stored can be read.
	Writable Check
	Redis    Check
	// RedisOptional is set if what Redis does does not decide whether the API is ready.
	RedisOptional bool
	// Migrated reports whether all migrations have been applied.
	Migrated func(context.Context) (bool, error)
	// Usage measures memory and CPU; the uptime is computed from Started.
	Usage func() contract.Metrics
}

// Handler serves the health endpoints.
type Handler struct {
	options  Options
	checks   checks
	migrated atomic.Bool // The last successful reading.
	draining atomic.Bool
}

// New returns a Handler.
func New(options Options) *Handler {
	h := &Handler{options: options}
	h.checks = checks{
		log:     options.Log,
		failing: map[string]bool{},
		byName: map[string]Check{
			contract.Database:   options.Database,
			databaseWrites:      options.Writable,
			contract.Redis:      options.Redis,
			redisPromptly:       within(promptly, options.Redis),
			contract.Migrations: h.readMigrations,
		},
	}
	return h
}

// databaseWrites is the name of the check of Options.Writable.
const databaseWrites = "database_writes"

// redisPromptly is the name of the check of an optional Redis for the readiness.
const redisPromptly = "redis_promptly"

// promptly limits how long the readiness waits for an optional Redis: less than the shortest
// timeout that a probe can have, a second.
const promptly = 500 * time.Millisecond

// Register adds the endpoints to mux.
func (h *Handler) Register(mux *server.Mux) {
	mux.HandleFunc("GET "+contract.PathHealth, h.health)
	mux.HandleFunc("GET "+contract.PathDetailed, h.detailed)
	mux.HandleFunc("GET "+contract.PathReady, h.ready)
	mux.HandleFunc("GET "+contract.PathLive, h.live)
}

// Drain makes the readiness fail from now on.
func (h *Handler) Drain() { h.draining.Store(true) }

// health does not check dependencies: the startup probe and Docker use it, and would
// restart a pod that waits for its database.
func (h *Handler) health(w http.ResponseWriter, _ *http.Request) {
	server.WriteJSON(w, http.StatusOK, h.basic(contract.StatusHealthy))
}

func (h *Handler) detailed(w http.ResponseWriter, r *http.Request) {
	results := h.checks.run(r.Context(), databaseWrites, contract.Redis)
	results[contract.Database] = results[databaseWrites]
	delete(results, databaseWrites)

	code, status := http.StatusOK, contract.StatusHealthy
	if anyFailed(results) {
		code, status = http.StatusServiceUnavailable, contract.StatusUnhealthy
	}
	dependencies := make(map[string]contract.Dependency, len(results))
	for name, result := range results {
		dependencies[name] = result.dependency()
	}
	metrics := h.options.Usage()
	metrics.UptimeSeconds = h.uptimeSeconds()
	server.WriteJSON(w, code, contract.Detailed{
		Health:       h.basic(status),
		Dependencies: dependencies,
		Metrics:      metrics,
	})
}

func (h *Handler) ready(w http.ResponseWriter, r *http.Request) {
	redis := contract.Redis
	if h.options.RedisOptional {
		redis = redisPromptly
	}
	results := h.checks.run(r.Context(), contract.Database, redis, contract.Migrations)
	cache := results[redis].ready()
	if h.options.RedisOptional {
		delete(results, redis)
	}

	migrations := contract.StatusPending
	if h.migrated.Load() {
		migrations = contract.StatusComplete
	}
	code, status := http.StatusOK, contract.StatusReady
	if h.draining.Load() || migrations != contract.StatusComplete || anyFailed(results) {
		code, status = http.StatusServiceUnavailable, contract.StatusNotReady
	}
	server.WriteJSON(w, code, contract.Ready{
		Status:    status,
		Timestamp: timestamp(time.Now()),
		Checks: map[string]contract.Status{
			contract.Database:   results[contract.Database].ready(),
			contract.Redis:      cache,
			contract.Migrations: migrations,
		},
	})
}

func (h *Handler) live(w http.ResponseWriter, _ *http.Request) {
	server.WriteJSON(w, http.StatusOK, contract.Live{
		Status:        contract.StatusAlive,
		Timestamp:     timestamp(time.Now()),
		UptimeSeconds: h.uptimeSeconds(),
	})
}

func (h *Handler) basic(status contract.Status) contract.Health {
	return contract.Health{
		Status:      status,
		Timestamp:   timestamp(time.Now()),
		Version:     h.options.Version,
		Environment: h.options.Environment,
	}
}

func (h *Handler) uptimeSeconds() int64 { return int64(time.Since(h.options.Started).Seconds()) }

// readMigrations is the check of the migrations. If they can't be read, the response has the
// last reading, but the check has failed: an old reading makes nothing ready.
func (h *Handler) readMigrations(ctx context.Context) error {
	migrated, err := h.options.Migrated(ctx)
	if err != nil {
		return err
	}
	h.migrated.Store(migrated)
	return nil
}

// Timeout limits how long all checks of a response take together. The specification's
// readiness probe times out after 3 seconds.
const Timeout = 2 * time.Second

// Check checks a dependency over a real connection.
type Check func(context.Context) error

// within limits how long a check takes.
func within(limit time.Duration, check Check) Check {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return check(ctx)
	}
}

// result is the result of a check.
type result struct {
	err      error
	began    time.Time
	duration time.Duration
}

// checks runs checks, and logs changes of their results.
type checks struct {
	log    *slog.Logger
	byName map[string]Check

	mu      sync.Mutex
	failing map[string]bool // Absent if not checked yet.
}

// run runs the named checks concurrently. It returns within Timeout, even if a check ignores
// its context. It is not cancelled with the request: a probe that closes its connection
// early is no failure of the dependency.
func (c *checks) run(ctx context.Context, names ...string) map[string]result {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()

	type finished struct {
		name string
		result
	}
	done := make(chan finished, len(names)) // A check that ignores its context sends when nobody receives.
	began := time.Now()
	for _, name := range names {
		go func() {
			err := c.byName[name](ctx)
			done <- finished{name, result{err: err, began: began, duration: time.Since(began)}}
		}()
	}
	results := make(map[string]result, len(names))
	for _, name := range names { // The result of each that does not finish.
		results[name] = result{err: context.DeadlineExceeded, began: began, duration: Timeout}
	}
	for range names {
		select {
		case one := <-done:
			results[one.name] = one.result
		case <-ctx.Done():
		}
	}
	for name, r := range results {
		c.logChange(ctx, name, r.err)
	}
	return results
}

func anyFailed(results map[string]result) bool {
	for _, r := range results {
		if r.err != nil {
			return true
		}
	}
	return false
}

func (c *checks) logChange(ctx context.Context, name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failing, seen := c.failing[name]
	if seen && failing == (err != nil) {
		return
	}
	c.failing[name] = err != nil
	if name == redisPromptly {
		name = contract.Redis
	}
	if err != nil {
		c.log.WarnContext(ctx, "check fails", "check", name, "exception", err)
		return
	}
	c.log.InfoContext(ctx, "check passes", "check", name)
}

// dependency converts the result for contract.Detailed.
func (r result) dependency() contract.Dependency {
	status := contract.StatusHealthy
	if r.err != nil {
		status = contract.StatusUnhealthy
	}
	return contract.Dependency{
		Status:         status,
		Error:          errorclass.Of(r.err),
		ResponseTimeMS: int64((r.duration + time.Millisecond - 1) / time.Millisecond),
		LastCheck:      timestamp(r.began),
	}
}

// ready converts the result for contract.Ready.
func (r result) ready() contract.Status {
	if r.err != nil {
		return contract.StatusNotReady
	}
	return contract.StatusReady
}

// timestamp converts a time to the contract's format.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
