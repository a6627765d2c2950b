// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/sets"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

const (
	// progressDelay is how long mere progress of a rollout may wait to be reported. A
	// start goes through half a dozen states within seconds: they cost one write.
	progressDelay = 30 * time.Second
	// statusInterval is how often a status is written that keeps changing, after
	// statusBurst changes at once.
	statusInterval = 5 * time.Second
	statusBurst    = 10
	// StatusTimeout bounds the request that stores a status, which comes after the
	// reconciliation's own time.
	StatusTimeout = 5 * time.Second
)

// updateStatus stores what a reconciliation found, emits what changed, and returns when
// to reconcile again. err is that of the step that failed.
func (r *Reconciler) updateStatus(ctx context.Context, s *scope, err error) (ctrl.Result, error) {
	debug := log.FromContext(ctx).V(1)
	if errors.Is(ctx.Err(), context.Canceled) {
		debug.Info("Status not updated: shutting down or lost leadership")
		return ctrl.Result{}, nil
	}
	defer r.emitApplied(s)
	result, written := resultOf(s, err), r.written.of(s.tracker)
	now := r.Clock.Now()
	if result.waits {
		waited, wait := written.wait(now, result.retryAfter)
		if result.retryAfter = wait; result.lagging != nil && (isOutdated(err) || waited < cachePatience) {
			debug.Info("Status not updated: the caches lag", "cause", result.lagging.Message, "retryAfter", wait)
			return ctrl.Result{RequeueAfter: wait}, nil
		}
		result.reconciling = cmp.Or(result.lagging, result.reconciling)
	}
	before, monitoring := s.tracker.Status, s.monitoring()
	input := r.statusInput(s)
	input.Inventory, input.Monitoring, input.Rollout = s.inventory(), monitoring, s.rollout
	input.Stalled, input.Reconciling, input.Failed = result.stalled, result.reconciling, err != nil
	next := status.Compute(input)
	r.Metrics.set(s.tracker, next, status.Health(r.Catalog, &s.tracker.Spec, next), journeyRuns(s.tracker, s.seen))
	result.retryAfter = sooner(result.requeueAfter(next), status.RecheckAfter(s.tracker, next, s.seen, s.rollout, now))
	if wait, why := r.postponed(written, result, &s.tracker.Spec, before, next); wait > 0 {
		debug.Info("Status not updated: "+why, "retryAfter", wait)
		written.caughtUp(result)
		return result.retryWrite(ctx, wait)
	}
	if err := r.patchStatus(ctx, s.tracker, before, next); apierrors.IsConflict(err) {
		_, wait := written.wait(now, cacheLag)
		log.FromContext(ctx).Info("Status not updated: the tracker was changed or replaced at the same time", "retryAfter", wait)
		return result.retryWrite(ctx, wait)
	} else if err != nil {
		return ctrl.Result{}, err
	}
	written.reported = written.at
	written.caughtUp(result)
	if err == nil && s.complete() {
		written.completion = &completion{s.inputs, monitoring}
	}
	return result.requeue(result.retryAfter)
}

// statusInput is what the status is computed from before anything has been written.
func (r *Reconciler) statusInput(s *scope) status.Input {
	return status.Input{
		Catalog: r.Catalog, Tracker: s.tracker, Snapshot: s.seen, Now: metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
	}
}

// sooner is the shorter of two times to wait, of which 0 is never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

// postponed returns for how long a status waits to be written, and why; 0 if it does not.
func (r *Reconciler) postponed(
	written *writtenStatus, result result, spec *v1alpha1.InterviewTrackerSpec, before, next v1alpha1.InterviewTrackerStatus,
) (wait time.Duration, why string) {
	now := r.Clock.Now()
	if wait := progressDelay - now.Sub(written.reported); wait > 0 && result.err == nil && status.OnlyProgress(r.Catalog, spec, before, next) {
		if result.retryAfter > 0 {
			wait = min(wait, result.retryAfter)
		}
		return wait, "there is only progress of a rollout to report"
	}
	return written.tooSoon(now, before, next), "it was written too often in the last seconds"
}

// patchStatus writes a status, by one request if it has changed and by none otherwise, and
// emits events for what did. It does so even if the reconciliation ran out of time. The
// tracker then bears the status and the resourceVersion that are stored.
func (r *Reconciler) patchStatus(ctx context.Context, tracker *v1alpha1.InterviewTracker, before, next v1alpha1.InterviewTrackerStatus) error {
	debug := log.FromContext(ctx).V(1)
	if equality.Semantic.DeepEqual(before, next) {
		debug.Info("Status not updated: it has not changed")
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), StatusTimeout)
	defer cancel()
	// With the resourceVersion: the status of what was read is not written to a changed
	// tracker, or to a later one of the same name. (A UID in the patch would not be compared.)
	patch := client.MergeFromWithOptions(tracker.DeepCopy(), client.MergeFromWithOptimisticLock{})
	tracker.Status = next
	err := r.Client.Status().Patch(ctx, tracker, patch, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) {
		debug.Info("Status not updated: the tracker was deleted")
		return nil
	}
	if err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	log.FromContext(ctx).Info("Status written", "conditions", changedConditions(before.Conditions, next.Conditions))
	written := r.written.of(tracker)
	written.resourceVersion, written.at = tracker.ResourceVersion, r.Clock.Now()
	var events []status.Event
	events, written.emitted = status.Transitions(r.Catalog, &tracker.Spec, before, next, written.emitted)
	for _, e := range events {
		r.emit(tracker, e.Type, e.Reason, e.Message)
	}
	return nil
}

