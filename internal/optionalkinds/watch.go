// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// syncTimeout is how long a new watch may take to list what exists.
const syncTimeout = 10 * time.Second

// watched are the kinds that are watched for an optional one: itself, and those that are
// watched with it.
func (w *Watcher) watched(k kinds.Kind) []kinds.Kind {
	all := []kinds.Kind{k}
	for _, with := range w.attached {
		if with.WatchedWith == k.GroupVersionKind {
			all = append(all, with)
		}
	}
	return all
}

// start fills the cache with a kind, and then reports it as served. A kind that can't be
// watched is given up until the next sync, so that nothing waits for it.
func (w *Watcher) start(ctx context.Context, k kinds.Kind, schema *apiextensionsv1.JSONSchemaProps, redefined bool) error {
	err := w.watch(ctx, k)
	if err == nil && k.Phase != "" {
		err = w.subscriber.SetSchema(k.GroupVersionKind, schema)
	}
	if err != nil {
		return errors.Join(err, w.stop(ctx, k, state{problem: err.Error()}))
	}
	w.setState(ctx, k, state{served: true}, redefined)
	return nil
}

// watch starts the watches of a kind that do not run, and waits until they are synced.
func (w *Watcher) watch(ctx context.Context, k kinds.Kind) error {
	watched := w.watched(k)
	for _, k := range watched {
		if w.informers[k.Kind] != nil {
			continue
		}
		w.failures.Delete(k.Kind)
		informer, err := w.cache.GetInformer(ctx, k.New(), cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		if err := IndexByTracker(ctx, w.cache, k.New()); err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		changed := func(before, after client.Object) { w.subscriber.ObjectChanged(ctx, k, before, after) }
		if _, err := informer.AddEventHandler(onChange(changed)); err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		w.informers[k.Kind] = informer
	}
	for _, k := range watched {
		err := wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, syncTimeout, true, func(context.Context) (bool, error) {
			if w.informers[k.Kind].HasSynced() {
				return true, nil
			}
			failure, _ := w.failures.Load(k.Kind)
			err, _ := failure.(error) // nil while it has not failed.
			return false, err
		})
		if err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
	}
	return nil
}

// stop ends the watches of a kind that the cluster lacks, or that has a problem.
func (w *Watcher) stop(ctx context.Context, k kinds.Kind, s state) error {
	// First, so that nothing reads from a cache that is gone.
	w.setState(ctx, k, s, false)
	for _, k := range w.watched(k) {
		delete(w.informers, k.Kind)
		if err := w.cache.RemoveInformer(ctx, k.New()); err != nil {
			return fmt.Errorf("ending the watch of %s: %w", k.Kind, err)
		}
	}
	return nil
}

// watchFailed records the error of a watch. A kind that is not found is synced: where
// CustomResourceDefinitions may not be watched, nothing else shows that it was deleted.
func (w *Watcher) watchFailed(ctx context.Context, r *toolscache.Reflector, err error) {
	toolscache.DefaultWatchErrorHandler(ctx, r, err)
	for _, optional := range kinds.Optional() {
		for _, k := range w.watched(optional) {
			if reflect.TypeOf(k.New()).String() != r.TypeDescription() {
				continue
			}
			w.failures.Store(k.Kind, err)
			if apierrors.IsNotFound(err) {
				w.queue.Add(optional.CRD())
			}
		}
	}
}

// onChange handles all events of a watch by one function.
func onChange(changed func(before, after client.Object)) toolscache.ResourceEventHandler {
	object := func(in any) client.Object {
		if deleted, ok := in.(toolscache.DeletedFinalStateUnknown); ok {
			in = deleted.Obj
		}
		object, _ := in.(client.Object) // The caches hold nothing else.
		return object
	}
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(in any) { changed(nil, object(in)) },
		UpdateFunc: func(before, after any) { changed(object(before), object(after)) },
		DeleteFunc: func(in any) { changed(object(in), nil) },
	}
}
