// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// watched is one watch that an optional kind takes.
type watched struct {
	kind   string
	object client.Object
	// changed is told of each change: before is nil when the object is new, after when
	// it has gone.
	changed func(before, after client.Object)
}

// watches are those that an optional kind takes. To judge by Prometheus objects takes
// the labels of namespaces, too.
func (o *optional) watches(ctx context.Context, k kinds.Kind) []watched {
	if k.Phase != "" {
		return []watched{{k.Kind, k.New(), func(before, after client.Object) {
			for _, object := range []client.Object{before, after} {
				if object != nil {
					o.news.ofAll(trackerOf(ctx, object))
				}
			}
		}}}
	}
	all := []watched{{k.Kind, k.New(), func(before, after client.Object) {
		if !sameSelectors(before, after) {
			o.news.all(ctx, o.others)
		}
	}}}
	if !o.labels {
		return all
	}
	return append(all, watched{kinds.Namespace.Kind, kinds.Metadata(kinds.Namespace), func(before, after client.Object) {
		if before != nil && after != nil && !maps.Equal(before.GetLabels(), after.GetLabels()) {
			o.news.all(ctx, o.others, client.InNamespace(after.GetName()))
		}
	}})
}

// sameSelectors tells whether nothing has changed that a tracker is judged by.
func sameSelectors(before, after client.Object) bool {
	b, wasThere := before.(*monitoringv1.Prometheus)
	a, isThere := after.(*monitoringv1.Prometheus)
	return wasThere && isThere && equality.Semantic.DeepEqual(a.Spec, b.Spec) && (a.DeletionTimestamp == nil) == (b.DeletionTimestamp == nil)
}

// syncTimeout is how long a new watch may take to tell what there is.
const syncTimeout = 10 * time.Second

// watch makes the cache hold a kind, and makes it known when it does. What can't be
// watched is given up, so that nobody waits for it, until it is examined again.
func (o *optional) watch(ctx context.Context, k kinds.Kind, definition *apiextensionsv1.JSONSchemaProps, changed bool) error {
	err := o.fill(ctx, k)
	if err == nil && k.Phase != "" {
		err = o.setSchema(k.GroupVersionKind, definition)
	}
	if err != nil {
		return errors.Join(err, o.end(ctx, k, finding{problem: err.Error()}))
	}
	o.tell(ctx, k, finding{known: true}, changed)
	return nil
}

// fill starts the watches of a kind that are not there, and waits until they have told
// what there is.
func (o *optional) fill(ctx context.Context, k kinds.Kind) error {
	watches := o.watches(ctx, k)
	for _, w := range watches {
		if o.informers[w.kind] != nil {
			continue
		}
		o.failed(w.kind, nil)
		informer, err := o.cache.GetInformer(ctx, w.object, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watching %s: %w", w.kind, err)
		}
		if _, err := informer.AddEventHandler(onChange(w.changed)); err != nil {
			return fmt.Errorf("watching %s: %w", w.kind, err)
		}
		o.informers[w.kind] = informer
	}
	for _, w := range watches {
		err := wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, syncTimeout, true, func(context.Context) (bool, error) {
			if o.informers[w.kind].HasSynced() {
				return true, nil
			}
			return false, o.failure(w.kind)
		})
		if err != nil {
			return fmt.Errorf("watching %s: %w", w.kind, err)
		}
	}
	return nil
}

// end ends the watches of a kind, as it has gone, or has a problem.
func (o *optional) end(ctx context.Context, k kinds.Kind, f finding) error {
	// Nothing reads a kind that is not known: nobody waits for what is gone.
	o.tell(ctx, k, f, false)
	for _, w := range o.watches(ctx, k) {
		delete(o.informers, w.kind)
		if err := o.cache.RemoveInformer(ctx, w.object); err != nil {
			return fmt.Errorf("ending the watch of %s: %w", w.kind, err)
		}
	}
	return nil
}

// watchFailed is told what keeps a watch from going on. A kind that is not found is
// examined: where CustomResourceDefinitions may not be watched, nothing else tells that
// it has gone.
func (o *optional) watchFailed(ctx context.Context, r *toolscache.Reflector, err error) {
	toolscache.DefaultWatchErrorHandler(ctx, r, err)
	for _, k := range kinds.Optional() {
		for _, w := range o.watches(ctx, k) {
			if reflect.TypeOf(w.object).String() != r.TypeDescription() {
				continue
			}
			o.failed(w.kind, err)
			if apierrors.IsNotFound(err) {
				o.queue.Add(k.CRD())
			}
		}
	}
}

// failed keeps what a watch failed with; nil when it has yet to begin.
func (o *optional) failed(kind string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failures[kind] = err
}

// failure is what a watch last failed with.
func (o *optional) failure(kind string) error {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.failures[kind]
}

// onChange handles the events of a watch by one function.
func onChange(changed func(before, after client.Object)) toolscache.ResourceEventHandler {
	object := func(in any) client.Object {
		if gone, ok := in.(toolscache.DeletedFinalStateUnknown); ok {
			in = gone.Obj
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
