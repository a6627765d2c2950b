// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package cache caches lists in Redis. What it can't read there it reads from the source,
// so that the tracker works without Redis, only slower.
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

// prefix separates the keys from those of other applications. Trackers that share a Redis
// need different database numbers (redis://HOST:PORT/NUMBER).
const prefix = "interview-tracker:"

// Limits are the limits of a cache.
type Limits struct {
	// TTL limits the age of a list whose invalidation was lost.
	TTL time.Duration
	// Timeout limits how long a request waits for Redis before it uses the source.
	Timeout time.Duration
}

// DefaultLimits are the API's limits. Tests on a busy machine need longer ones.
var DefaultLimits = Limits{TTL: 10 * time.Second, Timeout: 250 * time.Millisecond}

// errURL does not wrap the parser's error, which may contain the password.
var errURL = errors.New("is not a URL of the form redis://:PASSWORD@HOST:PORT/NUMBER (the value is not shown: it holds a password)")

// Open returns a client for a redis:// or rediss:// URL. The server need not be reachable
// yet. The error continues a message that begins with the name of the variable with the
// URL.
func Open(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errURL
	}
	options.ContextTimeoutEnabled = true // The deadlines of contexts are shorter than the client's.
	options.DialerRetries = 1            // A refused connection is not retried …
	options.MaxRetries = 1               // … but a stale one is, once.
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

// LogTo logs the client library's messages about connections, which it prints to standard
// error by default, at DEBUG. It applies to the whole process.
func LogTo(log *slog.Logger) { redis.SetLogger(libraryLog{log}) }

type libraryLog struct{ log *slog.Logger }

// Printf implements the library's logger.
func (l libraryLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.DebugContext(ctx, fmt.Sprintf(format, args...))
}

// Lists is a read-through cache of encoded lists.
type Lists struct {
	client *redis.Client
	limits Limits
	log    *slog.Logger
	hits   atomic.Int64
	misses atomic.Int64
}

// NewLists returns a cache in the client's Redis.
func NewLists(client *redis.Client, limits Limits, log *slog.Logger) *Lists {
	return &Lists{client: client, limits: limits, log: log}
}

// Read returns a variant of the named list, such as its first 50 elements, from Redis or
// from load. It only returns errors of load.
//
// The key contains a version, which Invalidate increments and which is read before the
// source: what a slow reader stores of an old list is never read.
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
		l.log.DebugContext(ctx, "list not cached", "list", name, "exception", err)
	}
	return list, nil
}

// get returns the key of the list, which is empty if Redis is not available, and the list
// if it is cached.
func (l *Lists) get(ctx context.Context, name, variant string) (string, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	version, err := l.client.Get(ctx, versionKey(name)).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		l.log.DebugContext(ctx, "cache not used", "list", name, "exception", err)
		return "", nil, err
	}
	key := fmt.Sprintf("%s%s:%d:%s", prefix, name, version, variant)
	list, err := l.client.Get(ctx, key).Bytes()
	return key, list, err
}

// Invalidate drops the cached variants of the named list. It must be called after its
// source has changed.
func (l *Lists) Invalidate(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.limits.Timeout)
	defer cancel()
	if err := l.client.Incr(ctx, versionKey(name)).Err(); err != nil {
		l.log.WarnContext(ctx, "list not invalidated", "list", name, "stale_seconds_at_most", l.limits.TTL.Seconds(), "exception", err)
	}
}

// HitRatio is the share of Read calls since the start that were served from Redis; NaN
// before the first.
func (l *Lists) HitRatio() float64 {
	hits, misses := l.hits.Load(), l.misses.Load()
	if hits+misses == 0 {
		return math.NaN()
	}
	return float64(hits) / float64(hits+misses)
}

func versionKey(name string) string { return prefix + name + ":version" }
