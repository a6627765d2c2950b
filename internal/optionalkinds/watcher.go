// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package optionalkinds finds out which of the kinds that a cluster may lack it has, and
// caches these alone: a watch of a kind that does not exist retries indefinitely.
package optionalkinds

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	authorizationv1 "k8s.io/api/authorization/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Watcher follows which optional kinds the cluster has, by a watch of the metadata of
// CustomResourceDefinitions, and keeps a cache of their objects. A definition is read
// once, when it has come or changed.
type Watcher struct {
	cache      cache.Cache   // of the optional kinds
	others     cache.Cache   // of all other kinds, CustomResourceDefinitions included
	client     client.Client // the manager's
	live       client.Reader
	subscriber Subscriber
	log        logr.Logger
	// namespaces are the only ones to watch; all when empty.
	namespaces []string

	queue  workqueue.TypedRateLimitingInterface[string] // of CRDs, by name
	synced chan struct{}
	// crds are those that were read, by name; informers those of the watches, by kind.
	// Only the loop uses both.
	crds      map[string]crd
	informers map[string]cache.Informer

	// fixed means that CRDs may not be watched; attached are the kinds that are watched
	// with optional ones, as far as the operator may watch them.
	fixed    bool
	attached []kinds.Kind

	failures sync.Map // the last error of each watch, by kind

	mu       sync.RWMutex
	states   map[string]state            // of the optional kinds, by kind
	declared map[string]sets.Set[string] // fields of the spec, by kind
	revision int                         // of the states and of the kinds' definitions
}

// state is that of a kind: the cluster serves it and the cache is filled, or why that
// can't be found out. The zero state is that the cluster lacks it.
type state struct {
	served  bool
	problem string
}

// Subscriber is what a Watcher calls. No function may block.
type Subscriber struct {
	// SetSchema gets the schema of a kind that has a phase, before Kinds reports it as
	// served. It is nil where CustomResourceDefinitions can't be read.
	SetSchema func(schema.GroupVersionKind, *apiextensionsv1.JSONSchemaProps) error
	// KindsChanged means that Kinds returns something else, or that a kind's definition
	// has changed.
	KindsChanged func(context.Context)
	// ObjectChanged means that an object of a kind in the cache has changed. before is nil
	// when it is new, after when it has been deleted.
	ObjectChanged func(ctx context.Context, k kinds.Kind, before, after client.Object)
}

// Options are how a Watcher works.
type Options struct {
	// Cache are the options of the cache of the optional kinds.
	Cache cache.Options
	// Namespaces are the only ones to watch; all when empty. Given any, the Watcher finds
	// out what it may watch in the cluster, and does with less.
	Namespaces []string
}

// The back-off of a kind that can't be looked up or watched.
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 5 * time.Minute
)

// New returns a Watcher that does nothing before SetupWithManager.
func New(mgr manager.Manager, o Options) (*Watcher, error) {
	w := &Watcher{
		others: mgr.GetCache(), client: mgr.GetClient(), live: mgr.GetAPIReader(),
		log: mgr.GetLogger().WithName("optional-kinds"), namespaces: o.Namespaces,
		queue:     workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](firstRetry, lastRetry)),
		synced:    make(chan struct{}),
		crds:      map[string]crd{},
		informers: map[string]cache.Informer{},
		states:    map[string]state{},
		declared:  map[string]sets.Set[string]{},
	}
	// A cache of its own: whoever waits for the manager's waits for every kind in it, and
	// one that is deleted, or that may not be watched, would keep it from ever being synced.
	o.Cache.HTTPClient, o.Cache.Scheme, o.Cache.Mapper = mgr.GetHTTPClient(), mgr.GetScheme(), mgr.GetRESTMapper()
	o.Cache.DefaultWatchErrorHandler = w.watchFailed
	var err error
	if w.cache, err = cache.New(mgr.GetConfig(), o.Cache); err != nil {
		return nil, fmt.Errorf("making the cache of the optional kinds: %w", err)
	}
	return w, nil
}

// Subscribe sets what is called. It must be called once, before the manager starts.
func (w *Watcher) Subscribe(s Subscriber) { w.subscriber = s }

// Kinds returns the optional kinds that the cluster serves and the cache holds, and the
// kinds that are watched with them; those of which that can't be found out, with the
// reason; and whether kinds that are installed later go unnoticed.
func (w *Watcher) Kinds() (served sets.Set[string], unclear map[string]string, fixed bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	served, unclear = sets.New[string](), map[string]string{}
	for kind, s := range w.states {
		switch {
		case s.served:
			served.Insert(kind)
		case s.problem != "":
			unclear[kind] = s.problem
		}
	}
	for _, k := range w.attached {
		if slices.ContainsFunc(k.WatchedWith, func(with schema.GroupVersionKind) bool { return served.Has(with.Kind) }) {
			served.Insert(k.Kind)
		}
	}
	return served, unclear, w.fixed
}

