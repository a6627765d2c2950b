// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// newOptionalCache returns the cache of the optional kinds. It is one of its own: who
// waits for the manager's waits for all that is in it, and a kind that goes, or that
// the operator may not watch, would keep it from ever being filled. failed is told of
// what keeps a watch from going on.
func newOptionalCache(mgr manager.Manager, namespaces []string, failed toolscache.WatchErrorHandlerWithContext) (cache.Cache, error) {
	o := onlyOurs(namespaces, kinds.Kind.OnDemand)
	o.HTTPClient, o.Scheme, o.Mapper = mgr.GetHTTPClient(), mgr.GetScheme(), mgr.GetRESTMapper()
	o.DefaultWatchErrorHandler = failed
	c, err := cache.New(mgr.GetConfig(), o)
	if err != nil {
		return nil, fmt.Errorf("making the cache of the optional kinds: %w", err)
	}
	return c, nil
}

// newClient returns a client as the manager's is that reads the optional kinds from
// their own cache.
func newClient(mgr manager.Manager, optional client.Reader) (client.Client, error) {
	c, err := client.New(mgr.GetConfig(), client.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
		Cache: &client.CacheOptions{Reader: caches{optional: optional, others: mgr.GetCache(), scheme: mgr.GetScheme()}},
	})
	if err != nil {
		return nil, fmt.Errorf("making the client: %w", err)
	}
	return c, nil
}

// caches reads each kind from the cache that may hold it.
type caches struct {
	optional, others client.Reader
	scheme           *runtime.Scheme
}

// Get implements client.Reader.
func (c caches) Get(ctx context.Context, key client.ObjectKey, into client.Object, o ...client.GetOption) error {
	return c.of(into).Get(ctx, key, into, o...)
}

// List implements client.Reader.
func (c caches) List(ctx context.Context, into client.ObjectList, o ...client.ListOption) error {
	return c.of(into).List(ctx, into, o...)
}

// of is the cache of an object or a list.
func (c caches) of(object runtime.Object) client.Reader {
	gvk, err := apiutil.GVKForObject(object, c.scheme)
	gvk.Kind = strings.TrimSuffix(gvk.Kind, "List")
	if kind, _ := kinds.Of(gvk.GroupKind()); err == nil && kind.OnDemand() {
		return c.optional
	}
	return c.others
}
