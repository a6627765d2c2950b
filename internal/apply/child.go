// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// child is one child in one reconciliation.
type child struct {
	*Engine
	Child
	owner      *v1alpha1.InterviewTracker
	kind       kinds.Kind
	key        client.ObjectKey
	autoscaled bool
	want       *intent // Once the object is compared or written.
	input      input
	record     *record
	result     *Result
}

// Why an existing object is left as it is.
const (
	reasonUnchanged   = "unchanged"
	reasonCacheLags   = "cache is older than the last write"
	reasonAltered     = "the API server keeps other values than those applied"
	reasonBackingOff  = "field conflict, backing off"
	reasonNotCaughtUp = "created a moment ago, and not in the cache yet"
)

// cacheDelay is how long a write may take to reach the cache. An object that is not
// there by then has been deleted, or has lost its label.
const cacheDelay = time.Second

// cachePatience is how long the cache may be older than a write before the API server is
// asked which of the two is right.
const cachePatience = 30 * time.Second

// apply makes the object exist as wanted, with as few requests as possible.
func (c *child) apply(ctx context.Context) error {
	var err error
	if c.input, err = c.newInput(); err != nil {
		return err
	}
	cached, err := c.readCached(ctx)
	if err != nil {
		return err
	}
	if cached != nil {
		if reason := c.record.settled.reason(c.input, cached, c.clock.Now()); reason != "" {
			return c.skip(ctx, reason)
		}
	}
	if c.want, err = newIntent(c.typesFor(c.kind.GroupVersionKind), c.Child, c.autoscaled); err != nil {
		return err
	}
	if cached == nil {
		return c.reconcileAbsent(ctx)
	}
	if err := cached.convert(); err != nil {
		return err
	}
	ahead := c.record.ahead(cached)
	switch {
	case ahead && c.record.wrote(cached, c.want.hash) && c.clock.Since(c.record.written) < cachePatience:
		c.result.Lagging = true // The event of our write has yet to arrive, and starts another reconciliation.
		return c.skip(ctx, reasonCacheLags)
	case !ahead && manageable(c.owner, c.kind.Kind, cached) == nil:
		return c.reconcileCached(ctx, cached)
	default:
		return c.reconcileLive(ctx)
	}
}

// reconcileAbsent reconciles an object that the cache does not hold.
func (c *child) reconcileAbsent(ctx context.Context) error {
	switch {
	case c.record.hash == c.want.hash && c.clock.Since(c.record.written) < cacheDelay:
		c.result.Lagging = true
		return c.skip(ctx, reasonNotCaughtUp)
	case !c.record.exists && c.complete():
		return c.create(ctx)
	default:
		return c.reconcileLive(ctx)
	}
}

// reconcileCached reconciles an object that the cache shows as the tracker's. Of a bulky
// one the cache has a digest: the content is read only if that differs.
func (c *child) reconcileCached(ctx context.Context, cached *object) error {
	digest := kinds.CachedDigest(cached)
	if !c.kind.Bulky || digest == "" {
		return c.reconcileExisting(ctx, cached)
	}
	if len(c.want.compare(metadataOf(c.want.fields), cached.fields)) == 0 {
		if reason := c.record.content.reason(c.want.hash, cached, digest); reason != "" {
			return c.settle(ctx, cached, reason)
		}
		wanted, err := kinds.Digest(c.Object)
		if err != nil {
			return err
		}
		if wanted == digest {
			return c.settle(ctx, cached, reasonUnchanged)
		}
	}
	return c.reconcileLive(ctx)
}

// reconcileLive reconciles the object as the API server has it. The cache holds only
// what has our label, and may lag.
func (c *child) reconcileLive(ctx context.Context) error {
	live, err := c.readLive(ctx)
	if err != nil {
		return err
	}
	if live == nil {
		c.record.exists = false
		return c.create(ctx)
	}
	if c.record.ahead(live) {
		log.FromContext(ctx).Info("The API server has an older version of the object than the one that was written, "+
			"such as after a restore from a backup: what is remembered of it is dropped", "object", c.String())
		*c.record = record{exists: true}
	}
	// The cache never shows an object that has lost our label.
	if c.record.uid == live.GetUID() && live.GetLabels()[v1alpha1.LabelTracker] == c.owner.Name {
		c.result.Lagging = true
	}
	return c.reconcileExisting(ctx, live)
}

// reconcileExisting makes an existing object of the tracker's be as wanted.
func (c *child) reconcileExisting(ctx context.Context, live *object) error {
	found := c.want.compare(c.want.fields, live.fields)
	switch {
	case len(found) == 0:
		return c.settle(ctx, live, reasonUnchanged)
	case annotation(live) == c.want.hash, c.record.wrote(live, c.want.hash):
		return c.repair(ctx, live, found)
	default:
		return c.write(ctx, live, Applied, found)
	}
}

