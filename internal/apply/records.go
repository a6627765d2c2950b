// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// childKey names one child of a tracker.
type childKey struct {
	kind schema.GroupKind
	name string
}

func keyOf(child client.Object) childKey {
	return childKey{child.GetObjectKind().GroupVersionKind().GroupKind(), child.GetName()}
}

// record is what the engine remembers of one child. It is a help, not a truth:
// after a restart it is empty, and the live objects tell all that is needed.
type record struct {
	// uid, version and hash are those of the last write: the object's UID, its
	// resourceVersion after it, and the intent.
	uid     types.UID
	version string
	hash    string
	// generation is the object's after that write, 0 for kinds that have none.
	generation int64
	// answer is the fingerprint of where the API server's answer to that write
	// did not meet the intent; empty when it did.
	answer string
	// refusal is the API server's last refusal of what was to be written.
	refusal refusal
	// conflicts are the fields that were repaired of late, by formatted path.
	conflicts map[string]*fieldConflict
}

// wrote tells whether the last write was of this intent to this object.
func (r *record) wrote(live *object, hash string) bool {
	return r.uid == live.GetUID() && r.hash == hash
}

// remember notes what a write of the intent came to.
func (r *record) remember(live *object, hash string, found []difference) {
	r.uid, r.version, r.hash = live.GetUID(), live.GetResourceVersion(), hash
	r.generation, r.answer = live.GetGeneration(), fingerprint(found)
}

// answered tells whether the last write was of this intent to this object and the
// API server's answer was what the object still is. A kind without generations
// tells by the values alone.
func (r *record) answered(live *object, hash string, found []difference) bool {
	return r.wrote(live, hash) && r.generation == live.GetGeneration() && r.answer == fingerprint(found)
}

// refusal is what the API server refused: an intent, over one version of the
// object («» for its creation).
type refusal struct {
	hash, version string
	err           error
	at            time.Time
}

// refusedFor is for how long a refusal stands without being asked for again: what
// an admission webhook says may change, and tells nobody.
const refusedFor = 4 * time.Minute

// refused returns the refusal of an intent, while it stands.
func (r *record) refused(hash, version string, now time.Time) error {
	if r.refusal.hash != hash || r.refusal.version != version || now.Sub(r.refusal.at) > refusedFor {
		return nil
	}
	return r.refusal.err
}

// ahead tells whether a cached object is older than the last write to it.
func (r *record) ahead(cached *object) bool {
	if r.uid != cached.GetUID() {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(r.version, cached.GetResourceVersion())
	return err == nil && order > 0
}

// calm drops what has been quiet for long enough.
func (r *record) calm(now time.Time) {
	maps.DeleteFunc(r.conflicts, func(_ string, c *fieldConflict) bool { return now.After(c.over()) })
}

// waiting tells whether every field that differs is fought over and its next
// repair not yet due.
func (r *record) waiting(now time.Time, found []difference) bool {
	return !slices.ContainsFunc(found, func(d difference) bool {
		c := r.conflicts[formatPath(d.path)]
		return c == nil || !now.Before(c.due())
	})
}

// repaired records the repair of a field.
func (r *record) repaired(field, manager string, now time.Time) {
	if r.conflicts == nil {
		r.conflicts = map[string]*fieldConflict{}
	}
	if r.conflicts[field] == nil {
		r.conflicts[field] = &fieldConflict{}
	}
	r.conflicts[field].repaired(now, manager)
}

// fingerprint stands for the way in which an object does not meet its intent; it
// is empty when it does.
func fingerprint(found []difference) string {
	if len(found) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, d := range found {
		value, _ := json.Marshal(d.live) // It was JSON before.
		fmt.Fprintf(sum, "%s=%s\n", formatPath(d.path), value)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// recordsOf returns the records of a tracker's children, and drops those of
// objects that are no longer among them.
func (e *Engine) recordsOf(owner types.UID, children []client.Object) map[childKey]*record {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, now := e.records[owner], make(map[childKey]*record, len(children))
	for _, child := range children {
		key := keyOf(child)
		now[key] = before[key]
		if now[key] == nil {
			now[key] = &record{}
		}
	}
	e.records[owner] = now
	return now
}

// Forget drops what is remembered of a tracker that is gone.
func (e *Engine) Forget(owner types.UID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.records, owner)
}
