// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// When to look again at what no watch reports.
const (
	// A name conflict ends with an object that the caches don't hold.
	conflictRecheck = time.Minute
	// What refused an object, such as an admission webhook or a quota, may change.
	refusalRecheck = 5 * time.Minute
	// An object of a deleted tracker goes within seconds.
	pendingRecheck = 5 * time.Second
	// A probe that begins to fail changes no object until it costs a restart.
	unreadyRecheck = 15 * time.Second
	// cacheLag is about how long a write takes to come back through a watch.
	cacheLag = 200 * time.Millisecond
	// lastRecheck is the longest time between two attempts while the caches lag, or an
	// object is being deleted. From the times above on, it doubles.
	lastRecheck = time.Minute
	// cachePatience is how long the caches may lag before that is reported.
	cachePatience = 30 * time.Second
)

// effect is what a problem means for the phase that has it.
type effect int

const (
	// none means that the phase has done what it should.
	none effect = iota
	// quiet means that the caches have yet to catch up: there is nothing to report.
	quiet
	// reconciling means that the phase is likely to succeed later.
	reconciling
	// failed is reconciling after an error of unknown cause: it is retried with back-off.
	failed
	// waiting is reconciling until an object has been deleted, which may take longer than
	// it should.
	waiting
	// stalled means that a person has to do something.
	stalled
)

// problem is why a phase has not done what it should, and what follows.
type problem struct {
	effect effect
	// cause is for the status.
	cause status.Cause
	// retryAfter is when to look again although nothing has changed; 0 is never, or after
	// the back-off.
	retryAfter time.Duration
}

// classify returns the problem of a phase that ended with a result and an error. refused
// is the reason to report when the API server refuses an object.
func classify(result apply.Result, err error, refused string) problem {
	var conflict *apply.ConflictError
	var pending *apply.PendingError
	var invalid *apply.InvalidError
	var badPatch *desired.PatchError
	because := func(reason string) status.Cause { return status.Cause{Reason: reason, Message: err.Error()} }
	switch {
	case err == nil && len(result.FieldConflicts) > 0:
		cause := status.Cause{Reason: v1alpha1.ReasonRepairContested, Message: strings.Join(result.FieldConflicts, "; ")}
		return problem{reconciling, cause, result.RetryAfter}
	case err == nil:
		return problem{}
	case isOutdated(err):
		return problem{quiet, because(v1alpha1.ReasonCacheLagging), cacheLag}
	case errors.As(err, &conflict):
		return problem{stalled, because(v1alpha1.ReasonNameConflict), conflictRecheck}
	case errors.As(err, &badPatch):
		return problem{stalled, because(v1alpha1.ReasonInvalidPatch), 0}
	case errors.As(err, &invalid):
		return problem{stalled, because(refused), refusalRecheck}
	case errors.As(err, &pending) && pending.Stale:
		return problem{quiet, because(v1alpha1.ReasonCacheLagging), cacheLag}
	case errors.As(err, &pending):
		return problem{waiting, because(v1alpha1.ReasonAwaitingGarbageCollection), pendingRecheck}
	default:
		return problem{failed, because(v1alpha1.ReasonReconcileFailed), 0}
	}
}

// isOutdated reports whether an error means that nothing more may be written.
func isOutdated(err error) bool {
	_, outdated := errors.AsType[*apply.OutdatedError](err)
	return outdated
}

// result is what a reconciliation means for the status and for the next one.
type result struct {
	stalled, reconciling *status.Cause
	lagging              *status.Cause // Why the caches have yet to catch up: there is nothing to report, for a while.
	waits                bool          // For the caches or a deletion: the next attempts come ever later.
	suspended            bool          // Nothing is going to progress.
	err                  error         // For the queue, which backs off.
	retryAfter           time.Duration // When to look again without anything having changed; 0 is never.
}

// resultOf turns the end of a reconciliation into its result. The objects of later phases
// matter only for when to look again.
func resultOf(s *scope, err error) result {
	p := classify(s.applied, err, v1alpha1.ReasonInvalidSpec)
	if err == nil && s.applied.Lagging {
		cause := status.Cause{Reason: v1alpha1.ReasonCacheLagging, Message: "the operator's caches don't hold its last writes yet"}
		p = problem{quiet, cause, cacheLag}
	}
	r := result{suspended: s.tracker.Spec.Suspend, retryAfter: p.retryAfter}
	switch p.effect {
	case quiet:
		r.lagging, r.waits = &p.cause, true
	case waiting:
		r.reconciling, r.waits = &p.cause, true
	case stalled:
		r.stalled = &p.cause
		if apply.Retryable(err) { // Another object's trouble may be over sooner.
			r.err = err
		}
	case reconciling:
		r.reconciling = &p.cause
	case failed:
		r.reconciling, r.err = &p.cause, err
	}
	if s.wanted != nil && (err == nil || r.stalled != nil) {
		r.stalled = withUnsupported(r.stalled, s.wanted.UnsupportedChanges)
	}
	r.retryAfter = sooner(r.retryAfter, sooner(s.routed.problem.retryAfter, s.monitored.problem.retryAfter))
	return r
}

// withUnsupported adds to what a person has to do, if anything, that the spec asks for changes
// that can't be made.
func withUnsupported(stalled *status.Cause, changes []string) *status.Cause {
	message := strings.Join(changes, "; ")
	switch {
	case message == "":
		return stalled
	case stalled == nil:
		return &status.Cause{Reason: v1alpha1.ReasonUnsupportedChange, Message: message}
	}
	return &status.Cause{Reason: stalled.Reason, Message: stalled.Message + "; " + message}
}

// requeue returns when to reconcile again: after the back-off of an error, or else after a
// time.
func (r result) requeue(after time.Duration) (ctrl.Result, error) {
	if r.err != nil {
		return ctrl.Result{}, r.err
	}
	return ctrl.Result{RequeueAfter: after}, nil
}

// retryWrite is requeue for a status that was not written: that doesn't wait for the back-off
// of an error, which may have grown to minutes.
func (r result) retryWrite(ctx context.Context, after time.Duration) (ctrl.Result, error) {
	if r.err != nil {
		log.FromContext(ctx).Error(r.err, "Reconciling failed; it is tried again with the status, which was not written", "after", after)
	}
	return ctrl.Result{RequeueAfter: after}, nil
}

// mayHaveCause are the reasons without a cause that may have one which changes no object,
// such as the result of a probe, or that a quota forbids the migrations' pod.
var mayHaveCause = []string{
	v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRestarting, v1alpha1.ReasonDependencyDown,
	v1alpha1.ReasonRunning,
}

// requeueAfter is when to look again at a tracker. One that is not ready, with nothing
// known to be wrong, is looked at soon.
func (r result) requeueAfter(s v1alpha1.InterviewTrackerStatus) time.Duration {
	if r.stalled != nil || r.suspended || r.waits {
		return r.retryAfter
	}
	for _, c := range s.Conditions {
		if c.Status == metav1.ConditionFalse && slices.Contains(mayHaveCause, c.Reason) && (r.retryAfter == 0 || r.retryAfter > unreadyRecheck) {
			return unreadyRecheck
		}
	}
	return r.retryAfter
}
