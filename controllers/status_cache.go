// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// statusCache remembers the status that was last written of each tracker, for as long
// as the caches may still hold an older one: from that, the same status would be
// written again. The zero statusCache is empty.
type statusCache struct {
	mu      sync.Mutex
	entries map[types.NamespacedName]writtenStatus
}

type writtenStatus struct {
	uid             types.UID
	resourceVersion string
	at              time.Time
	emitted         status.Emitted
}

// observe starts an entry for a tracker that has none, and returns the UID of an earlier
// tracker of its name.
func (c *statusCache) observe(t *v1alpha1.InterviewTracker) (earlier types.UID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = map[types.NamespacedName]writtenStatus{}
	}
	key := client.ObjectKeyFromObject(t)
	e, ok := c.entries[key]
	if ok && e.uid == t.UID {
		return ""
	}
	c.entries[key] = writtenStatus{uid: t.UID}
	return e.uid
}

// record notes that a status was just written of a tracker that was observed.
func (c *statusCache) record(t *v1alpha1.InterviewTracker, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := client.ObjectKeyFromObject(t)
	c.entries[key] = writtenStatus{t.UID, t.ResourceVersion, now, c.entries[key].emitted}
}

// emitted is what events have reported of a tracker and is not over; nil when that is
// unknown.
func (c *statusCache) emitted(t *v1alpha1.InterviewTracker) status.Emitted {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[client.ObjectKeyFromObject(t)].emitted
}

// markEmitted notes what events have reported.
func (c *statusCache) markEmitted(t *v1alpha1.InterviewTracker, emitted status.Emitted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := client.ObjectKeyFromObject(t)
	e := c.entries[key]
	e.emitted = emitted
	c.entries[key] = e
}

// since is the time since a tracker's status was last written; very long when it
// is unknown.
func (c *statusCache) since(t *v1alpha1.InterviewTracker, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Sub(c.entries[client.ObjectKeyFromObject(t)].at)
}

// newerThan reports whether a tracker, as it was read, is older than what was
// written of it.
func (c *statusCache) newerThan(t *v1alpha1.InterviewTracker) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[client.ObjectKeyFromObject(t)]
	if e.uid != t.UID || e.resourceVersion == "" {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(t.ResourceVersion, e.resourceVersion)
	return err == nil && order < 0
}

// forget drops a tracker that is gone, and returns its UID if it was observed.
func (c *statusCache) forget(name types.NamespacedName) (types.UID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[name]
	delete(c.entries, name)
	return e.uid, ok
}
