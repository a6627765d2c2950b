// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func TestMain(m *testing.M) {
	cache.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	client, err := cache.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// The error about an invalid URL does not contain it.
func TestOpenRefuses(t *testing.T) {
	for _, bad := range []string{"s3cret", "http://:s3cret@cache", "redis://:s3/cret@cache", "redis://:s3cret@cache/s3cret"} {
		if _, err := cache.Open(bad); err == nil || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestLists(t *testing.T) {
	server := testservers.StartRedis(t)
	limits := cache.Limits{TTL: eventually, Timeout: eventually}
	lists := cache.NewLists(open(t, server.URL()), limits, slog.New(slog.DiscardHandler))

	stored := "first"
	source := func(context.Context) ([]byte, error) { return []byte(stored), nil }
	read := func(want string) {
		t.Helper()
		if got, err := lists.Read(t.Context(), "things", "50", source); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}

	// A reader that is slower than a writer must not leave the old list behind.
	_, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) {
		lists.Invalidate(t.Context(), "things")
		return []byte("old"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	read("first")

	stored = "second"
	read("first") // from the cache
	lists.Invalidate(t.Context(), "things")
	read("second")
	if ratio := lists.HitRatio(); ratio != 0.25 {
		t.Errorf("ratio %v, want 1 of 4", ratio)
	}

	failure := errors.New("no database")
	_, err = lists.Read(t.Context(), "others", "50", func(context.Context) ([]byte, error) { return nil, failure })
	if !errors.Is(err, failure) {
		t.Errorf("got error %v", err)
	}
}

// A Redis that hangs delays a request by the timeout at most: this client has no timeouts
// of its own.
func TestHungRedis(t *testing.T) {
	server := testservers.StartRedis(t)
	options := *open(t, server.URL()).Options()
	options.ReadTimeout, options.WriteTimeout = -1, -1
	client := redis.NewClient(&options)
	defer client.Close()
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	limits := cache.Limits{TTL: eventually, Timeout: 50 * time.Millisecond}
	lists := cache.NewLists(client, limits, slog.New(slog.DiscardHandler))
	server.Pause()
	defer server.Resume()

	done := make(chan error, 1)
	go func() {
		_, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) { return nil, nil })
		lists.Invalidate(t.Context(), "things")
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(eventually):
		t.Error("it still waits for Redis")
	}
}
