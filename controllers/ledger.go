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

// ledger remembers the status that was last written of each tracker, for as long
// as the caches may still hold an older one: from that, the same status would be
// written again. The zero ledger is empty.
type ledger struct {
	mu      sync.Mutex
	entries map[types.NamespacedName]entry
}

type entry struct {
	uid             types.UID
	resourceVersion string
	at              time.Time
	told            status.Told
}

// record notes the status that was just written of a tracker that was met.
func (l *ledger) record(t *v1alpha1.InterviewTracker, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := client.ObjectKeyFromObject(t)
	l.entries[key] = entry{t.UID, t.ResourceVersion, now, l.entries[key].told}
}

// told is what has been told of a tracker by events and is not over; nil when that is
// not known.
func (l *ledger) told(t *v1alpha1.InterviewTracker) status.Told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[client.ObjectKeyFromObject(t)].told
}

// tell notes what has been told.
func (l *ledger) tell(t *v1alpha1.InterviewTracker, told status.Told) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := client.ObjectKeyFromObject(t)
	e := l.entries[key]
	e.told = told
	l.entries[key] = e
}

// meet makes a tracker known, and returns the UID of an earlier one of its name.
func (l *ledger) meet(t *v1alpha1.InterviewTracker) (earlier types.UID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[types.NamespacedName]entry{}
	}
	key := client.ObjectKeyFromObject(t)
	known, ok := l.entries[key]
	if ok && known.uid == t.UID {
		return ""
	}
	l.entries[key] = entry{uid: t.UID}
	return known.uid
}

// since is the time since a tracker's status was last written; very long when it
// is not known.
func (l *ledger) since(t *v1alpha1.InterviewTracker, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.entries[client.ObjectKeyFromObject(t)].at)
}

// newerThan tells whether a tracker, as it was read, is older than what was
// written of it.
func (l *ledger) newerThan(t *v1alpha1.InterviewTracker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[client.ObjectKeyFromObject(t)]
	if e.uid != t.UID || e.resourceVersion == "" {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(t.ResourceVersion, e.resourceVersion)
	return err == nil && order < 0
}

// forget drops a tracker that is gone, and returns its UID if it was met.
func (l *ledger) forget(name types.NamespacedName) (types.UID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.entries[name]
	delete(l.entries, name)
	return e.uid, known
}
