// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"errors"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// outcome is what a pass means for the status and for the next pass.
type outcome struct {
	stalled     *status.Cause
	reconciling *status.Cause
	// suspended means that nothing is going to progress.
	suspended bool
	// err goes to the queue, which backs off.
	err error
	// retryAfter is when to look again without anything having changed; 0 is never.
	retryAfter time.Duration
	// quiet means that the caches have yet to catch up: there is nothing to tell.
	quiet bool
}

// When to look again at what no watch tells of.
const (
	// A name conflict ends with an object that the caches don't hold.
	conflictRecheck = time.Minute
	// What refused an object, such as an admission webhook or a quota, may change.
	refusalRecheck = 5 * time.Minute
	// An object of a deleted tracker goes within seconds.
	pendingRecheck = 5 * time.Second
	// A probe that begins to fail changes no object until it costs a restart.
	unreadyRecheck = 15 * time.Second
)

// judge turns the end of a pass into an outcome. The monitoring objects have no say in
// it but when to look again.
func judge(p *pass, err error) outcome {
	o := judgeOwn(p, err)
	if after := p.monitored.retryAfter; after > 0 && (o.retryAfter == 0 || after < o.retryAfter) {
		o.retryAfter = after
	}
	return o
}

// judgeOwn is judge by the tracker's own objects.
func judgeOwn(p *pass, err error) outcome {
	var conflict *apply.ConflictError
	var pending *apply.PendingError
	var invalid *apply.InvalidError
	var badPatch *desired.PatchError
	switch {
	case err == nil && p.applied.Lagging:
		return outcome{quiet: true, retryAfter: cacheLag}
	case err == nil:
		return settled(p)
	case errors.As(err, &conflict):
		return outcome{stalled: because(v1alpha1.ReasonNameConflict, err), retryAfter: conflictRecheck}
	case errors.As(err, &badPatch):
		return outcome{stalled: because(v1alpha1.ReasonInvalidPatch, err)}
	case errors.As(err, &invalid):
		return outcome{stalled: because(v1alpha1.ReasonInvalidSpec, err), retryAfter: refusalRecheck}
	case errors.As(err, &pending) && pending.Stale:
		return outcome{quiet: true, retryAfter: cacheLag}
	case errors.As(err, &pending):
		return outcome{reconciling: because(v1alpha1.ReasonAwaitingGarbageCollection, err), retryAfter: pendingRecheck}
	default:
		return outcome{reconciling: because(v1alpha1.ReasonReconcileFailed, err), err: err}
	}
}

// settled is the outcome of a pass in which every step succeeded.
func settled(p *pass) outcome {
	o := outcome{suspended: p.tracker.Spec.Suspend}
	if p.wanted != nil && len(p.wanted.Refusals) > 0 {
		o.stalled = &status.Cause{Reason: v1alpha1.ReasonUnsupportedChange, Message: strings.Join(p.wanted.Refusals, "; ")}
	}
	if len(p.applied.FieldConflicts) > 0 {
		o.reconciling = &status.Cause{Reason: v1alpha1.ReasonRepairContested, Message: strings.Join(p.applied.FieldConflicts, "; ")}
		o.retryAfter = p.applied.RetryAfter
	}
	return o
}

// recheck is when to look again at a tracker that is not ready, and of which
// nothing is known to be wrong: what a probe says changes no object.
func recheck(o outcome, s v1alpha1.InterviewTrackerStatus) time.Duration {
	if o.stalled != nil || o.suspended {
		return o.retryAfter
	}
	for _, c := range s.Conditions {
		waiting := c.Reason == v1alpha1.ReasonProgressing || c.Reason == v1alpha1.ReasonStarting || c.Reason == v1alpha1.ReasonDependencyDown
		if c.Status == metav1.ConditionFalse && waiting && (o.retryAfter == 0 || o.retryAfter > unreadyRecheck) {
			return unreadyRecheck
		}
	}
	return o.retryAfter
}

func because(reason string, err error) *status.Cause {
	return &status.Cause{Reason: reason, Message: err.Error()}
}
