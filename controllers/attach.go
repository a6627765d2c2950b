// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/children"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// laterPhase is how the objects of a phase after the application's are written.
type laterPhase struct {
	phase  kinds.Phase
	engine *apply.Engine
	// retries backs off from trackers whose objects can't be applied.
	retries workqueue.TypedRateLimiter[types.NamespacedName]
	// refused is the reason to report when the API server refuses an object.
	refused string
}

// attached is what became of the objects of such a phase.
type attached struct {
	done    bool // whether the phase was reached
	result  apply.Result
	err     error
	problem problem
}

// attachTimeout is how long such a phase may take: an admission webhook that doesn't answer
// must not use up the time of everything else.
const attachTimeout = 15 * time.Second

// attach applies the objects of such a phase, and prunes those that are no longer wanted, whether or
// not the steps before succeeded. A problem with them has no effect on the application either: the
// phase comes later, its error is not the reconciliation's, and it has a back-off of its own.
func (r *Reconciler) attach(ctx context.Context, s *scope, p *laterPhase, objects []desired.Object) attached {
	if ctx.Err() != nil {
		log.FromContext(ctx).V(1).Info("Objects not applied: the steps before have used up the time", "phase", p.phase)
		return attached{}
	}
	ctx, cancel := context.WithTimeout(ctx, attachTimeout)
	defer cancel()
	result, err := p.engine.Apply(ctx, s.tracker, children.Of(s.wanted, objects))
	r.Metrics.count(result.Counts)
	// Although an object is refused, those that are no longer wanted go.
	keep := children.Of(s.wanted, slices.Concat(objects, s.wanted.Deferred))
	pruned, pruneErr := p.engine.Prune(ctx, s.tracker, children.KindsIn(p.phase, s.seen.Monitoring.Kinds), keep)
	r.Metrics.count(pruned.Counts)
	result.Events = append(result.Events, pruned.Events...)
	err = apply.MostSevere([]error{err, pruneErr})
	s.applied.Events = append(s.applied.Events, result.Events...)
	problem := classify(result, err, p.refused)
	key := client.ObjectKeyFromObject(s.tracker)
	switch {
	case problem.effect == quiet, problem.effect == waiting:
		problem.retryAfter = max(problem.retryAfter, p.retries.When(key))
	case problem.effect != failed:
		p.retries.Forget(key)
	case !errors.Is(ctx.Err(), context.Canceled): // Not shutting down.
		problem.retryAfter = p.retries.When(key)
		log.FromContext(ctx).Error(err, "Applying the objects of a phase failed; it is tried again", "phase", p.phase, "after", problem.retryAfter)
	}
	return attached{done: true, result: result, err: err, problem: problem}
}

// inventory is what is applied; nil when nothing was applied this time. What was applied
// before stays in it if it could not be applied now; of a later phase, also if
// that was not reached, or if it can't be found out whether the cluster has their kind.
func (s *scope) inventory() []v1alpha1.InventoryEntry {
	if s.applied.Inventory == nil {
		return nil
	}
	added := slices.Concat(s.routed.result.Inventory, s.monitored.result.Inventory)
	unapplied := sets.New[v1alpha1.InventoryEntry]()
	for _, o := range slices.Concat(s.applied.Unapplied, s.routed.result.Unapplied, s.monitored.result.Unapplied) {
		unapplied.Insert(v1alpha1.NewInventoryEntry(o.GetObjectKind().GroupVersionKind().GroupKind(), o.GetName()))
	}
	for _, e := range s.tracker.Status.Applied() {
		kind, _ := e.Parse()
		k, _ := kinds.Of(kind)
		_, unclear := s.seen.Monitoring.KindsUnclear[kind.Kind]
		unreached := k.Phase == kinds.Traffic && !s.routed.done || k.Phase == kinds.Monitoring && !s.monitored.done
		if unapplied.Has(e) || s.keepsFormer(e) || unreached || unclear {
			added = append(added, e)
		}
	}
	all := slices.Concat(s.applied.Inventory, added)
	slices.Sort(all)
	return slices.Compact(all)
}

// reported is the problem of the phase, for the status; nil when there is none.
func (a attached) reported() *status.Cause {
	if a.problem.effect == none || a.problem.effect == quiet {
		return nil
	}
	return &a.problem.cause
}

// keepsFormer reports whether an object is that of a former managed dependency, and stays.
func (s *scope) keepsFormer(e v1alpha1.InventoryEntry) bool {
	return s.wanted != nil && slices.ContainsFunc(s.wanted.Former, func(object desired.Object) bool {
		return e == v1alpha1.NewInventoryEntry(desired.KeyOf(object).GroupKind, object.GetName())
	})
}

// monitoring is what the status depends on.
func (s *scope) monitoring() *status.Monitoring {
	if s.repeats != nil {
		return s.repeats.monitoring
	}
	if s.wanted == nil {
		return nil
	}
	m := &status.Monitoring{
		Absent:   s.wanted.Absent,
		Unclear:  s.wanted.Unclear,
		Unrouted: s.wanted.Unrouted,
		Applied:  s.monitored.done && s.monitored.err == nil,
	}
	m.Problem, m.Routing = s.monitored.reported(), s.routed.reported()
	for _, o := range slices.Concat(s.wanted.Monitoring, s.wanted.Deferred) {
		if k, _ := kinds.Of(o.GetObjectKind().GroupVersionKind().GroupKind()); k.Phase != kinds.Monitoring {
			continue
		}
		m.Wanted = append(m.Wanted, status.MonitoringObject{
			Kind: o.GetObjectKind().GroupVersionKind().Kind, Name: o.GetName(), Labels: o.GetLabels(),
		})
	}
	return m
}
