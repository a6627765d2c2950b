// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"k8s.io/apiextensions-apiserver/pkg/apihelpers"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// crd is a CustomResourceDefinition as it was last read.
type crd struct {
	uid             types.UID
	resourceVersion string
	generation      int64
}

// requestTimeout bounds each request of a sync.
const requestTimeout = 5 * time.Second

// sync watches a kind if the cluster serves it, and ends its watches if not.
func (w *Watcher) sync(ctx context.Context, k kinds.Kind) error {
	if w.fixed {
		return w.detect(ctx, k)
	}
	key, before := client.ObjectKey{Name: k.CRD()}, w.crds[k.CRD()]
	cached, definition := kinds.Metadata(kinds.CustomResourceDefinition), &apiextensionsv1.CustomResourceDefinition{}
	err := w.others.Get(ctx, key, cached)
	if err == nil {
		order, incomparable := resourceversion.CompareResourceVersion(cached.ResourceVersion, before.resourceVersion)
		if incomparable == nil && order <= 0 && cached.UID == before.uid {
			return nil // This version, or a later one, was read.
		}
		bound, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		err = w.live.Get(bound, key, definition) // It may be gone by now.
	}
	if apierrors.IsNotFound(err) {
		delete(w.crds, k.CRD())
		return w.stop(ctx, k, state{})
	}
	if err != nil {
		return fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	schema, served := servedBy(definition, k)
	if another := before.uid != "" && before.uid != definition.UID; !served || another {
		if err := w.stop(ctx, k, state{}); err != nil {
			return err
		}
	}
	if served {
		if err := w.start(ctx, k, schema, before.generation != definition.Generation); err != nil {
			return err
		}
	}
	w.crds[k.CRD()] = crd{definition.UID, definition.ResourceVersion, definition.Generation}
	return nil
}

// detect looks a kind up by its first object, where CustomResourceDefinitions may not be
// read.
func (w *Watcher) detect(ctx context.Context, k kinds.Kind) error {
	bound, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err := w.live.List(bound, k.NewList(), client.InNamespace(w.namespaces[0]), client.Limit(1))
	if apierrors.IsNotFound(err) {
		return w.stop(ctx, k, state{})
	}
	if err != nil {
		return fmt.Errorf("listing %s: %w", k.Plural, err)
	}
	return w.start(ctx, k, nil, true)
}

// servedBy reports whether a CustomResourceDefinition serves a kind in our version, and
// is not being deleted; and returns that version's schema.
func servedBy(definition *apiextensionsv1.CustomResourceDefinition, k kinds.Kind) (*apiextensionsv1.JSONSchemaProps, bool) {
	established := apihelpers.IsCRDConditionTrue(definition, apiextensionsv1.Established)
	if !established || definition.DeletionTimestamp != nil || !apihelpers.HasServedCRDVersion(definition, k.Version) {
		return nil, false
	}
	validation, err := apihelpers.GetSchemaForVersion(definition, k.Version)
	if err != nil || validation == nil {
		return nil, true
	}
	return validation.OpenAPIV3Schema, true
}

// syncTimeout is how long a new watch may take to list what exists until that is reported, and
// the other kinds have their turn.
const syncTimeout = 10 * time.Second

// errSlow is the error of a watch that has not failed, and lists for longer than that.
var errSlow = fmt.Errorf("what exists is not listed after %s: the API server is slow, or there is much of it", syncTimeout)

// watched are the kinds that are watched for an optional one: itself, and those that are
// watched with it.
func (w *Watcher) watched(k kinds.Kind) []kinds.Kind {
	all := []kinds.Kind{k}
	for _, with := range w.attached {
		if slices.Contains(with.WatchedWith, k.GroupVersionKind) {
			all = append(all, with)
		}
	}
	return all
}

// start fills the cache with a kind, and then reports it as served. A kind that can't be
// watched is given up until the next sync, so that nothing waits for it. One that is slow goes
// on: what is begun again each time would never end.
func (w *Watcher) start(ctx context.Context, k kinds.Kind, schema *apiextensionsv1.JSONSchemaProps, redefined bool) error {
	err := w.watch(ctx, k)
	if err == nil && k.Phase != "" {
		err = w.subscriber.SetSchema(k.GroupVersionKind, schema)
	}
	if errors.Is(err, errSlow) {
		return err
	}
	if err != nil {
		return errors.Join(err, w.stop(ctx, k, state{problem: err.Error()}))
	}
	w.setDeclared(k, schema)
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
		if err := IndexByTracker(ctx, w.cache, k.New()); err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		informer, err := w.cache.GetInformer(ctx, k.New(), cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		changed := func(before, after client.Object) { w.subscriber.ObjectChanged(ctx, k, before, after) }
		if _, err := informer.AddEventHandler(onChange(changed)); err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
		w.informers[k.Kind] = informer
	}
	for _, k := range watched {
		var failure error
		err := wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, syncTimeout, true, func(context.Context) (bool, error) {
			if w.informers[k.Kind].HasSynced() {
				return true, nil
			}
			stored, _ := w.failures.Load(k.Kind)
			failure, _ = stored.(error) // nil while it has not failed.
			return false, failure
		})
		if err != nil && failure == nil && ctx.Err() == nil {
			err = errSlow
		}
		if err != nil {
			return fmt.Errorf("watching %s: %w", k.Kind, err)
		}
	}
	return nil
}

// stop ends the watches of a kind that the cluster lacks, or that has a problem, and of what is
// watched with no other that is watched.
func (w *Watcher) stop(ctx context.Context, k kinds.Kind, s state) error {
	// First, so that nothing reads from a cache that is gone.
	w.setState(ctx, k, s, false)
	delete(w.informers, k.Kind)
	for _, k := range w.watched(k) {
		if slices.ContainsFunc(k.WatchedWith, func(with schema.GroupVersionKind) bool { return w.informers[with.Kind] != nil }) {
			continue
		}
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
