// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
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
func (o *optional) watches(ctx context.Context, k optionalKind) []watched {
	if k.made {
		return []watched{{k.Kind, k.object, func(before, after client.Object) {
			for _, object := range []client.Object{before, after} {
				if object != nil {
					o.news.ofAll(trackerOf(ctx, object))
				}
			}
		}}}
	}
	all := []watched{{k.Kind, k.object, func(before, after client.Object) {
		if !sameSelectors(before, after) {
			o.news.all(ctx, o.others)
		}
	}}}
	if !o.labels {
		return all
	}
	return append(all, watched{observe.NamespaceKind.Kind, observe.NamespaceMetadata(), func(before, after client.Object) {
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

// watch makes the caches hold a kind, and makes it known when they do: nobody waits for
// one that can't be watched. It tells all trackers when that is new, or the kind has
// changed.
func (o *optional) watch(ctx context.Context, k optionalKind, definition *apiextensionsv1.JSONSchemaProps, changed bool) error {
	var synced []func() bool
	for _, w := range o.watches(ctx, k) {
		informer := o.informers[w.kind]
		if informer == nil {
			var err error
			if informer, err = o.cache.GetInformer(ctx, w.object, cache.BlockUntilSynced(false)); err != nil {
				return fmt.Errorf("watching %s: %w", w.kind, err)
			}
			if _, err := informer.AddEventHandler(onChange(w.changed)); err != nil {
				return fmt.Errorf("watching %s: %w", w.kind, err)
			}
			o.informers[w.kind] = informer
		}
		synced = append(synced, informer.HasSynced)
	}
	err := wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, syncTimeout, true, func(context.Context) (bool, error) {
		for _, isSynced := range synced {
			if !isSynced() {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("watching %s: nothing is told of what there is: may the operator list and watch it? %w", k.Kind, err), o.stop(ctx, k))
	}
	if k.made {
		if err := o.engine.AddKind(k.GroupVersionKind, definition); err != nil {
			return err
		}
	}
	if kinds, _ := o.Kinds(); kinds.Has(k.Kind) && !changed {
		return nil
	}
	o.log.Info("The cluster knows an optional kind", "kind", k.Kind)
	o.tell(func(kinds sets.Set[string]) {
		for _, w := range o.watches(ctx, k) {
			kinds.Insert(w.kind)
		}
	})
	o.news.all(ctx, o.others)
	return nil
}

// stop ends the watches of a kind, and tells all trackers when it was known.
func (o *optional) stop(ctx context.Context, k optionalKind) error {
	known, _ := o.Kinds()
	all := o.watches(ctx, k)
	// Nothing reads a kind that is not known: nobody waits for what is gone.
	o.tell(func(kinds sets.Set[string]) {
		for _, w := range all {
			kinds.Delete(w.kind)
		}
	})
	o.engine.RemoveKind(k.GroupVersionKind)
	for _, w := range all {
		delete(o.informers, w.kind)
		if err := o.cache.RemoveInformer(ctx, w.object); err != nil {
			return fmt.Errorf("ending the watch of %s: %w", w.kind, err)
		}
	}
	if known.Has(k.Kind) {
		o.log.Info("The cluster no longer knows an optional kind", "kind", k.Kind)
		o.news.all(ctx, o.others)
	}
	return nil
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

// listOf returns a list to read a kind into.
func listOf(scheme *runtime.Scheme, gvk schema.GroupVersionKind) (client.ObjectList, error) {
	object, err := scheme.New(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", gvk.Kind, err)
	}
	list, ok := object.(client.ObjectList)
	if !ok {
		return nil, fmt.Errorf("listing %s: %T is no list", gvk.Kind, object)
	}
	return list, nil
}
