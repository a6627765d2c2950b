// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func TestMain(m *testing.M) {
	cache.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// servers are the dependencies of a test.
type servers struct {
	postgres *testservers.Postgres
	redis    *testservers.Redis
}

func startServers(t *testing.T) servers {
	t.Helper()
	return servers{postgres: testservers.StartPostgres(t), redis: testservers.StartRedis(t)}
}

// tracker is a running API.
type tracker struct {
	url     string
	routes  []server.Route
	client  *http.Client
	stop    context.CancelFunc // Like SIGTERM.
	stopped chan error         // The result of Run.
}

// start runs an API with a database of its own until the test ends.
func (s servers) start(t *testing.T) *tracker {
	t.Helper()
	database := strings.ToLower(strings.NewReplacer("/", "_").Replace(t.Name()))
	return start(t, s.postgres.CreateDatabase(t, database), s.redis.URL(), 0)
}

func start(t *testing.T, databaseURL, redisURL string, drainDelay time.Duration) *tracker {
	t.Helper()
	patient := cache.Limits{TTL: eventually, Timeout: eventually}
	return startWith(t, config.API{DatabaseURL: databaseURL, RedisURL: redisURL}, patient, drainDelay)
}

// startWith completes a configuration with what does not matter.
func startWith(t *testing.T, cfg config.API, limits cache.Limits, drainDelay time.Duration) *tracker {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	cfg.Environment, cfg.Version = "production", "1.2.3"
	service, err := api.New(ctx, cfg, limits, nil, log)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	a := &tracker{
		url:     "http://" + listener.Addr().String(),
		routes:  service.Routes(),
		client:  &http.Client{Timeout: eventually},
		stop:    stop,
		stopped: make(chan error, 1),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.stopped <- service.Run(ctx, listener, drainDelay)
	}()
	t.Cleanup(func() {
		a.client.CloseIdleConnections()
		stop()
		<-ended
	})
	return a
}

// response is a response whose body has been read.
type response struct {
	code   int
	header http.Header
	body   []byte
}

func (a *tracker) get(t *testing.T, path string) response {
	t.Helper()
	return a.do(t, http.MethodGet, path, "")
}

func (a *tracker) post(t *testing.T, path, body string) response {
	t.Helper()
	return a.do(t, http.MethodPost, path, body)
}

func (a *tracker) do(t *testing.T, method, path, body string) response {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := a.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{code: answer.StatusCode, header: answer.Header, body: content}
}

// decode decodes the body strictly: the contract has no other fields.
func decode[T any](t *testing.T, r response) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(strings.NewReader(string(r.body)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	return value
}

// await polls the path until the response has the status code.
func (a *tracker) await(t *testing.T, path string, code int) response {
	t.Helper()
	var last response
	waitFor(t, func() bool {
		last = a.get(t, path)
		return last.code == code
	}, func() string { return path + " still answers " + string(last.body) })
	return last
}

func (a *tracker) awaitReady(t *testing.T) {
	t.Helper()
	a.await(t, contract.PathReady, http.StatusOK)
}

// waitFor polls a condition.
func waitFor(t *testing.T, condition func() bool, otherwise func() string) {
	t.Helper()
	deadline := time.Now().Add(eventually)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatal(otherwise())
		}
		time.Sleep(20 * time.Millisecond)
	}
}
