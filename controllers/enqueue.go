// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// enqueuer enqueues trackers on changes that the controller has no watch for: an answer
// of the API's pods, an optional kind. It never blocks, as a channel would.
type enqueuer struct {
	trackers client.Reader
	queue    atomic.Pointer[workqueue.TypedRateLimitingInterface[reconcile.Request]]
}

// source connects the enqueuer to a controller's queue.
func (e *enqueuer) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		e.queue.Store(&queue)
		return nil
	})
}

// Enqueue enqueues a tracker. Before the controller has started, it does nothing: every
// tracker is reconciled then.
func (e *enqueuer) Enqueue(tracker types.NamespacedName) {
	if queue := e.queue.Load(); queue != nil {
		(*queue).Add(reconcile.Request{NamespacedName: tracker})
	}
}

// EnqueueAll enqueues every tracker, or those that are selected.
func (e *enqueuer) EnqueueAll(ctx context.Context, selected ...client.ListOption) {
	if e.queue.Load() == nil {
		return
	}
	for _, request := range requestsFor(ctx, e.trackers, selected...) {
		e.Enqueue(request.NamespacedName)
	}
}

// requestsFor returns those for every tracker, or for those that are selected.
func requestsFor(ctx context.Context, cached client.Reader, selected ...client.ListOption) []reconcile.Request {
	var trackers v1alpha1.InterviewTrackerList
	if err := cached.List(ctx, &trackers, append(selected, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // Only a cache that has stopped fails.
	}
	all := make([]reconcile.Request, len(trackers.Items))
	for i := range trackers.Items {
		all[i].NamespacedName = client.ObjectKeyFromObject(&trackers.Items[i])
	}
	return all
}

// objectChanged enqueues the trackers that an object of an on-demand kind concerns.
func (e *enqueuer) objectChanged(ctx context.Context, k kinds.Kind, before, after client.Object) {
	switch k.GroupVersionKind {
	case kinds.Prometheus, kinds.Alertmanager:
		if !sameSelectors(before, after) {
			e.EnqueueAll(ctx)
		}
	case kinds.Namespace:
		if before != nil && after != nil && !maps.Equal(before.GetLabels(), after.GetLabels()) {
			e.EnqueueAll(ctx, client.InNamespace(after.GetName()))
		}
	case kinds.ServiceMonitor:
		if scrapes(before) != scrapes(after) {
			e.EnqueueAll(ctx)
		}
		fallthrough
	default:
		for _, object := range []client.Object{before, after} {
			if object == nil {
				continue
			}
			for _, request := range trackerOf(ctx, object) {
				e.Enqueue(request.NamespacedName)
			}
		}
	}
}

// sameSelectors reports whether two versions of a Prometheus or Alertmanager object select the
// same.
func sameSelectors(before, after client.Object) bool {
	return before != nil && after != nil && equality.Semantic.DeepEqual(selectors(before), selectors(after)) &&
		(before.GetDeletionTimestamp() == nil) == (after.GetDeletionTimestamp() == nil)
}

// selectors is the spec of an object that selects others: the caches keep little else of it.
func selectors(object client.Object) any {
	switch o := object.(type) {
	case *monitoringv1.Prometheus:
		return o.Spec
	case *monitoringv1.Alertmanager:
		return o.Spec
	default:
		return nil
	}
}

// scrapes is which of the targets that all trackers' alerts read a ServiceMonitor scrapes; none
// when there is none.
func scrapes(object client.Object) [2]bool {
	monitor, exists := object.(*monitoringv1.ServiceMonitor)
	return [2]bool{
		exists && kinds.Scrapes(monitor, kinds.TargetKubelet),
		exists && kinds.Scrapes(monitor, kinds.TargetOperator),
	}
}

// trackerOf returns the tracker that an object belongs to, by its label: a retained
// Secret has no owner.
func trackerOf(_ context.Context, object client.Object) []reconcile.Request {
	name := object.GetLabels()[v1alpha1.LabelTracker]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: object.GetNamespace(), Name: name}}}
}

// childChanged returns the tracker that an object belongs to. It is called with the last state
// of an object that is gone, too, which no reconciliation may ever see.
func (r *Reconciler) childChanged(ctx context.Context, object client.Object) []reconcile.Request {
	if job, ok := object.(*batchv1.Job); ok {
		r.Observer.JobChanged(job)
	}
	return trackerOf(ctx, object)
}

// indexSecret finds trackers by the name of a Secret that an external dependency, a receiver, the
// telemetry or the Ingress of theirs names.
const indexSecret = "spec.secret.name"

// indexSecrets makes the caches keep indexSecret.
func indexSecrets(ctx context.Context, indexer client.FieldIndexer, parts catalog.Catalog) error {
	err := indexer.IndexField(ctx, &v1alpha1.InterviewTracker{}, indexSecret, func(object client.Object) []string {
		var names []string
		if tracker, ok := object.(*v1alpha1.InterviewTracker); ok {
			for _, d := range parts.Dependencies {
				if external := d.Get(&tracker.Spec).External; external != nil {
					names = append(names, external.SecretKeyRef.Name)
				}
			}
			names = append(names, secretsOfReceivers(tracker)...)
			names = append(names, secretsOfTelemetry(tracker)...)
			if certificate := tracker.CertificateSecret(); certificate != "" {
				names = append(names, certificate)
			}
		}
		return names
	})
	if err != nil {
		return fmt.Errorf("indexing trackers by the Secrets that they name: %w", err)
	}
	return nil
}

// secretsOfReceivers are the names of the Secrets that receivers of notifications read.
func secretsOfReceivers(t *v1alpha1.InterviewTracker) []string {
	spec := t.Spec.GetNotifications()
	if spec == nil {
		return nil
	}
	var names []string
	for i := range spec.Receivers {
		if key := spec.Receivers[i].SecretKey(); key != nil {
			names = append(names, key.Name)
		}
	}
	return names
}

// secretsOfTelemetry are the names of the Secrets that spec.telemetry selects keys of.
func secretsOfTelemetry(t *v1alpha1.InterviewTracker) []string {
	spec := t.Spec.Telemetry
	if spec == nil {
		return nil
	}
	var names []string
	if spec.Headers != nil {
		names = append(names, spec.Headers.SecretKeyRef.Name)
	}
	if ca := spec.CACertificate; ca != nil && ca.SecretKeyRef != nil {
		names = append(names, ca.SecretKeyRef.Name)
	}
	return names
}

// trackersOfSecret returns the trackers that name a Secret.
func trackersOfSecret(cached client.Reader) handler.MapFunc {
	return func(ctx context.Context, secret client.Object) []reconcile.Request {
		return requestsFor(ctx, cached, client.InNamespace(secret.GetNamespace()), client.MatchingFields{indexSecret: secret.GetName()})
	}
}

// syncGate is a source without events that keeps a controller from starting until the
// channel is closed.
type syncGate <-chan struct{}

// Start implements source.Source.
func (syncGate) Start(context.Context, workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	return nil
}

// WaitForSync implements source.SyncingSource.
func (g syncGate) WaitForSync(ctx context.Context) error {
	select {
	case <-g:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
