// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package health serves the API's health endpoints according to internal/contract.
package health

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Timeout limits how long all checks of a response take together. The specification's
// readiness probe times out after 3 seconds.
const Timeout = 2 * time.Second

// Check checks a dependency over a real connection.
type Check func(context.Context) error

// result is the result of a check.
type result struct {
	err      error
	began    time.Time
	duration time.Duration
}

// checks runs checks, and logs changes of their results.
type checks struct {
	log    *slog.Logger
	byName map[string]Check

	mu      sync.Mutex
	failing map[string]bool // Absent if not checked yet.
}

// run runs the named checks concurrently. It returns within Timeout, even if a check ignores
// its context. It is not cancelled with the request: a probe that closes its connection
// early is no failure of the dependency.
func (c *checks) run(ctx context.Context, names ...string) map[string]result {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()

	type finished struct {
		name string
		result
	}
	done := make(chan finished, len(names)) // A check that ignores its context sends when nobody receives.
	began := time.Now()
	for _, name := range names {
		go func() {
			err := c.byName[name](ctx)
			done <- finished{name, result{err: err, began: began, duration: time.Since(began)}}
		}()
	}
	results := make(map[string]result, len(names))
	for _, name := range names { // The result of each that does not finish.
		results[name] = result{err: context.DeadlineExceeded, began: began, duration: Timeout}
	}
	for range names {
		select {
		case one := <-done:
			results[one.name] = one.result
		case <-ctx.Done():
		}
	}
	for name, r := range results {
		c.logChange(name, r.err)
	}
	return results
}

func anyFailed(results map[string]result) bool {
	for _, r := range results {
		if r.err != nil {
			return true
		}
	}
	return false
}

func (c *checks) logChange(name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	failing, seen := c.failing[name]
	if seen && failing == (err != nil) {
		return
	}
	c.failing[name] = err != nil
	if err != nil {
		c.log.Warn("check fails", "check", name, "error", err)
		return
	}
	c.log.Info("check passes", "check", name)
}

// dependency converts the result for contract.Detailed.
func (r result) dependency() contract.Dependency {
	status := contract.StatusHealthy
	if r.err != nil {
		status = contract.StatusUnhealthy
	}
	return contract.Dependency{
		Status:         status,
		ResponseTimeMS: int64((r.duration + time.Millisecond - 1) / time.Millisecond),
		LastCheck:      timestamp(r.began),
	}
}

// ready converts the result for contract.Ready.
func (r result) ready() contract.Status {
	if r.err != nil {
		return contract.StatusNotReady
	}
	return contract.StatusReady
}

// timestamp converts a time to the contract's format.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
