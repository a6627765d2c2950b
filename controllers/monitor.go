// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/children"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// monitored is what became of the objects of the monitoring phase.
type monitored struct {
	done    bool // whether the phase was reached
	result  apply.Result
	err     error
	problem problem
}

// monitorTimeout is how long the phase may take: an admission webhook that doesn't answer
// must not use up the time of everything else.
const monitorTimeout = 15 * time.Second

// monitor applies the objects of the monitoring phase, and prunes those that are no
// longer wanted, whether or not the steps before succeeded. A problem with them has no
// effect on the application either: the phase comes last, its error is not the
// reconciliation's, and it has a back-off of its own.
func (r *Reconciler) monitor(ctx context.Context, s *scope) {
	if ctx.Err() != nil {
		log.FromContext(ctx).V(1).Info("Monitoring objects not applied: the application's have used up the time")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, monitorTimeout)
	defer cancel()
	wanted := children.Of(s.wanted, s.wanted.Monitoring)
	result, err := r.Monitoring.Apply(ctx, s.tracker, wanted)
	r.Metrics.count(result.Counts)
	// Although an object is refused, those that are no longer wanted go.
	keep := children.Of(s.wanted, slices.Concat(s.wanted.Monitoring, s.wanted.Deferred))
	pruned, pruneErr := r.Monitoring.Prune(ctx, s.tracker, children.MonitoringKinds(s.seen.Monitoring.Kinds), keep)
	r.Metrics.count(pruned.Counts)
	result.Events = append(result.Events, pruned.Events...)
	err = apply.MostSevere([]error{err, pruneErr})
	s.applied.Events = append(s.applied.Events, result.Events...)
	p := classify(result, err, v1alpha1.ReasonInvalidRule)
	key := client.ObjectKeyFromObject(s.tracker)
	switch {
	case p.effect == quiet, p.effect == waiting:
		p.retryAfter = max(p.retryAfter, r.monitoringRetries.When(key))
	case p.effect != failed:
		r.monitoringRetries.Forget(key)
	case !errors.Is(ctx.Err(), context.Canceled): // Not shutting down.
		p.retryAfter = r.monitoringRetries.When(key)
		log.FromContext(ctx).Error(err, "Applying the monitoring objects failed; it is tried again", "after", p.retryAfter)
	}
	s.monitored = monitored{done: true, result: result, err: err, problem: p}
}

// inventory is what is applied; nil when nothing was applied this time. What was applied
// before stays in it if it could not be applied now; of monitoring objects, if
// the phase was not reached, or if it can't be found out whether the cluster has their kind.
func (s *scope) inventory() []v1alpha1.InventoryEntry {
	if s.applied.Inventory == nil {
		return nil
	}
	added, unapplied := s.monitored.result.Inventory, sets.New[v1alpha1.InventoryEntry]()
	for _, o := range slices.Concat(s.applied.Unapplied, s.monitored.result.Unapplied) {
		unapplied.Insert(v1alpha1.NewInventoryEntry(o.GetObjectKind().GroupVersionKind().GroupKind(), o.GetName()))
	}
	for _, e := range s.tracker.Status.Applied() {
		kind, _ := e.Parse()
		k, _ := kinds.Of(kind)
		_, unclear := s.seen.Monitoring.KindsUnclear[kind.Kind]
		stays := unapplied.Has(e) || s.keepsFormer(e) || k.Phase == kinds.Monitoring && (!s.monitored.done || unclear)
		if stays {
			added = append(added, e)
		}
	}
	all := slices.Concat(s.applied.Inventory, added)
	slices.Sort(all)
	return slices.Compact(all)
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
	if p := s.monitored.problem; p.effect != none && p.effect != quiet {
		m.Problem = &p.cause
	}
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
