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
	"maps"
	"math"
	"sync"
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
	// Backoff is how long after a failure Run first tries whether Redis works. The time between
	// trials doubles, up to half a minute.
	Backoff time.Duration
}

// DefaultLimits are the API's limits. Tests on a busy machine need longer ones.
var DefaultLimits = Limits{TTL: 10 * time.Second, Timeout: 250 * time.Millisecond, Backoff: 100 * time.Millisecond}

const (
	minBackoff = 10 * time.Millisecond // That of limits without one.
	maxBackoff = 30 * time.Second
	// trialTimeout limits a trial, for which no request waits.
	trialTimeout = 5 * time.Second
)

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

// Lists is a read-through cache of encoded lists. Once Redis has failed, no request uses it until
// Run has found that it works.
type Lists struct {
	client *redis.Client
	limits Limits
	log    *slog.Logger
	hits   atomic.Int64
	misses atomic.Int64

	// failed wakes Run.
	failed chan struct{}

	mu sync.Mutex
	// down is whether Redis has failed since it last worked.
	down bool
	// lost counts the invalidations that Redis does not have, by the list's name.
	lost map[string]int
}

// NewLists returns a cache in the client's Redis; with nil, one that caches nothing.
func NewLists(client *redis.Client, limits Limits, log *slog.Logger) *Lists {
	return &Lists{client: client, limits: limits, log: log, failed: make(chan struct{}, 1), lost: map[string]int{}}
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
	storing, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	err = l.client.Set(storing, key, list, l.limits.TTL).Err()
	if l.used(ctx, err); err != nil {
		l.log.DebugContext(ctx, "list not cached", "list", name, "exception", err)
	}
	return list, nil
}

// get returns the key of the list, which is empty if Redis is not available, and the list
// if it is cached.
func (l *Lists) get(ctx context.Context, name, variant string) (string, []byte, error) {
	if !l.usable(name) {
		return "", nil, errUnused
	}
	asking, cancel := context.WithTimeout(ctx, l.limits.Timeout)
	defer cancel()
	version, err := l.client.Get(asking, versionKey(name)).Int64()
	key := fmt.Sprintf("%s%s:%d:%s", prefix, name, version, variant)
	var list []byte
	if err == nil || errors.Is(err, redis.Nil) { // There is no version before the first change.
		list, err = l.client.Get(asking, key).Bytes()
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		l.used(ctx, err)
		l.log.DebugContext(ctx, "cache not used", "list", name, "exception", err)
		return "", nil, err
	}
	return key, list, err
}

// errUnused is the error of get while Redis is not asked.
var errUnused = errors.New("redis is not used")

// usable reports whether Redis works and has what is known of the named list.
func (l *Lists) usable(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client != nil && !l.down && l.lost[name] == 0
}

// used notes how a request fared with Redis. One that ends early, as its client has gone, is no
// failure of Redis.
func (l *Lists) used(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = true
	l.wake()
}

func (l *Lists) wake() {
	select {
	case l.failed <- struct{}{}:
	default: // It is awake.
	}
}

// Invalidate drops the cached variants of the named list. It must be called after its
// source has changed. What Redis does not get, Run makes up for: until then this process reads the
// source, and others may read the old list for the TTL.
func (l *Lists) Invalidate(ctx context.Context, name string) {
	if l.client == nil {
		return
	}
	l.mu.Lock()
	down := l.down
	l.mu.Unlock()
	err := errUnused
	if !down {
		ctx = context.WithoutCancel(ctx)
		asking, cancel := context.WithTimeout(ctx, l.limits.Timeout)
		defer cancel()
		err = l.client.Incr(asking, versionKey(name)).Err()
		l.used(ctx, err)
	}
	if err != nil && l.lose(name) {
		l.log.WarnContext(ctx, "lists not invalidated until Redis works", "list", name, "stale_seconds_at_most", l.limits.TTL.Seconds(), "exception", err)
	}
}

// lose reports whether the invalidation is the first that Redis does not have.
func (l *Lists) lose(name string) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first = len(l.lost) == 0
	l.lost[name]++
	l.wake()
	return first
}

// Run makes up for lost invalidations, and finds when Redis works again after a failure, until ctx ends.
func (l *Lists) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.failed:
		}
		for wait := l.limits.Backoff; ; wait = min(max(2*wait, minBackoff), maxBackoff) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			if l.recovered(ctx) {
				break
			}
		}
	}
}

// recovered sends Redis the lost invalidations, and reports whether it has all and is as fast as
// requests need it.
func (l *Lists) recovered(ctx context.Context) bool {
	l.mu.Lock()
	lost := maps.Clone(l.lost)
	l.mu.Unlock()
	trying, cancel := context.WithTimeout(ctx, trialTimeout)
	defer cancel()
	began := time.Now()
	_, err := l.client.Pipelined(trying, func(commands redis.Pipeliner) error {
		for list := range lost {
			commands.Incr(trying, versionKey(list))
		}
		return commands.Ping(trying).Err()
	})
	if err != nil {
		l.log.DebugContext(ctx, "Redis does not work yet", "exception", err)
		return false
	}
	fast := time.Since(began) <= l.limits.Timeout
	if len(lost) > 0 {
		l.log.InfoContext(ctx, "lists invalidated that could not be before", "lists", len(lost))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.lost, func(list string, n int) bool { return lost[list] == n }) // Not what was lost since.
	l.down = l.down && !fast
	return !l.down && len(l.lost) == 0
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
