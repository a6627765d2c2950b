// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// Options are the options of a Handler.
type Options struct {
	Version     string
	Environment string
	Started     time.Time
	Log         *slog.Logger
	Database    Check
	Redis       Check
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
			contract.Redis:      options.Redis,
			contract.Migrations: h.readMigrations,
		},
	}
	return h
}

// Register adds the endpoints to mux.
func (h *Handler) Register(mux *http.ServeMux) {
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
	results := h.checks.run(r.Context(), contract.Database, contract.Redis)

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
	results := h.checks.run(r.Context(), contract.Database, contract.Redis, contract.Migrations)

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
			contract.Redis:      results[contract.Redis].ready(),
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
