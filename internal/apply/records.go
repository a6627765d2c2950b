// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/sets"
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

// record is what the engine remembers of one child. It saves requests, and nothing is
// decided by it alone: after a restart it is empty, and the live objects are enough.
type record struct {
	// uid, version and hash are those of the last write: the object's UID, its
	// resourceVersion after it, and the intent. written is when it was.
	uid     types.UID
	version string
	hash    string
	written time.Time
	// generation is the object's after that write, 0 for kinds that have none.
	generation int64
	// answer is the fingerprint of where the API server's answer to that write
	// did not meet the intent; empty when it did.
	answer string
	// exists means that the API server had an object of the name, of whomever, whether or
	// not the cache shows it.
	exists bool
	// settled is the last decision to leave the object as it is.
	settled settled
	// content is the content of a bulky object that needed no write; nil of others.
	content *content
	// refusal is the API server's last refusal of what was to be written, if any.
	refusal *refusal
	// outdated is the last write that was based on an older version of the object than the
	// API server's, if any.
	outdated *outdatedWrite
	// conflicts are the fields that were repaired recently, by formatted path.
	conflicts map[string]*fieldConflict
	// warned are what the API server warned of in its answers to writes, and was reported.
	warned []string
}

// input stands for what an intent is made from: the child, and what it is compared by.
type input struct {
	child        [sha256.Size]byte
	keepTemplate bool
	observed     string
	autoscaled   bool
	schemas      int
}

// newInput returns the input of the child's intent. It costs far less than the intent, least
// of all for the kinds of Kubernetes' own that have a binary form.
func (c *child) newInput() (input, error) {
	encode := func() ([]byte, error) { return json.Marshal(c.Object) }
	// Of a copy: it stores the text of quantities in the object, which then reads otherwise.
	if object, ok := c.Object.DeepCopyObject().(interface{ Marshal() ([]byte, error) }); ok {
		encode = object.Marshal
	}
	encoded, err := encode()
	if err != nil {
		return input{}, fmt.Errorf("encode %s: %w", c, err)
	}
	return input{sha256.Sum256(encoded), c.KeepTemplate, c.Observed, c.autoscaled, c.optional.count()}, nil
}

// settled is a decision to leave an object as it is. It holds as long as neither the
// intent nor the object changes.
type settled struct {
	input   input
	uid     types.UID
	version string
	why     string
	until   time.Time // Zero when it has no limit.
}

// reason returns why a live object is left as it is, empty when that has yet to be decided.
func (s settled) reason(in input, live *object, now time.Time) string {
	if s.input != in || s.uid != live.GetUID() || s.version != live.GetResourceVersion() || !s.until.IsZero() && !now.Before(s.until) {
		return ""
	}
	return s.why
}

// content is the content of a bulky object, as far as it was found to need no write for
// an intent.
type content struct {
	uid          types.UID
	hash, digest string
	why          string
}

// reason returns why a cached object's content is left as it is, empty when that is to
// be decided.
func (k *content) reason(hash string, cached *object, digest string) string {
	if k == nil || k.uid != cached.GetUID() || k.hash != hash || k.digest != digest {
		return ""
	}
	return k.why
}

// wrote reports whether the last write was of this intent to this object.
func (r *record) wrote(live *object, hash string) bool {
	return r.uid == live.GetUID() && r.hash == hash
}

// remember notes the result of a write of the intent.
func (r *record) remember(live *object, hash string, found []difference) {
	r.uid, r.version, r.hash = live.GetUID(), live.GetResourceVersion(), hash
	r.generation, r.answer = live.GetGeneration(), fingerprint(found)
}

// answered reports whether the last write was of this intent to this object and the
// API server's answer was what the object still is. A kind without generations
// shows it by the values alone.
func (r *record) answered(live *object, hash string, found []difference) bool {
	return r.wrote(live, hash) && r.generation == live.GetGeneration() && r.answer == fingerprint(found)
}

// refusal is what the API server refused: an intent, over one version of the
// object (empty for its creation).
type refusal struct {
	hash, version string
	err           error
	at            time.Time
}

// refusedFor is how long a refused request is not repeated: an admission webhook may
// decide otherwise later, and no watch shows that.
const refusedFor = 4 * time.Minute

// refused returns the refusal of an intent while it stands, and for how long it does.
func (r *record) refused(hash, version string, now time.Time) (time.Duration, error) {
	last := r.refusal
	if last == nil || last.hash != hash || last.version != version {
		return 0, nil
	}
	left := refusedFor - now.Sub(last.at)
	if left < 0 {
		return 0, nil
	}
	return left, last.err
}

