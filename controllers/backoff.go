// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
)

// The back-off of what fails.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 5 * time.Minute
)

// backOff delays what fails, twice as long each time. It counts time and not failures:
// each change that is observed makes for another attempt, and a dozen that fail within one
// second must not put off the next one by minutes. So a failure within a delay makes it no
// longer.
type backOff[T comparable] struct {
	workqueue.TypedRateLimiter[T]
	clock clock.PassiveClock

	mu  sync.Mutex
	due map[T]time.Time
}

func newBackOff[T comparable](clk clock.PassiveClock) *backOff[T] {
	return &backOff[T]{
		TypedRateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[T](firstRetry, lastRetry),
		clock:            clk,
		due:              map[T]time.Time{},
	}
}

// When implements workqueue.TypedRateLimiter.
func (b *backOff[T]) When(item T) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	if left := b.due[item].Sub(now); left > 0 {
		return left
	}
	delay := b.TypedRateLimiter.When(item)
	b.due[item] = now.Add(delay)
	return delay
}

// Forget implements workqueue.TypedRateLimiter.
func (b *backOff[T]) Forget(item T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.due, item)
	b.TypedRateLimiter.Forget(item)
}
