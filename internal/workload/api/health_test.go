// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// The specification's unit and integration tests of the endpoints, and the fields of their
// JSON with the type of each.
func TestHealthEndpoints(t *testing.T) {
	a := startServers(t).start(t)
	a.awaitReady(t)

	for path, fields := range map[string][]string{
		"/health": {
			"environment string", "status string", "timestamp time", "version string",
		},
		"/health/detailed": {
			"dependencies.database.last_check time",
			"dependencies.database.response_time_ms integer",
			"dependencies.database.status string",
			"dependencies.redis.last_check time",
			"dependencies.redis.response_time_ms integer",
			"dependencies.redis.status string",
			"environment string",
			"metrics.cpu_usage_percent number",
			"metrics.memory_usage_mb integer",
			"metrics.uptime_seconds integer",
			"status string", "timestamp time", "version string",
		},
		"/health/ready": {
			"checks.database string", "checks.migrations string", "checks.redis string", "status string", "timestamp time",
		},
		"/health/live": {
			"status string", "timestamp time", "uptime_seconds integer",
		},
	} {
		t.Run(path, func(t *testing.T) {
			answer := a.get(t, path)
			if answer.code != http.StatusOK {
				t.Errorf("status %d, want 200", answer.code)
			}
			if got := answer.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type %q", got)
			}
			if diff := cmp.Diff(fields, fieldsOf(t, answer.body)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("values", func(t *testing.T) {
		detailed := decode[contract.Detailed](t, a.get(t, contract.PathDetailed))
		now := time.Now()
		if detailed.Status != contract.StatusHealthy || detailed.Version != "1.2.3" || detailed.Environment != "production" {
			t.Errorf("got %+v", detailed.Health)
		}
		for _, name := range []string{contract.Database, contract.Redis} {
			dependency := detailed.Dependencies[name]
			if dependency.Status != contract.StatusHealthy || dependency.ResponseTimeMS < 1 ||
				now.Sub(dependency.LastCheck) > eventually || dependency.LastCheck.After(now) {
				t.Errorf("%s: got %+v", name, dependency)
			}
		}
		if m := detailed.Metrics; m.MemoryUsageMB < 1 || m.CPUUsagePercent < 0 || m.CPUUsagePercent > 100 || m.UptimeSeconds < 0 {
			t.Errorf("metrics: got %+v", m)
		}
		ready := decode[contract.Ready](t, a.get(t, contract.PathReady))
		want := map[string]contract.Status{"database": "ready", "redis": "ready", "migrations": "complete"}
		if diff := cmp.Diff(want, ready.Checks); diff != "" || ready.Status != "ready" {
			t.Errorf("ready: status %q, checks (-want +got):\n%s", ready.Status, diff)
		}
		if live := decode[contract.Live](t, a.get(t, contract.PathLive)); live.Status != "alive" {
			t.Errorf("live: got %+v", live)
		}
	})
}

// fieldsOf lists the fields of a JSON object as PATH TYPE.
func fieldsOf(t *testing.T, body []byte) []string {
	t.Helper()
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(strings.TrimPrefix(path+"."+name, "."), inner)
			}
		case json.Number:
			kind := "integer"
			if strings.HasSuffix(path, "_percent") || strings.Contains(v.String(), ".") {
				kind = "number"
			}
			fields[path+" "+kind] = true
		case string:
			kind := "string"
			if _, err := time.Parse("2006-01-02T15:04:05Z", v); err == nil {
				kind = "time"
			}
			fields[path+" "+kind] = true
		default:
			fields[path+" something else"] = true
		}
	}
	walk("", object)
	return slices.Sorted(maps.Keys(fields))
}

