// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

func passes(context.Context) error { return nil }
func fails(context.Context) error  { return errors.New("refused") }

func migrated(context.Context) (bool, error) { return true, nil }

func handler(change func(*health.Options)) (*health.Handler, *server.Mux) {
	options := health.Options{
		Version:     "1.2.3",
		Environment: "staging",
		Started:     time.Now().Add(-time.Minute),
		Log:         slog.New(slog.DiscardHandler),
		Database:    passes,
		Redis:       passes,
		Migrated:    migrated,
		Usage:       func() contract.Metrics { return contract.Metrics{MemoryUsageMB: 40, CPUUsagePercent: 1.5} },
	}
	change(&options)
	if options.Writable == nil {
		options.Writable = options.Database
	}
	h, mux := health.New(options), &server.Mux{}
	h.Register(mux)
	return h, mux
}

func get[T any](t *testing.T, mux http.Handler, path string) (int, T) {
	t.Helper()
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	var value T
	if err := json.Unmarshal(recorder.Body.Bytes(), &value); err != nil {
		t.Fatalf("%s: %v in %s", path, err, recorder.Body)
	}
	return recorder.Code, value
}

func TestAnswers(t *testing.T) {
	type fields struct {
		Detailed, Database, Redis                               contract.Status
		Ready, ReadyDatabase, ReadyRedis, Migrations            contract.Status
		DetailedCode, ReadyCode, HealthCode, LiveCode, UptimeOf int
	}
	good := fields{
		Detailed: "healthy", Database: "healthy", Redis: "healthy", DetailedCode: 200,
		Ready: "ready", ReadyDatabase: "ready", ReadyRedis: "ready", Migrations: "complete", ReadyCode: 200,
		HealthCode: 200, LiveCode: 200, UptimeOf: 60,
	}
	for name, test := range map[string]struct {
		options func(*health.Options)
		drain   bool
		want    func(*fields)
	}{
		"healthy": {
			options: func(*health.Options) {},
			want:    func(*fields) {},
		},
		"database down": {
			options: func(o *health.Options) { o.Database = fails },
			want: func(w *fields) {
				w.Detailed, w.Database, w.DetailedCode = "unhealthy", "unhealthy", 503
				w.Ready, w.ReadyDatabase, w.ReadyCode = "not_ready", "not_ready", 503
			},
		},
		"a database that accepts no writes": {
			options: func(o *health.Options) { o.Writable = fails },
			want:    func(w *fields) { w.Detailed, w.Database, w.DetailedCode = "unhealthy", "unhealthy", 503 },
		},
		"redis down": {
			options: func(o *health.Options) { o.Redis = fails },
			want: func(w *fields) {
				w.Detailed, w.Redis, w.DetailedCode = "unhealthy", "unhealthy", 503
				w.Ready, w.ReadyRedis, w.ReadyCode = "not_ready", "not_ready", 503
			},
		},
		"an optional redis down": {
			options: func(o *health.Options) { o.Redis, o.RedisOptional = fails, true },
			want: func(w *fields) {
				w.Detailed, w.Redis, w.DetailedCode = "unhealthy", "unhealthy", 503
				w.ReadyRedis = "not_ready"
			},
		},
		"an optional redis works": {
			options: func(o *health.Options) { o.RedisOptional = true },
			want:    func(*fields) {},
		},
		"database down, and redis optional": {
			options: func(o *health.Options) { o.Database, o.RedisOptional = fails, true },
			want: func(w *fields) {
				w.Detailed, w.Database, w.DetailedCode = "unhealthy", "unhealthy", 503
				w.Ready, w.ReadyDatabase, w.ReadyCode = "not_ready", "not_ready", 503
			},
		},
		"migrations pending": {
			options: func(o *health.Options) {
				o.Migrated = func(context.Context) (bool, error) { return false, nil }
			},
			want: func(w *fields) { w.Ready, w.Migrations, w.ReadyCode = "not_ready", "pending", 503 },
		},
		"migrations never read": {
			options: func(o *health.Options) {
				o.Migrated = func(context.Context) (bool, error) { return true, errors.New("refused") }
			},
			want: func(w *fields) { w.Ready, w.Migrations, w.ReadyCode = "not_ready", "pending", 503 },
		},
		"draining": {
			options: func(*health.Options) {},
			drain:   true,
			want:    func(w *fields) { w.Ready, w.ReadyCode = "not_ready", 503 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, mux := handler(test.options)
			if test.drain {
				h.Drain()
			}
			want := good
			test.want(&want)

			var got fields
			var detailed contract.Detailed
			got.DetailedCode, detailed = get[contract.Detailed](t, mux, contract.PathDetailed)
			got.Detailed, got.UptimeOf = detailed.Status, int(detailed.Metrics.UptimeSeconds)
			got.Database = detailed.Dependencies[contract.Database].Status
			got.Redis = detailed.Dependencies[contract.Redis].Status
			var ready contract.Ready
			got.ReadyCode, ready = get[contract.Ready](t, mux, contract.PathReady)
			got.Ready = ready.Status
			got.ReadyDatabase = ready.Checks[contract.Database]
			got.ReadyRedis = ready.Checks[contract.Redis]
			got.Migrations = ready.Checks[contract.Migrations]
			got.HealthCode, _ = get[contract.Health](t, mux, contract.PathHealth)
			got.LiveCode, _ = get[contract.Live](t, mux, contract.PathLive)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The readiness after the migrations were once read as complete.
func TestReadyAfterTheFirstReading(t *testing.T) {
	unread := func(context.Context) (bool, error) { return false, errors.New("permission denied") }
	for name, test := range map[string]struct {
		database health.Check
		migrated func(context.Context) (bool, error)
		want     contract.Ready
		code     int
	}{
		"still complete": {
			database: passes, migrated: migrated, code: http.StatusOK,
			want: ready("ready", "ready", "complete"),
		},
		"undone since": {
			database: passes, migrated: func(context.Context) (bool, error) { return false, nil }, code: http.StatusServiceUnavailable,
			want: ready("not_ready", "ready", "pending"),
		},
		"unreadable in a database that responds": {
			database: passes, migrated: unread, code: http.StatusServiceUnavailable,
			want: ready("not_ready", "ready", "complete"),
		},
		// An outage must not look like a pending migration.
		"unreadable during an outage": {
			database: fails, migrated: unread, code: http.StatusServiceUnavailable,
			want: ready("not_ready", "not_ready", "complete"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			database, migrations := health.Check(passes), migrated
			_, mux := handler(func(o *health.Options) {
				o.Database = func(ctx context.Context) error { return database(ctx) }
				o.Migrated = func(ctx context.Context) (bool, error) { return migrations(ctx) }
			})
			get[contract.Ready](t, mux, contract.PathReady)

			database, migrations = test.database, test.migrated
			code, got := get[contract.Ready](t, mux, contract.PathReady)
			got.Timestamp = time.Time{}
			if diff := cmp.Diff(test.want, got); diff != "" || code != test.code {
				t.Errorf("code %d, want %d, answer (-want +got):\n%s", code, test.code, diff)
			}
		})
	}
}

func ready(status, database, migrations contract.Status) contract.Ready {
	return contract.Ready{Status: status, Checks: map[string]contract.Status{
		contract.Database:   database,
		contract.Redis:      contract.StatusReady,
		contract.Migrations: migrations,
	}}
}

// All checks together take Timeout at most, even if they ignore their context, and
// responses without checks take no time.
func TestChecksThatHang(t *testing.T) {
	const probeTimeout = 3 * time.Second // of the specification's readiness probe
	if health.Timeout >= probeTimeout {
		t.Errorf("checks may take %s, but the probe times out after %s", health.Timeout, probeTimeout)
	}
	synctest.Test(t, func(t *testing.T) {
		hangs := func(context.Context) error { time.Sleep(time.Hour); return nil }
		_, mux := handler(func(o *health.Options) {
			o.Database, o.Redis = hangs, hangs
			o.Migrated = func(ctx context.Context) (bool, error) { return true, hangs(ctx) }
		})
		for _, test := range []struct {
			path string
			code int
			took time.Duration
		}{
			{contract.PathDetailed, http.StatusServiceUnavailable, health.Timeout},
			{contract.PathReady, http.StatusServiceUnavailable, health.Timeout},
			{contract.PathLive, http.StatusOK, 0},
			{contract.PathHealth, http.StatusOK, 0},
		} {
			start := time.Now()
			code, _ := get[map[string]any](t, mux, test.path)
			if took := time.Since(start); code != test.code || took != test.took {
				t.Errorf("%s: %d after %s, want %d after %s", test.path, code, took, test.code, test.took)
			}
		}
		_, detailed := get[contract.Detailed](t, mux, contract.PathDetailed)
		database := detailed.Dependencies[contract.Database]
		if took := database.ResponseTimeMS; took != health.Timeout.Milliseconds() || database.Error != contract.ErrorTimeout {
			t.Errorf("response_time_ms is %d, and error is %q", took, database.Error)
		}
		time.Sleep(2 * time.Hour) // The bubble waits for its goroutines.
	})
}

// A probe may wait for a second only: a Redis that hangs and is optional must not make it fail.
func TestOptionalRedisThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		_, mux := handler(func(o *health.Options) {
			o.RedisOptional = true
			o.Redis = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
			o.Log = slog.New(slog.NewTextHandler(&logged, nil))
		})
		start := time.Now()
		code, answer := get[contract.Ready](t, mux, contract.PathReady)
		if !strings.Contains(logged.String(), `"check fails" check=redis exception`) {
			t.Errorf("logged: %s", logged.String())
		}
		if took := time.Since(start); code != http.StatusOK || took >= time.Second || answer.Checks[contract.Redis] != contract.StatusNotReady {
			t.Errorf("%d after %s: %+v", code, took, answer)
		}
	})
}

// A probe that closes its connection early is no failure of the dependency.
func TestClientGone(t *testing.T) {
	_, mux := handler(func(o *health.Options) { o.Database = func(ctx context.Context) error { return ctx.Err() } })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, contract.PathDetailed, http.NoBody))
	if recorder.Code != http.StatusOK {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
}
