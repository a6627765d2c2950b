// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package cache keeps lists in Redis. What it can't get from there it gets from
// the source, so that the tracker works without Redis, only slower.
package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// prefix sets our keys apart from those of other applications. Trackers that
// share a Redis need different database numbers (redis://HOST:PORT/NUMBER).
const prefix = "interview-tracker:"

// Limits are the bounds of a cache.
type Limits struct {
	// TTL is how long a list may be old when its invalidation got lost.
	TTL time.Duration
	// Timeout bounds what a request waits for Redis before it goes to the source.
	Timeout time.Duration
}

// DefaultLimits are those of the API. Tests on a busy machine take longer ones.
var DefaultLimits = Limits{TTL: 10 * time.Second, Timeout: 250 * time.Millisecond}

// errURL says nothing of the value: even a parser's complaint may quote the
// password.
var errURL = errors.New("is not a URL of the form redis://:PASSWORD@HOST:PORT/NUMBER (the value is not shown: it holds a password)")

// Open makes a client of the Redis of a redis:// or rediss:// URL, which need
// not be reachable yet. Its error fits behind the name of the variable that
// held the URL.
func Open(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errURL
	}
	options.ContextTimeoutEnabled = true // our deadlines are shorter than the client's
	options.DialerRetries = 1            // a refused connection is an answer …
	options.MaxRetries = 1               // … and a stale one is worth one more try
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

// LogTo sends what the client library says of its connections, which it prints
// to the standard error by itself, to log at DEBUG. It is for the whole process.
func LogTo(log *slog.Logger) { redis.SetLogger(libraryLog{log}) }

type libraryLog struct{ log *slog.Logger }

// Printf implements the library's logger.
func (l libraryLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, fmt.Sprintf(format, args...))
}

// Lists is a read-through cache of lists that are kept as text.
type Lists struct {
	client *redis.Client
	limits Limits
	log    *slog.Logger
	hits   atomic.Int64
	misses atomic.Int64
}

// NewLists makes a cache in the client's Redis.
func NewLists(client *redis.Client, limits Limits, log *slog.Logger) *Lists {
	return &Lists{client: client, limits: limits, log: log}
}

// Read returns a variant of the named list, such as its first 50 elements, from
// Redis, or else from load, whose error is the only one that it returns.
//
// The key holds a version which Invalidate advances and which is read before the
// source is: whatever a slow reader still stores of the old list is never read.
func (l *Lists) Read(
	ctx context.Context, name, variant string, load func(context.Context) ([]byte, error),
) ([]byte, error) {
	key, cached, err := l.get(ctx, name, variant)
	if err == nil {
		l.hits.Add(1)
		return cached, nil
	}
	l.misses.Add(1)
	list, err := load(ctx)
	if err != nil || key == "" {
		return list, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	if err := l.client.Set(ctx, key, list, l.limits.TTL).Err(); err != nil {
		l.log.Debug("list not cached", "list", name, "error", err)
	}
	return list, nil
}

// get returns the key to store the list under, which is empty when Redis can't
// be used, and the list when it is there.
func (l *Lists) get(ctx context.Context, name, variant string) (string, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	version, err := l.client.Get(ctx, versionKey(name)).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		l.log.Debug("cache not used", "list", name, "error", err)
		return "", nil, err
	}
	key := fmt.Sprintf("%s%s:%d:%s", prefix, name, version, variant)
	list, err := l.client.Get(ctx, key).Bytes()
	return key, list, err
}

// Invalidate is called after the source of the named list has changed.
func (l *Lists) Invalidate(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.limits.Timeout)
	defer cancel()
	if err := l.client.Incr(ctx, versionKey(name)).Err(); err != nil {
		l.log.Warn("list not invalidated", "list", name, "stale_seconds_at_most", l.limits.TTL.Seconds(), "error", err)
	}
}

// HitRatio is the share of Read calls since the start that Redis answered, and
// not a number before the first.
func (l *Lists) HitRatio() float64 {
	hits, misses := l.hits.Load(), l.misses.Load()
	if hits+misses == 0 {
		return math.NaN()
	}
	return float64(hits) / float64(hits+misses)
}

func versionKey(name string) string { return prefix + name + ":version" }