func TestDatabaseOutage(t *testing.T) {
	s := startServers(t)
	a := s.start(t)
	a.awaitReady(t)
	if n := a.metric(t, "database_connections"); n < 1 {
		t.Fatalf("database_connections is %v while the database works", n)
	}

	s.postgres.Kill()

	answer := a.get(t, contract.PathDetailed)
	detailed := decode[contract.Detailed](t, answer)
	if answer.code != http.StatusServiceUnavailable || detailed.Status != contract.StatusUnhealthy ||
		detailed.Dependencies[contract.Database].Status != contract.StatusUnhealthy ||
		detailed.Dependencies[contract.Redis].Status != contract.StatusHealthy ||
		detailed.Dependencies[contract.Redis].Error != "" {
		t.Errorf("detailed: %d %s", answer.code, answer.body)
	}
	answer = a.get(t, contract.PathReady)
	ready := decode[contract.Ready](t, answer)
	want := map[string]contract.Status{"database": "not_ready", "redis": "ready", "migrations": "complete"}
	if diff := cmp.Diff(want, ready.Checks); diff != "" || answer.code != http.StatusServiceUnavailable || ready.Status != "not_ready" {
		t.Errorf("ready: %d %s, checks (-want +got):\n%s", answer.code, ready.Status, diff)
	}
	for _, path := range []string{contract.PathLive, contract.PathHealth} {
		if answer := a.get(t, path); answer.code != http.StatusOK {
			t.Errorf("%s: %d %s", path, answer.code, answer.body)
		}
	}
	if n := a.metric(t, "database_connections"); n != 0 {
		t.Errorf("database_connections is %v during the outage", n)
	}
	if answer := a.post(t, "/positions", `{"title":"SRE"}`); answer.code != http.StatusServiceUnavailable {
		t.Errorf("POST /positions: %d %s", answer.code, answer.body)
	}
	if n := a.metric(t, "positions_created_total"); n != 0 {
		t.Errorf("positions_created_total is %v, although nothing was stored", n)
	}

	s.postgres.Start(t)

	a.await(t, contract.PathDetailed, http.StatusOK)
	a.awaitReady(t)
	if n := a.metric(t, "database_connections"); n < 1 {
		t.Errorf("database_connections is %v after the outage", n)
	}
}

func TestRedisOutage(t *testing.T) {
	s := startServers(t)
	a := s.start(t)
	a.awaitReady(t)

	s.redis.Kill()

	answer := a.get(t, contract.PathDetailed)
	detailed := decode[contract.Detailed](t, answer)
	if answer.code != http.StatusServiceUnavailable ||
		detailed.Dependencies[contract.Database].Status != contract.StatusHealthy ||
		detailed.Dependencies[contract.Redis].Status != contract.StatusUnhealthy {
		t.Errorf("detailed: %d %s", answer.code, answer.body)
	}
	// Without its cache the tracker is slower, but works.
	if answer := a.post(t, "/positions", `{"title":"SRE"}`); answer.code != http.StatusCreated {
		t.Errorf("POST /positions: %d %s", answer.code, answer.body)
	}
	if answer := a.get(t, "/positions"); answer.code != http.StatusOK || !strings.Contains(string(answer.body), "SRE") {
		t.Errorf("GET /positions: %d %s", answer.code, answer.body)
	}

	s.redis.Start(t)
	a.await(t, contract.PathDetailed, http.StatusOK)
}

