// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// run runs a cache until the test ends.
func run(t *testing.T, lists *cache.Lists) *cache.Lists {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lists.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return lists
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

// counting counts what a client asks Redis, and its attempts to connect.
type counting struct{ n atomic.Int64 }

func (c *counting) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c.n.Add(1)
		return next(ctx, network, address)
	}
}

func (c *counting) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, command)
	}
}

func (c *counting) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// After a failure, no request asks Redis until the back-off is over.
func TestBackoff(t *testing.T) {
	server := testservers.StartRedis(t)
	client := open(t, server.URL())
	asked := &counting{}
	client.AddHook(asked)
	limits := cache.Limits{TTL: eventually, Timeout: eventually, Backoff: time.Hour}
	lists := run(t, cache.NewLists(client, limits, slog.New(slog.DiscardHandler)))
	read := func() {
		t.Helper()
		got, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) { return []byte("stored"), nil })
		if err != nil || string(got) != "stored" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, _ = lists.Read(gone, "things", "50", func(context.Context) ([]byte, error) { return nil, gone.Err() })
	before := asked.n.Load()
	if read(); asked.n.Load() == before {
		t.Error("Redis is not used after a client has gone")
	}

	server.Kill()
	read()
	before = asked.n.Load()
	read()
	lists.Invalidate(t.Context(), "things")
	if after := asked.n.Load(); before == 0 || after != before {
		t.Errorf("%d commands and connections after the failure, %d until then", after-before, before)
	}
}

// What has changed while Redis was not asked is not read from what Redis has of before.
func TestInvalidatedDuringAnOutage(t *testing.T) {
	server := testservers.StartRedis(t)
	limits := cache.Limits{TTL: eventually, Timeout: 200 * time.Millisecond, Backoff: time.Second}
	lists := run(t, cache.NewLists(open(t, server.URL()), limits, slog.New(slog.DiscardHandler)))
	stored := "before"
	hit := func() bool {
		loaded := false
		got, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) {
			loaded = true
			return []byte(stored), nil
		})
		if err != nil || string(got) != stored {
			t.Fatalf("got %q, %v, want %q", got, err, stored)
		}
		return !loaded
	}
	awaitHit := func() {
		t.Helper()
		for deadline := time.Now().Add(eventually); !hit(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("Redis is not used")
			}
		}
	}
	awaitHit()
	server.Pause()
	defer server.Resume()
	for hit() { // It is paused only when it has noticed.
	}
	stored = "after"
	lists.Invalidate(t.Context(), "things")
	server.Resume()
	awaitHit()
}

// failing makes the commands of one client fail that a test chooses.
type failing struct {
	chosen atomic.Pointer[func(redis.Cmder) bool]
	asked  atomic.Int64
}

var errRefused = errors.New("refused")

func (f *failing) choose(chosen func(redis.Cmder) bool) { f.chosen.Store(&chosen) }

func (f *failing) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *failing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		f.asked.Add(1)
		if chosen := f.chosen.Load(); chosen != nil && (*chosen)(command) {
			command.SetErr(errRefused)
			return errRefused
		}
		return next(ctx, command)
	}
}

func (f *failing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		f.asked.Add(1)
		if chosen := f.chosen.Load(); chosen != nil && slices.ContainsFunc(commands, *chosen) {
			return errRefused
		}
		return next(ctx, commands)
	}
}

func all(redis.Cmder) bool { return true }

func none(redis.Cmder) bool { return false }

// What one pod could not invalidate, the others don't read for long, although no one uses that pod again.
func TestInvalidatedForOthers(t *testing.T) {
	server := testservers.StartRedis(t)
	limits := cache.Limits{TTL: time.Hour, Timeout: eventually, Backoff: time.Millisecond}
	var logged bytes.Buffer
	hook := &failing{}
	client := open(t, server.URL())
	client.AddHook(hook)
	one := cache.NewLists(client, limits, slog.New(slog.NewTextHandler(&logged, nil)))
	other := cache.NewLists(open(t, server.URL()), limits, slog.New(slog.DiscardHandler))
	stored := "before"
	source := func(context.Context) ([]byte, error) { return []byte(stored), nil }
	read := func(lists *cache.Lists) string {
		t.Helper()
		got, err := lists.Read(t.Context(), "things", "50", source)
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	read(other)

	hook.choose(all)
	read(one)
	stored = "after"
	one.Invalidate(t.Context(), "things")
	one.Invalidate(t.Context(), "things")
	if n := strings.Count(logged.String(), "lists not invalidated"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, logged.String())
	}
	if got := read(other); got != "before" {
		t.Fatalf("got %q: Redis has the invalidation", got)
	}
	hook.choose(none)
	run(t, one)
	for deadline := time.Now().Add(eventually); read(other) != "after"; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other one still reads the old list")
		}
	}
}

// A list is not stored when it could not be asked for.
func TestUnreadableList(t *testing.T) {
	server := testservers.StartRedis(t)
	client, hook := open(t, server.URL()), &failing{}
	client.AddHook(hook)
	hook.choose(func(command redis.Cmder) bool {
		if command.Name() == "set" {
			t.Error("the list is stored")
		}
		return strings.HasSuffix(fmt.Sprint(command.Args()...), "50")
	})
	lists := cache.NewLists(client, cache.Limits{TTL: eventually, Timeout: eventually}, slog.New(slog.DiscardHandler))
	got, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) { return []byte("stored"), nil })
	if err != nil || string(got) != "stored" {
		t.Errorf("got %q, %v", got, err)
	}
}

// While Redis fails, it is tried ever less often, and never by a request.
func TestTrials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, hook := open(t, "redis://cache:6379"), &failing{}
		client.AddHook(hook)
		hook.choose(all)
		lists := run(t, cache.NewLists(client, cache.DefaultLimits, slog.New(slog.DiscardHandler)))
		trials := func(d time.Duration) int64 {
			before := hook.asked.Load()
			for range 10 {
				lists.Invalidate(t.Context(), "things")
				time.Sleep(d / 10)
			}
			return hook.asked.Load() - before
		}
		if n := trials(time.Second); n < 3 || n > 5 {
			t.Errorf("%d commands in the first second", n)
		}
		trials(time.Minute)
		if n := trials(time.Hour); n < 119 || n > 121 {
			t.Errorf("%d commands in an hour", n)
		}
	})
}

// Without a client, nothing is cached.
func TestNoClient(t *testing.T) {
	lists := cache.NewLists(nil, cache.DefaultLimits, slog.New(slog.DiscardHandler))
	got, err := lists.Read(t.Context(), "things", "50", func(context.Context) ([]byte, error) { return []byte("stored"), nil })
	lists.Invalidate(t.Context(), "things")
	if err != nil || string(got) != "stored" || lists.HitRatio() != 0 {
		t.Errorf("got %q, %v, ratio %v", got, err, lists.HitRatio())
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
