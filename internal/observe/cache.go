// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// trackerCache caches what was read for each tracker, by a key. The zero value is empty.
type trackerCache[K comparable, V any] struct {
	mu       sync.Mutex
	trackers map[types.NamespacedName]cached[K, V]
}

// cached is what is cached for one tracker.
type cached[K comparable, V any] struct {
	uid    types.UID
	values map[K]V
}

func (c *trackerCache[K, V]) forget(tracker types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.trackers, tracker)
}

// of returns what is cached for a tracker.
func (c *trackerCache[K, V]) of(t *v1alpha1.InterviewTracker) map[K]V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if of := c.trackers[client.ObjectKeyFromObject(t)]; of.uid == t.UID {
		return of.values
	}
	return nil
}

// keep caches these values for a tracker, and no earlier ones.
func (c *trackerCache[K, V]) keep(t *v1alpha1.InterviewTracker, values map[K]V) {
	if len(values) == 0 {
		c.forget(client.ObjectKeyFromObject(t))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trackers == nil {
		c.trackers = map[types.NamespacedName]cached[K, V]{}
	}
	c.trackers[client.ObjectKeyFromObject(t)] = cached[K, V]{t.UID, values}
}