// Revision changes whenever Kinds returns something else, and when a kind's definition
// changes.
func (w *Watcher) Revision() int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.revision
}

// Serves reports whether Kinds returns a kind as served.
func (w *Watcher) Serves(k kinds.Kind) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.states[k.Kind].served
}

// Declares reports whether the definition of a kind that is served has a field of the spec:
// an object with one that it lacks is refused as a whole. It is false where
// CustomResourceDefinitions can't be read.
func (w *Watcher) Declares(k schema.GroupVersionKind, field string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.states[k.Kind].served && w.declared[k.Kind].Has(field)
}

// setDeclared changes what Declares reports.
func (w *Watcher) setDeclared(k kinds.Kind, s *apiextensionsv1.JSONSchemaProps) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s == nil {
		s = &apiextensionsv1.JSONSchemaProps{}
	}
	w.declared[k.Kind] = sets.KeySet(s.Properties["spec"].Properties)
}

// Synced is closed when each optional kind has been looked up once.
func (w *Watcher) Synced() <-chan struct{} { return w.synced }

// setState changes what Kinds returns of an optional kind, and notifies the subscriber if
// that is new, or the kind's definition has changed.
func (w *Watcher) setState(ctx context.Context, k kinds.Kind, s state, redefined bool) {
	w.mu.Lock()
	before := w.states[k.Kind]
	w.states[k.Kind] = s
	changed := before != s || redefined
	if changed {
		w.revision++
	}
	w.mu.Unlock()
	if !changed {
		return
	}
	if before.served != s.served {
		w.log.Info("Whether the cluster serves an optional kind has changed", "kind", k.Kind, "served", s.served)
	}
	w.subscriber.KindsChanged(ctx)
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: an operator that takes
// over starts with caches that are filled.
func (w *Watcher) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable. The manager's caches are filled by then.
func (w *Watcher) Start(ctx context.Context) error {
	defer context.AfterFunc(ctx, w.queue.ShutDown)()
	caching := make(chan error, 1)
	go func() { caching <- w.cache.Start(ctx) }()
	for _, k := range kinds.Optional() {
		w.syncOrRetry(ctx, k)
	}
	close(w.synced)
	for {
		name, shutdown := w.queue.Get()
		if shutdown {
			return <-caching
		}
		k, _ := kinds.OfCRD(name) // No others are queued.
		w.syncOrRetry(ctx, k)
		w.queue.Done(name)
	}
}

// syncOrRetry syncs a kind, and again later if that fails. What was found before stays
// true when a request fails.
func (w *Watcher) syncOrRetry(ctx context.Context, k kinds.Kind) {
	err := w.sync(ctx, k)
	if err == nil || ctx.Err() != nil {
		w.queue.Forget(k.CRD())
		return
	}
	if !w.Serves(k) {
		w.setState(ctx, k, state{problem: err.Error()}, false)
	}
	w.log.Error(err, "Looking up an optional kind failed; it is tried again", "kind", k.Kind)
	w.queue.AddRateLimited(k.CRD())
}

// SetupWithManager makes the manager run the Watcher, also while it does not lead.
func (w *Watcher) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	for _, k := range kinds.All() {
		definitions := k.GroupVersionKind == kinds.CustomResourceDefinition
		if !definitions && len(k.WatchedWith) == 0 {
			continue
		}
		may, err := w.mayWatch(ctx, k)
		switch {
		case err != nil:
			return err
		case definitions:
			w.fixed = !may
		case may:
			w.attached = append(w.attached, k)
		}
	}
	if w.fixed {
		w.log.Info("CustomResourceDefinitions may not be watched: kinds of monitoring objects that are installed " +
			"from now on will be noticed when the operator is restarted")
	} else {
		informer, err := w.others.GetInformer(ctx, kinds.Metadata(kinds.CustomResourceDefinition))
		if err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
		if _, err := informer.AddEventHandler(onChange(w.crdChanged)); err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
	}
	if err := mgr.Add(w); err != nil {
		return fmt.Errorf("setting up the optional kinds: %w", err)
	}
	return nil
}

// mayWatch reports whether the operator may watch a kind of which the objects have no
// namespace. One that works in all namespaces must be allowed to; for one that doesn't,
// it is more than its work takes.
func (w *Watcher) mayWatch(ctx context.Context, k kinds.Kind) (bool, error) {
	if len(w.namespaces) == 0 {
		return true, nil
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "watch", Group: k.Group, Resource: k.Plural},
	}}
	if err := w.client.Create(ctx, review); err != nil {
		return false, fmt.Errorf("checking whether %s may be watched: %w", k.Plural, err)
	}
	return review.Status.Allowed, nil
}

// crdChanged queues the CRD of an optional kind.
func (w *Watcher) crdChanged(before, after client.Object) {
	if after == nil {
		after = before
	}
	if _, ok := kinds.OfCRD(after.GetName()); ok {
		w.queue.Add(after.GetName())
	}
}
