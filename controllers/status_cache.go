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
	entries map[types.NamespacedName]*writtenStatus
}

// writtenStatus is an entry. It needs no lock: one worker at a time has a tracker.
type writtenStatus struct {
	uid             types.UID
	resourceVersion string
	at              time.Time // zero before the first
	// emitted is what events have reported and is not over; nil when that is unknown.
	emitted status.Emitted
}

// of returns the entry of a tracker.
func (c *statusCache) of(t *v1alpha1.InterviewTracker) *writtenStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := client.ObjectKeyFromObject(t)
	if c.entries == nil {
		c.entries = map[types.NamespacedName]*writtenStatus{}
	}
	if c.entries[key] == nil {
		c.entries[key] = &writtenStatus{uid: t.UID}
	}
	return c.entries[key]
}

// observe starts an entry for a tracker that has none, and returns the UID of an earlier
// tracker of its name.
func (c *statusCache) observe(t *v1alpha1.InterviewTracker) (earlier types.UID) {
	e := c.of(t)
	if e.uid == t.UID {
		return ""
	}
	earlier = e.uid
	*e = writtenStatus{uid: t.UID}
	return earlier
}

// newerThan reports whether a tracker that was observed, as it was read, is older than
// what was written of it.
func (c *statusCache) newerThan(t *v1alpha1.InterviewTracker) bool {
	order, err := resourceversion.CompareResourceVersion(t.ResourceVersion, c.of(t).resourceVersion)
	return err == nil && order < 0 // An error: nothing was written.
}

// forget drops a tracker that is gone, and returns its UID if it was observed.
func (c *statusCache) forget(name types.NamespacedName) (types.UID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[name]
	if e == nil {
		return "", false
	}
	delete(c.entries, name)
	return e.uid, true
}