// recordMigrations stores that the migrations have run, before anything depends on that: from
// then on their Job may go.
func (r *Reconciler) recordMigrations(ctx context.Context, s *scope) error {
	record := s.seen.NewMigrationRecord(s.tracker, r.Catalog)
	if record == nil {
		return nil
	}
	next := *s.tracker.Status.DeepCopy()
	next.Migrations = record
	if err := r.record(ctx, s, next); err != nil {
		return err
	}
	s.seen.MigrationRecord = record
	return nil
}

// record stores a part of the status before anything depends on it.
func (r *Reconciler) record(ctx context.Context, s *scope, next v1alpha1.InterviewTrackerStatus) error {
	err := r.patchStatus(ctx, s.tracker, s.tracker.Status, next)
	if apierrors.IsConflict(err) {
		return &apply.OutdatedError{Tracker: s.tracker.Name, Reason: "was changed"}
	}
	return err
}

// changedConditions returns the types of the conditions that differ, sorted.
func changedConditions(before, after []metav1.Condition) []string {
	changed := sets.New[string]()
	for _, c := range slices.Concat(before, after) {
		from, to := meta.FindStatusCondition(before, c.Type), meta.FindStatusCondition(after, c.Type)
		if !equality.Semantic.DeepEqual(from, to) {
			changed.Insert(c.Type)
		}
	}
	return sets.List(changed)
}

// emitApplied emits events for what was done to the tracker's objects, also when there is
// no status to report.
func (r *Reconciler) emitApplied(s *scope) {
	for _, e := range s.applied.Events {
		r.emit(s.tracker, e.Type, e.Reason, e.Message)
	}
}

// maxEvent bounds the message of an event, in characters, as that of a condition is bounded.
const maxEvent = 1024

// emit emits an event. Its message may hold what users and others wrote.
func (r *Reconciler) emit(tracker *v1alpha1.InterviewTracker, eventType, reason, message string) {
	r.Recorder.Event(tracker, eventType, reason, words.Line(message, maxEvent))
}

// statusCache remembers the status that was last written of each tracker, for as long
// as the caches may still hold an older one: from that, the same status would be
// written again. It also has what else is remembered from one reconciliation to the next.
// The zero statusCache is empty.
type statusCache struct {
	mu      sync.Mutex
	entries map[types.NamespacedName]*writtenStatus
}

// writtenStatus is an entry. It needs no lock: one worker at a time has a tracker.
type writtenStatus struct {
	uid             types.UID
	resourceVersion string
	at              time.Time // zero before the first
	// reported is when the conditions were last written: at, unless only a record was since.
	reported time.Time
	// writes limits how often the status is written; nil before the first.
	writes *rate.Limiter
	// waiting is since when the caches lag, or a deletion is waited for; zero otherwise.
	waiting time.Time
	// emitted is what events have reported and is not over; nil when that is unknown.
	emitted status.Emitted
	// completion is the last reconciliation that left nothing to do; nil before the first.
	completion *completion
}

// wait returns for how long the caches have lagged, or a deletion has been waited for, and
// when to look again: first after some time, then after twice as long each time.
func (w *writtenStatus) wait(now time.Time, first time.Duration) (waited, next time.Duration) {
	if w.waiting.IsZero() {
		w.waiting = now
	}
	waited = now.Sub(w.waiting)
	return waited, min(max(waited, first), lastRecheck)
}

// caughtUp ends a wait, unless it goes on.
func (w *writtenStatus) caughtUp(r result) {
	if !r.waits {
		w.waiting = time.Time{}
	}
}

// tooSoon returns how long a status has to wait to be written: what pods report may
// change all the time. The first status of a new spec does not wait, and 0 is returned if
// nothing has changed.
func (w *writtenStatus) tooSoon(now time.Time, before, next v1alpha1.InterviewTrackerStatus) time.Duration {
	if before.ObservedGeneration != next.ObservedGeneration || equality.Semantic.DeepEqual(before, next) {
		return 0
	}
	if w.writes == nil {
		w.writes = rate.NewLimiter(rate.Every(statusInterval), statusBurst)
	}
	write := w.writes.ReserveN(now, 1)
	wait := write.DelayFrom(now)
	if wait > 0 {
		write.CancelAt(now)
	}
	return wait
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

// newerThan reports whether a tracker, as it was read, is older than what was written of
// it.
func (w *writtenStatus) newerThan(t metav1.Object) bool {
	order, err := resourceversion.CompareResourceVersion(t.GetResourceVersion(), w.resourceVersion)
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
