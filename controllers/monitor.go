// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// monitored is what became of the objects that have a tracker monitored.
type monitored struct {
	done   bool // whether the pass came to them
	result apply.Result
	err    error
	// retryAfter is when to look at them again although nothing changes; 0 is never.
	retryAfter time.Duration
}

// monitorTimeout is how long a pass may take for them: an admission webhook that
// doesn't answer must not use up the time of all the rest.
const monitorTimeout = 15 * time.Second

// monitor applies the objects that have the tracker monitored, and prunes those that
// no longer do. What keeps it from that never keeps the tracker itself from anything:
// it comes last, its error is not the pass's, and it is tried again at its own pace.
func (r *Reconciler) monitor(ctx context.Context, p *pass) {
	if ctx.Err() != nil {
		return // The tracker's own objects have used up the time.
	}
	ctx, cancel := context.WithTimeout(ctx, monitorTimeout)
	defer cancel()
	wanted := children(p.wanted.Monitoring)
	result, err := r.Monitoring.Apply(ctx, p.tracker, wanted)
	r.Metrics.count(result.Counts)
	// An object that is refused stays as it is; those that nobody wants go all the same.
	pruned, pruneErr := r.Monitoring.Prune(ctx, p.tracker, p.monitoringKinds(), wanted)
	r.Metrics.count(pruned.Counts)
	result.Events = append(result.Events, pruned.Events...)
	if err == nil {
		err = pruneErr
	}
	p.monitored = monitored{done: true, result: result, err: err}
	p.applied.Events = append(p.applied.Events, result.Events...)
	r.retryMonitoring(ctx, p)
}

// retryMonitoring says when to look at the monitoring objects again. A failure is
// logged here, as nobody else will.
func (r *Reconciler) retryMonitoring(ctx context.Context, p *pass) {
	key := client.ObjectKeyFromObject(p.tracker)
	after, failed := p.monitored.retry()
	if !failed {
		r.retries.Forget(key)
		p.monitored.retryAfter = after
		return
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return // The operator ends, or leads no more.
	}
	p.monitored.retryAfter = r.retries.When(key)
	log.FromContext(ctx).Error(p.monitored.err, "Having the tracker monitored failed; it is tried again", "after", p.monitored.retryAfter)
}

// monitoringKinds are those that the objects were built of. What has come to be known
// since was not, and nothing of it must be pruned.
func (p *pass) monitoringKinds() []kinds.Kind {
	return slices.DeleteFunc(kinds.In(kinds.Monitoring), func(k kinds.Kind) bool {
		return k.Optional && !p.seen.Monitoring.Kinds.Has(k.Kind)
	})
}

// inventory is what stands applied; nil when nothing was applied in this pass. What has
// the tracker monitored and was not come to, or is of a kind that can't be found out, is
// as it was.
func (p *pass) inventory() []v1alpha1.InventoryEntry {
	if p.applied.Inventory == nil {
		return nil
	}
	added := p.monitored.result.Inventory
	for _, e := range p.tracker.Status.Inventory {
		kind, _ := e.Parse()
		_, unclear := p.seen.Monitoring.KindsUnclear[kind.Kind]
		if isMonitoring(e) && (!p.monitored.done || unclear) {
			added = append(added, e)
		}
	}
	all := slices.Concat(p.applied.Inventory, added)
	slices.Sort(all)
	return all
}

// isMonitoring reports whether an object is one of the monitoring phase.
func isMonitoring(e v1alpha1.InventoryEntry) bool {
	kind, _ := e.Parse()
	k, _ := kinds.Of(kind)
	return k.Phase == kinds.Monitoring
}

// monitoring is what the status has to know.
func (p *pass) monitoring() *status.Monitoring {
	if p.wanted == nil {
		return nil
	}
	m := &status.Monitoring{
		Absent:  p.wanted.Absent,
		Unclear: p.wanted.Unclear,
		Applied: p.monitored.done && p.monitored.err == nil,
		Problem: p.monitored.problem(),
	}
	for _, o := range p.wanted.Monitoring {
		m.Wanted = append(m.Wanted, status.MonitoringObject{
			Kind: o.GetObjectKind().GroupVersionKind().Kind, Name: o.GetName(), Labels: o.GetLabels(),
		})
	}
	return m
}

// problem is why the monitoring objects are not as they should be; nil when they are,
// or nothing needs to be said of it.
func (m monitored) problem() *status.Cause {
	var conflict *apply.ConflictError
	var invalid *apply.InvalidError
	var pending *apply.PendingError
	switch {
	case m.err == nil && len(m.result.FieldConflicts) > 0:
		return &status.Cause{Reason: v1alpha1.ReasonRepairContested, Message: strings.Join(m.result.FieldConflicts, "; ")}
	case m.err == nil, errors.As(m.err, &pending) && pending.Stale:
		return nil
	case errors.As(m.err, &conflict):
		return because(v1alpha1.ReasonNameConflict, m.err)
	case errors.As(m.err, &invalid):
		return because(v1alpha1.ReasonInvalidRule, m.err)
	case errors.As(m.err, &pending):
		return because(v1alpha1.ReasonAwaitingGarbageCollection, m.err)
	default:
		return because(v1alpha1.ReasonReconcileFailed, m.err)
	}
}

// retry is when to look at them again, 0 is never; or that they failed, and are to be
// tried again ever more rarely.
func (m monitored) retry() (after time.Duration, failed bool) {
	var pending *apply.PendingError
	problem := m.problem()
	switch {
	case errors.As(m.err, &pending) && pending.Stale:
		return cacheLag, false
	case problem == nil:
		return 0, false
	}
	switch problem.Reason {
	case v1alpha1.ReasonRepairContested:
		return m.result.RetryAfter, false
	case v1alpha1.ReasonNameConflict:
		return conflictRecheck, false
	case v1alpha1.ReasonInvalidRule:
		return refusalRecheck, false
	case v1alpha1.ReasonAwaitingGarbageCollection:
		return pendingRecheck, false
	}
	return 0, true
}
