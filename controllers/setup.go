// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Options are how the controller works.
type Options struct {
	// Concurrency is the number of trackers that are reconciled at the same time.
	Concurrency int
	// Timeout is how long the reconciliation of one tracker may take.
	Timeout time.Duration
}

// The back-off of a tracker whose reconciliation fails.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 5 * time.Minute
)

// SetupWithManager makes the manager reconcile a tracker whenever its spec changes, an
// object that belongs to it, a Secret that it names, what its API reports of its
// dependencies, or what the cluster has for monitoring. The controller starts when the
// optional kinds have been looked up.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := indexSecrets(ctx, mgr.GetFieldIndexer(), r.Catalog); err != nil {
		return err
	}
	// Before the manager starts, so that it is ready, and leads, with all its caches
	// synced; a standby can then take over at once.
	if err := watchChildren(ctx, mgr.GetCache()); err != nil {
		return err
	}
	if err := r.optional.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	b := ctrl.NewControllerManagedBy(mgr).
		Named(promql.Controller).
		For(&v1alpha1.InterviewTracker{}, specChanged).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency,
			ReconciliationTimeout:   o.Timeout,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		})
	for _, object := range childKinds() {
		b = b.Watches(object, handler.EnqueueRequestsFromMapFunc(trackerOf))
	}
	b = b.WatchesRawSource(r.enqueuer.source()).WatchesRawSource(syncGate(r.optional.Synced()))
	b = b.Watches(kinds.Metadata(kinds.Secret), handler.EnqueueRequestsFromMapFunc(trackersOfSecret(mgr.GetCache())))
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("setting up the controller: %w", err)
	}
	if err := mgr.Add(r.Poller); err != nil {
		return fmt.Errorf("setting up the poller: %w", err)
	}
	return nil
}

// watchChildren makes a cache hold what belongs to trackers, and find it by tracker.
func watchChildren(ctx context.Context, c cache.Cache) error {
	for _, object := range childKinds() {
		if err := optionalkinds.IndexByTracker(ctx, c, object); err != nil {
			return fmt.Errorf("watching %T: %w", object, err)
		}
	}
	return nil
}
