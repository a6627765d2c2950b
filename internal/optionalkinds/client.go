// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// NewClient returns a client like the manager's that reads the kinds that are watched on
// demand from the Watcher's cache.
func (w *Watcher) NewClient(mgr manager.Manager) (client.Client, error) {
	c, err := client.New(mgr.GetConfig(), client.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
		Cache: &client.CacheOptions{Reader: caches{onDemand: w.cache, others: mgr.GetCache(), scheme: mgr.GetScheme()}},
	})
	if err != nil {
		return nil, fmt.Errorf("making the client: %w", err)
	}
	return c, nil
}

// caches reads each kind from the cache that may hold it.
type caches struct {
	onDemand, others client.Reader
	scheme           *runtime.Scheme
}

// Get implements client.Reader.
func (c caches) Get(ctx context.Context, key client.ObjectKey, into client.Object, o ...client.GetOption) error {
	if err := c.of(into).Get(ctx, key, into, o...); err != nil {
		return err
	}
	return kinds.Unpack(into)
}

// List implements client.Reader. It finds the objects of one tracker by the index, and
// leaves packed what the caches pack.
func (c caches) List(ctx context.Context, into client.ObjectList, o ...client.ListOption) error {
	var options client.ListOptions
	options.ApplyOptions(o)
	if selector := options.LabelSelector; selector != nil && options.FieldSelector == nil {
		if tracker, one := selector.RequiresExactMatch(v1alpha1.LabelTracker); one {
			options.FieldSelector = fields.OneTermEqualSelector(trackerField, tracker)
		}
	}
	return c.of(into).List(ctx, into, &options)
}

// trackerField is the field by which the caches index objects: their tracker.
const trackerField = "tracker"

// IndexByTracker makes a cache hold the kind of an object, and find the objects of one
// tracker without looking at those of all others.
func IndexByTracker(ctx context.Context, indexer client.FieldIndexer, object client.Object) error {
	return indexer.IndexField(ctx, object, trackerField, func(o client.Object) []string {
		if tracker := o.GetLabels()[v1alpha1.LabelTracker]; tracker != "" {
			return []string{tracker}
		}
		return nil
	})
}

// of is the cache of an object or a list.
func (c caches) of(object runtime.Object) client.Reader {
	gvk, err := apiutil.GVKForObject(object, c.scheme)
	gvk.Kind = strings.TrimSuffix(gvk.Kind, "List")
	if k, _ := kinds.Of(gvk.GroupKind()); err == nil && k.OnDemand() {
		return c.onDemand
	}
	return c.others
}

// Mapper returns the manager's REST mapper. The optional kinds it takes from the table,
// whether they exist or not: their names and scope are part of what their version is, so
// that nothing has to be looked up when they are installed, or forgotten when they are
// deleted. It looks up all others.
func Mapper(config *rest.Config, c *http.Client) (meta.RESTMapper, error) {
	dynamic, err := apiutil.NewDynamicRESTMapper(config, c)
	if err != nil {
		return nil, fmt.Errorf("making the REST mapper: %w", err)
	}
	fixed := meta.NewDefaultRESTMapper(nil)
	for _, k := range kinds.Optional() {
		resource := k.GroupVersion().WithResource(k.Plural)
		fixed.AddSpecific(k.GroupVersionKind, resource, resource, meta.RESTScopeNamespace)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{fixed, dynamic}}, nil
}