// outdatedWrite is a write that conflicted: of an intent, over one version of the object. As
// long as the cache shows that version, it would conflict again.
type outdatedWrite struct {
	hash, version string
	due           time.Time
	wait          time.Duration
}

// The time until a write that conflicted is repeated, which doubles each time.
const (
	firstOutdated = 200 * time.Millisecond
	lastOutdated  = time.Minute
)

// isOutdated reports whether a write conflicted before and is not due yet.
func (r *record) isOutdated(hash, version string, now time.Time) bool {
	last := r.outdated
	return last != nil && last.hash == hash && last.version == version && now.Before(last.due)
}

// conflicted notes that a write conflicted.
func (r *record) conflicted(hash, version string, now time.Time) {
	next := outdatedWrite{hash: hash, version: version, wait: firstOutdated}
	if last := r.outdated; last != nil && last.hash == hash && last.version == version {
		next.wait = min(2*last.wait, lastOutdated)
	}
	next.due = now.Add(next.wait)
	r.outdated = &next
}

// ahead reports whether a cached object is older than the last write of the child: of the
// same object, or of one that was created in place of that.
func (r *record) ahead(cached *object) bool {
	order, err := resourceversion.CompareResourceVersion(r.version, cached.GetResourceVersion())
	return err == nil && order > 0
}

// calm drops the conflicts that have been quiet for long enough.
func (r *record) calm(now time.Time) {
	maps.DeleteFunc(r.conflicts, func(_ string, c *fieldConflict) bool { return now.After(c.over()) })
}

// waiting reports whether every field that differs is in conflict and its next repair
// not yet due, and when the first of them is.
func (r *record) waiting(now time.Time, found []difference) (due time.Time, waiting bool) {
	for _, d := range found {
		c := r.conflicts[d.field()]
		if c == nil || !now.Before(c.due()) {
			return time.Time{}, false
		}
		if due.IsZero() || c.due().Before(due) {
			due = c.due()
		}
	}
	return due, true
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
		fmt.Fprintf(sum, "%s=%s\n", d.field(), value)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// recordsOf returns the records of a tracker's children, and drops those of
// objects that are no longer among them.
func (e *Engine) recordsOf(owner types.UID, children []Child) map[childKey]*record {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, now := e.records[owner], make(map[childKey]*record, len(children))
	for _, child := range children {
		key := keyOf(child.Object)
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
	delete(e.gone, owner)
}

// setGone remembers that an object no longer exists, which the cache may not show yet.
func (e *Engine) setGone(owner, uid types.UID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone[owner] == nil {
		e.gone[owner] = sets.New[types.UID]()
	}
	e.gone[owner].Insert(uid)
}

// isGone reports whether an object no longer exists although the cache shows it.
func (e *Engine) isGone(owner, uid types.UID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gone[owner].Has(uid)
}

// forgetGone forgets the objects that the cache no longer shows.
func (e *Engine) forgetGone(owner types.UID, shown sets.Set[types.UID]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if gone := e.gone[owner].Intersection(shown); gone.Len() > 0 {
		e.gone[owner] = gone
	} else {
		delete(e.gone, owner)
	}
}

// A field that is repaired this often in this time is in conflict with another manager:
// from then on repairs back off, for twice as long each time.
const (
	conflictRepairs = 3
	conflictWindow  = 10 * time.Minute
	conflictMinWait = time.Minute
	conflictMaxWait = 8 * time.Minute
)

// fieldConflict is the recent history of one field's repairs.
type fieldConflict struct {
	repairs []time.Time // The last conflictRepairs of them, oldest first.
	wait    time.Duration
	manager string // The one that changed the field last; empty when unknown.
}

// repaired records a repair of what another manager changed.
func (c *fieldConflict) repaired(now time.Time, manager string) {
	c.manager = manager
	c.repairs = append(c.repairs, now)
	if len(c.repairs) > conflictRepairs {
		c.repairs = c.repairs[1:]
	}
	if c.active() || len(c.repairs) == conflictRepairs && now.Sub(c.repairs[0]) <= conflictWindow {
		c.wait = min(max(2*c.wait, conflictMinWait), conflictMaxWait)
	}
}

// active reports whether repairs of the field back off.
func (c *fieldConflict) active() bool { return c.wait > 0 }

// due is when the field may be repaired again.
func (c *fieldConflict) due() time.Time { return c.last().Add(c.wait) }

// over is when the field counts as quiet again, unless it is repaired before.
func (c *fieldConflict) over() time.Time { return c.due().Add(conflictWindow) }

func (c *fieldConflict) last() time.Time { return c.repairs[len(c.repairs)-1] }
