// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package cache_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// Whatever is wrong with a URL, the error does not quote it.
func TestOpenRefuses(t *testing.T) {
	for _, bad := range []string{"s3cret", "http://:s3cret@cache", "redis://:s3/cret@cache", "redis://:s3cret@cache/s3cret"} {
		if _, err := cache.Open(bad); err == nil || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestLists(t *testing.T) {
	server := testservers.StartRedis(t)
	cache.LogTo(slog.New(slog.DiscardHandler))
	client, err := cache.Open(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	lists := cache.NewLists(client, slog.New(slog.DiscardHandler))

	stored := "first"
	source := func(context.Context) ([]byte, error) { return []byte(stored), nil }
	read := func(want string) {
		t.Helper()
		if got, err := lists.Read(t.Context(), "things", "50", source); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}

	// A reader that is slower than a writer must not leave the old list behind.
	_, err = lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) {
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

	// A Redis that hangs makes a request slower, by no more than its bound.
	server.Pause()
	defer server.Resume()
	stored = "third"
	start := time.Now()
	read("third")
	lists.Invalidate(t.Context(), "things")
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}
