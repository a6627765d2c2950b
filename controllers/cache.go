// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"net/http"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/selection"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Scheme holds the kinds that the operator works with.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(apiextensionsv1.AddToScheme(scheme))
	utilruntime.Must(monitoringv1.AddToScheme(scheme))
	utilruntime.Must(grafana.AddToScheme(scheme))
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
		held := cache.ByObject{Transform: k.Keep}
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