// With an optional Redis, users are served and the API is ready while Redis hangs, is gone, refuses the
// password, or has no URL that can be used, and it says what it finds.
func TestOptionalRedis(t *testing.T) {
	s := startServers(t)
	works, refused := s.redis.URL(), strings.Replace(s.redis.URL(), testservers.Password, "guess", 1)
	for name, test := range map[string]struct {
		url        string
		breaks     func()
		wantError  contract.ErrorClass
		afterwards func()
	}{
		"hangs":                {works, s.redis.Pause, contract.ErrorTimeout, s.redis.Resume},
		"refuses the password": {refused, func() {}, contract.ErrorAuthenticationFailed, func() {}},
		"has no URL":           {"", func() {}, contract.ErrorOther, func() {}},
		"has an invalid URL":   {"redis//", func() {}, contract.ErrorOther, func() {}},
		"is gone":              {works, s.redis.Kill, contract.ErrorConnectionRefused, func() { s.redis.Start(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			database := strings.ToLower(strings.NewReplacer("/", "_").Replace(t.Name()))
			a := startWith(t, config.API{DatabaseURL: s.postgres.CreateDatabase(t, database), RedisURL: test.url, RedisOptional: true}, cache.DefaultLimits, 0)
			a.awaitReady(t)
			test.breaks()
			defer test.afterwards()

			for range 3 {
				if answer := a.post(t, "/positions", `{"title":"SRE"}`); answer.code != http.StatusCreated {
					t.Errorf("POST /positions: %d %s", answer.code, answer.body)
				}
				answer := a.get(t, "/positions")
				if answer.code != http.StatusOK || !strings.Contains(string(answer.body), "SRE") {
					t.Errorf("GET /positions: %d %s", answer.code, answer.body)
				}
			}
			answer := a.get(t, contract.PathReady)
			ready := decode[contract.Ready](t, answer)
			if answer.code != http.StatusOK || ready.Status != contract.StatusReady || ready.Checks[contract.Redis] != contract.StatusNotReady {
				t.Errorf("ready: %d %s", answer.code, answer.body)
			}
			answer = a.get(t, contract.PathDetailed)
			redis := decode[contract.Detailed](t, answer).Dependencies[contract.Redis]
			if answer.code != http.StatusServiceUnavailable || redis.Status != contract.StatusUnhealthy || redis.Error != test.wantError {
				t.Errorf("detailed: %d %s", answer.code, answer.body)
			}
		})
	}
}

// A URL that is not set is not called invalid.
func TestNoRedisURL(t *testing.T) {
	_, err := api.New(t.Context(), config.API{DatabaseURL: "postgres://nowhere/db"}, cache.DefaultLimits, nil, slog.New(slog.DiscardHandler))
	if err == nil || err.Error() != "REDIS_URL is not set" {
		t.Errorf("got error %v", err)
	}
}

// A dependency that accepts connections and never responds is reported as unhealthy. The
// timeout is tested in package health, where time does not depend on the machine.
func TestHungDependency(t *testing.T) {
	s := startServers(t)
	a := s.start(t)
	a.awaitReady(t)

	for name, server := range map[string]interface {
		Pause()
		Resume()
	}{
		contract.Database: s.postgres,
		contract.Redis:    s.redis,
	} {
		t.Run(name, func(t *testing.T) {
			server.Pause()
			defer server.Resume()
			for path, code := range map[string]int{
				contract.PathDetailed: http.StatusServiceUnavailable,
				contract.PathReady:    http.StatusServiceUnavailable,
				contract.PathLive:     http.StatusOK,
				contract.PathHealth:   http.StatusOK,
			} {
				if answer := a.get(t, path); answer.code != code {
					t.Errorf("%s: %d %s", path, answer.code, answer.body)
				}
			}
			detailed := decode[contract.Detailed](t, a.get(t, contract.PathDetailed))
			for other, dependency := range detailed.Dependencies {
				want := contract.StatusHealthy
				if other == name {
					want = contract.StatusUnhealthy
				}
				if dependency.Status != want || (dependency.Error == contract.ErrorTimeout) != (other == name) {
					t.Errorf("%s is %s (%s), want %s", other, dependency.Status, dependency.Error, want)
				}
			}
			server.Resume()
			a.awaitReady(t)
		})
	}
}

func TestWrongPasswords(t *testing.T) {
	s := startServers(t)
	wrong := func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), "guess")
		return u.String()
	}
	a := start(t, wrong(s.postgres.URL("postgres")), wrong(s.redis.URL()), 0)

	answer := a.get(t, contract.PathDetailed)
	detailed := decode[contract.Detailed](t, answer)
	for name, dependency := range detailed.Dependencies {
		if dependency.Status != contract.StatusUnhealthy || dependency.Error != contract.ErrorAuthenticationFailed {
			t.Errorf("%s is %s (%s)", name, dependency.Status, dependency.Error)
		}
	}
	if answer.code != http.StatusServiceUnavailable {
		t.Errorf("status %d", answer.code)
	}
	if answer := a.get(t, contract.PathHealth); answer.code != http.StatusOK {
		t.Errorf("health: %d %s", answer.code, answer.body)
	}
}