// create makes an object that does not exist. If one of its name exists after all, it is
// left to whoever made it, unless it is the tracker's.
func (c *child) create(ctx context.Context) error {
	if !c.complete() {
		return c.pending("it has gone since it was read")
	}
	if c.existed() {
		if err := c.confirmOwner(ctx, c.owner); err != nil {
			return err
		}
	}
	err := c.write(ctx, nil, Applied, nil)
	if !isStale(err) {
		return err
	}
	c.record.exists = true
	live, readErr := c.readLive(ctx)
	if readErr != nil {
		return readErr
	}
	if live == nil || c.kind.GroupVersionKind == kinds.Secret {
		return err // A Secret that exists keeps its data: all has to be built from those.
	}
	return c.reconcileExisting(ctx, live)
}

// repair restores what was changed, unless the API server itself changed it or another
// manager keeps changing it.
func (c *child) repair(ctx context.Context, live *object, found []difference) error {
	if done, err := c.tolerate(ctx, live, found); done {
		return err
	}
	if !live.uncached { // The cache lags, and has no managedFields.
		var err error
		if live, err = c.readLive(ctx); err != nil {
			return err
		}
		if live == nil {
			return c.pending("it has just been deleted")
		}
		found = c.want.compare(c.want.fields, live.fields)
		if len(found) == 0 {
			return c.settle(ctx, live, reasonUnchanged)
		}
		if done, err := c.tolerate(ctx, live, found); done {
			return err
		}
	}
	owners := newOwners(live)
	changed := slices.DeleteFunc(slices.Clone(found), func(d difference) bool { return !d.order && owners.ours(d.path) })
	if len(changed) == 0 {
		// What is still ours has not been changed since we applied it: the API server
		// keeps other values. (An event said so then; a restart has lost that.)
		c.record.remember(live, c.want.hash, found)
		return c.settle(ctx, live, reasonAltered)
	}
	if err := c.write(ctx, live, Repaired, changed); err != nil {
		return err
	}
	var changes []string
	for _, d := range changed {
		by := owners.otherManager(d.path)
		c.record.repaired(d.field(), by, c.clock.Now())
		changes = append(changes, d.describe(by))
	}
	if c.record.answer == fingerprint(found) {
		return nil // The API server itself keeps it so: an event says that.
	}
	c.result.warn(ReasonRepaired, fmt.Sprintf("Repaired %s: %s", c, enumerate(changes)))
	return nil
}

// tolerate leaves an object that differs from its intent as it is, and reports that it
// did: the API server answered our last write like that, or all that differs is in
// conflict and its next repair not yet due.
func (c *child) tolerate(ctx context.Context, live *object, found []difference) (bool, error) {
	if c.record.answered(live, c.want.hash, found) {
		return true, c.settle(ctx, live, reasonAltered)
	}
	due, waiting := c.record.waiting(c.clock.Now(), found)
	if !waiting {
		return false, nil
	}
	c.record.settled = settled{c.input, live.GetUID(), live.GetResourceVersion(), reasonBackingOff, due}
	return true, c.skip(ctx, reasonBackingOff)
}

// settle leaves an object as it is, until it or its intent changes.
func (c *child) settle(ctx context.Context, live *object, reason string) error {
	if err := c.remember(live, reason); err != nil {
		return err
	}
	return c.skip(ctx, reason)
}

// remember notes that an object needs no write as long as neither it nor its intent
// changes.
func (c *child) remember(live *object, reason string) error {
	c.record.settled = settled{input: c.input, uid: live.GetUID(), version: live.GetResourceVersion(), why: reason}
	if !c.kind.Bulky || !live.uncached {
		return nil
	}
	digest, err := kinds.Digest(live.Object)
	if err != nil {
		return err
	}
	c.record.content = &content{live.GetUID(), c.want.hash, digest, reason}
	return nil
}

// skip leaves the object as it is.
func (c *child) skip(ctx context.Context, reason string) error {
	c.result.count(Skipped, c.kind.Kind)
	c.list()
	c.logSkip(ctx, reason)
	return nil
}

// logSkip logs why the object is not written. This happens in every reconciliation of
// every object: a log that is off costs nothing.
func (c *child) logSkip(ctx context.Context, reason string) {
	if logger := log.FromContext(ctx).V(1); logger.Enabled() {
		logger.Info("Object not written", "object", c.String(), "reason", reason)
	}
}

// report adds to the result which of the child's fields are in conflict.
func (c *child) report() {
	now := c.clock.Now()
	c.record.calm(now)
	for _, field := range slices.Sorted(maps.Keys(c.record.conflicts)) {
		conflict := c.record.conflicts[field]
		if !conflict.active() {
			continue
		}
		c.result.FieldConflicts = append(c.result.FieldConflicts, fmt.Sprintf(
			"%s: %s is changed again and again by %s, and repaired ever more rarely: "+
				"stop the other manager from setting the field, or set it in the tracker", c, field, cmp.Or(conflict.manager, "another manager")))
		if now.Before(conflict.due()) {
			c.result.retryAfter(conflict.due().Sub(now))
		} else {
			c.result.retryAfter(conflict.over().Sub(now))
		}
	}
}

func (c *child) pending(reason string) error {
	return &PendingError{c.kind.Kind, c.key.Name, reason, true}
}

// String names the child, such as "Deployment hiring-api".
func (c *child) String() string {
	return c.kind.Kind + " " + c.key.Name
}
