// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
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

// SetupWithManager makes the manager reconcile a tracker whenever its spec or what it requests changes, an
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
	changed := builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, predicate.Funcs{UpdateFunc: requested}))
	b := ctrl.NewControllerManagedBy(mgr).
		Named(promql.Controller).
		For(&v1alpha1.InterviewTracker{}, changed).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency,
			ReconciliationTimeout:   o.Timeout,
			RateLimiter:             newBackOff[reconcile.Request](r.Clock),
		})
	for _, object := range childKinds() {
		b = b.Watches(object, handler.EnqueueRequestsFromMapFunc(r.childChanged))
	}
	b = b.WatchesRawSource(r.enqueuer.source()).WatchesRawSource(syncGate(r.optional.Synced()))
	b = b.Watches(kinds.Metadata(kinds.Secret), handler.EnqueueRequestsFromMapFunc(trackersOfSecret(mgr.GetCache())))
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("setting up the controller: %w", err)
	}
	if err := mgr.Add(r.Poller); err != nil {
		return fmt.Errorf("setting up the poller: %w", err)
	}
	if err := mgr.Add(r.undecodable); err != nil {
		return fmt.Errorf("setting up the reports on trackers that can't be decoded: %w", err)
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

// Scheme holds the kinds that the operator works with.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(apiextensionsv1.AddToScheme(scheme))
	utilruntime.Must(monitoringv1.AddToScheme(scheme))
	utilruntime.Must(monitoringv1alpha1.AddToScheme(scheme))
	utilruntime.Must(grafana.AddToScheme(scheme))
	utilruntime.Must(gatewayv1.Install(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}

// childKinds are the kinds of the objects that belong to trackers, without those that are
// watched on demand.
func childKinds() []client.Object {
	var objects []client.Object
	for _, k := range kinds.All() {
		if k.BelongsToTracker() && !k.OnDemand() {
			objects = append(objects, k.New())
		}
	}
	return objects
}

// CacheOptions make the caches hold the kinds of the table that every cluster has: the
// objects with a tracker's label, or all, in some namespaces or, given none, in all. A
// kind that is not in the table can't be read from a cache: a mistake then shows as an
// error rather than as a watch on the data of every Secret.
func CacheOptions(namespaces []string) cache.Options {
	return cacheOptions(namespaces, func(k kinds.Kind) bool { return !k.OnDemand() })
}

// cacheOptions are the options of a cache of some kinds, in some namespaces or in all.
func cacheOptions(namespaces []string, holds func(kinds.Kind) bool) cache.Options {
	ours, err := labels.NewRequirement(v1alpha1.LabelTracker, selection.Exists, nil)
	utilruntime.Must(err)
	o := cache.Options{
		DefaultLabelSelector:        labels.NewSelector().Add(*ours),
		DefaultTransform:            cache.TransformStripManagedFields(),
		ByObject:                    map[client.Object]cache.ByObject{},
		DefaultNamespaces:           map[string]cache.Config{},
		ReaderFailOnMissingInformer: true,
	}
	for _, k := range kinds.All() {
		if !holds(k) {
			continue
		}
		held := cache.ByObject{Transform: k.Transform}
		if k.CacheAll {
			held.Label = labels.Everything()
		}
		o.ByObject[k.New()] = held
	}
	for _, namespace := range namespaces {
		o.DefaultNamespaces[namespace] = cache.Config{}
	}
	return o
}

// CachesSynced is ready once the manager's caches and those of the optional kinds are
// synced. It waits for a second, which is less than a probe does.
func (r *Reconciler) CachesSynced(mgr manager.Manager) healthz.Checker {
	return func(q *http.Request) error {
		ctx, cancel := context.WithTimeout(q.Context(), time.Second)
		defer cancel()
		if !mgr.GetCache().WaitForCacheSync(ctx) || syncGate(r.optional.Synced()).WaitForSync(ctx) != nil {
			return errors.New("the caches are not synced yet")
		}
		return nil
	}
}