// What is stored can still be read, so that the API stays ready.
func TestReadOnlyDatabase(t *testing.T) {
	s := startServers(t)
	a := s.start(t)
	a.awaitReady(t)

	readOnly := func(value string) {
		s.postgres.Exec(t, "postgres", "ALTER SYSTEM SET default_transaction_read_only = "+value)
		s.postgres.Exec(t, "postgres", "SELECT pg_reload_conf()")
	}
	readOnly("on")
	answer := a.await(t, contract.PathDetailed, http.StatusServiceUnavailable)
	database := decode[contract.Detailed](t, answer).Dependencies[contract.Database]
	if database.Status != contract.StatusUnhealthy || database.Error != contract.ErrorReadOnly {
		t.Errorf("detailed: %s", answer.body)
	}
	if answer := a.get(t, contract.PathReady); answer.code != http.StatusOK {
		t.Errorf("ready: %d %s", answer.code, answer.body)
	}
	if answer := a.post(t, "/positions", `{"title":"SRE"}`); answer.code != http.StatusServiceUnavailable && answer.code != http.StatusInternalServerError {
		t.Errorf("POST /positions: %d %s", answer.code, answer.body)
	}
	readOnly("off")
	a.await(t, contract.PathDetailed, http.StatusOK)
}

// The API starts before its database, and migrates it as soon as it is available.
func TestMigrationsPendingThenComplete(t *testing.T) {
	s := startServers(t)
	databaseURL := s.postgres.CreateDatabase(t, "late")
	s.postgres.Kill()
	a := start(t, databaseURL, s.redis.URL(), 0)

	answer := a.get(t, contract.PathReady)
	ready := decode[contract.Ready](t, answer)
	if answer.code != http.StatusServiceUnavailable || ready.Checks[contract.Migrations] != contract.StatusPending {
		t.Errorf("before: %d %s", answer.code, answer.body)
	}

	s.postgres.Start(t)
	a.awaitReady(t)

	// The state is read again each time, and a database that was emptied is migrated
	// without a restart.
	s.postgres.Exec(t, "late", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	answer = a.get(t, contract.PathReady)
	ready = decode[contract.Ready](t, answer)
	if answer.code != http.StatusServiceUnavailable || ready.Checks[contract.Migrations] != contract.StatusPending {
		t.Errorf("emptied: %d %s", answer.code, answer.body)
	}
	a.awaitReady(t)
	if answer := a.post(t, "/positions", `{"title":"SRE"}`); answer.code != http.StatusCreated {
		t.Errorf("POST /positions: %d %s", answer.code, answer.body)
	}
}

// Two pods of a new tracker start at the same time on an empty database.
func TestTwoStartAtOnce(t *testing.T) {
	s := startServers(t)
	databaseURL := s.postgres.CreateDatabase(t, "shared")
	first := start(t, databaseURL, s.redis.URL(), 0)
	second := start(t, databaseURL, s.redis.URL(), 0)
	first.awaitReady(t)
	second.awaitReady(t)

	pool, err := database.Open(t.Context(), databaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var twice int
	err = pool.QueryRow(t.Context(),
		"SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version").Scan(&twice)
	if err != nil || twice != 0 {
		t.Errorf("%d migrations were applied twice (%v)", twice, err)
	}
}
