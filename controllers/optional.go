// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	authorizationv1 "k8s.io/api/authorization/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// optional keeps caches of the optional kinds that the cluster knows, and of these
// alone: a watch of a kind that is not there would ask for it for ever. A watch on
// CustomResourceDefinitions tells when one of them comes, changes or goes; only then
// it is read, once.
type optional struct {
	cache  cache.Cache   // of the optional kinds
	others cache.Cache   // of all else, CustomResourceDefinitions and trackers included
	client client.Client // the manager's, which does not read them
	live   client.Reader
	news   *news
	log    logr.Logger
	// setSchema says by which schema a kind's objects are compared, before it is known.
	setSchema func(schema.GroupVersionKind, *apiextensionsv1.JSONSchemaProps) error
	// namespaces are the only ones that are worked in, if not all are.
	namespaces []string

	queue workqueue.TypedRateLimitingInterface[string] // of CRDs, by name
	// settled is closed when each kind has been looked for once.
	settled chan struct{}
	// examined is what is known of each CRD, by name; informers are those of what is
	// watched, by kind. Both are the loop's own.
	examined  map[string]examined
	informers map[string]cache.Informer

	fixed  bool // whether CRDs may not be watched
	labels bool // whether the labels of namespaces may be read

	mu       sync.RWMutex
	findings map[string]finding // by kind
	failures map[string]error   // of the watches, each the last, by kind
}

// finding is what is known of a kind: that the cluster knows it and the cache is filled,
// or what keeps that from being found out. The zero value is that it is absent.
type finding struct {
	known   bool
	problem string
}

// examined is what was last known of a CRD.
type examined struct {
	uid        types.UID
	version    string // Its resourceVersion.
	generation int64
}

func newOptional(mgr ctrl.Manager, n *news, namespaces []string) (*optional, error) {
	o := &optional{
		others: mgr.GetCache(), client: mgr.GetClient(), live: mgr.GetAPIReader(), news: n,
		log: mgr.GetLogger().WithName("optional-kinds"), namespaces: namespaces,
		queue:     workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](firstRetry, lastRetry)),
		settled:   make(chan struct{}),
		examined:  map[string]examined{},
		informers: map[string]cache.Informer{},
		findings:  map[string]finding{},
		failures:  map[string]error{},
	}
	var err error
	o.cache, err = newOptionalCache(mgr, namespaces, o.watchFailed)
	return o, err
}

// Kinds implements observe.Optional.
func (o *optional) Kinds() (known sets.Set[string], unclear map[string]string, fixed bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	known, unclear = sets.New[string](), map[string]string{}
	for kind, f := range o.findings {
		switch {
		case f.known:
			known.Insert(kind)
		case f.problem != "":
			unclear[kind] = f.problem
		}
	}
	return known, unclear, o.fixed
}

// knows tells whether Kinds has a kind.
func (o *optional) knows(k kinds.Kind) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.findings[k.Kind].known
}

// tell changes what Kinds returns of a kind, and of what is watched with it; and tells
// all trackers when that is new, or the kind has been renewed.
func (o *optional) tell(ctx context.Context, k kinds.Kind, f finding, renewed bool) {
	o.mu.Lock()
	before := o.findings[k.Kind]
	for _, w := range o.watches(ctx, k) {
		o.findings[w.kind] = f
	}
	o.mu.Unlock()
	if before == f && !renewed {
		return
	}
	if before.known != f.known {
		o.log.Info("What the cluster knows of the optional kinds has changed", "kind", k.Kind, "known", f.known)
	}
	o.news.all(ctx, o.others)
}

// setup has the manager run it, also where it doesn't lead.
func (o *optional) setup(ctx context.Context, mgr ctrl.Manager) error {
	watchable, err := o.mayWatch(ctx, apiextensionsv1.GroupName, "customresourcedefinitions")
	if err != nil {
		return err
	}
	if o.labels, err = o.mayWatch(ctx, "", "namespaces"); err != nil {
		return err
	}
	o.fixed = !watchable
	if o.fixed {
		o.log.Info("CustomResourceDefinitions may not be watched: kinds of monitoring objects that are installed " +
			"from now on will be noticed when the operator is restarted")
	} else {
		informer, err := o.others.GetInformer(ctx, kinds.Metadata(kinds.CustomResourceDefinition))
		if err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
		if _, err := informer.AddEventHandler(onChange(o.crdChanged)); err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
	}
	if err := mgr.Add(o); err != nil {
		return fmt.Errorf("setting up the optional kinds: %w", err)
	}
	return nil
}

// mayWatch tells whether the operator may watch what belongs to no namespace. One that
// works in all of them has to; of one that doesn't it is more than its work takes.
func (o *optional) mayWatch(ctx context.Context, group, resource string) (bool, error) {
	if len(o.namespaces) == 0 {
		return true, nil
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "watch", Group: group, Resource: resource},
	}}
	if err := o.client.Create(ctx, review); err != nil {
		return false, fmt.Errorf("asking whether %s may be watched: %w", resource, err)
	}
	return review.Status.Allowed, nil
}

// crdChanged has a CRD examined.
func (o *optional) crdChanged(before, after client.Object) {
	if after == nil {
		after = before
	}
	if _, ours := kinds.OfCRD(after.GetName()); ours {
		o.queue.Add(after.GetName())
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: who takes over begins
// with caches that are filled.
func (o *optional) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable. It begins when the other caches are filled.
func (o *optional) Start(ctx context.Context) error {
	defer context.AfterFunc(ctx, o.queue.ShutDown)()
	caching := make(chan error, 1)
	go func() { caching <- o.cache.Start(ctx) }()
	for _, k := range kinds.Optional() {
		o.examineOrRetry(ctx, k)
	}
	close(o.settled)
	for {
		name, ended := o.queue.Get()
		if ended {
			return <-caching
		}
		if k, ours := kinds.OfCRD(name); ours {
			o.examineOrRetry(ctx, k)
		}
		o.queue.Done(name)
	}
}

// examineOrRetry examines a kind, and again later when that fails. What was known is not
// in doubt because a request fails.
func (o *optional) examineOrRetry(ctx context.Context, k kinds.Kind) {
	err := o.examine(ctx, k)
	if err == nil || ctx.Err() != nil {
		o.queue.Forget(k.CRD())
		return
	}
	if !o.knows(k) {
		o.tell(ctx, k, finding{problem: err.Error()}, false)
	}
	o.log.Error(err, "Looking for an optional kind failed; it is tried again", "kind", k.Kind)
	o.queue.AddRateLimited(k.CRD())
}

// crdTimeout bounds the request for a CRD.
const crdTimeout = 5 * time.Second

// examine makes what is watched be what the cluster knows.
func (o *optional) examine(ctx context.Context, k kinds.Kind) error {
	if o.fixed {
		return o.probe(ctx, k)
	}
	seen := kinds.Metadata(kinds.CustomResourceDefinition)
	err := o.others.Get(ctx, client.ObjectKey{Name: k.CRD()}, seen)
	if apierrors.IsNotFound(err) {
		delete(o.examined, k.CRD())
		return o.end(ctx, k, finding{})
	}
	if err != nil {
		return fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	before := o.examined[k.CRD()]
	order, err := resourceversion.CompareResourceVersion(seen.ResourceVersion, before.version)
	if err == nil && order <= 0 && seen.UID == before.uid {
		return nil // It was read later than that.
	}
	bound, cancel := context.WithTimeout(ctx, crdTimeout)
	defer cancel()
	crd := &apiextensionsv1.CustomResourceDefinition{}
	err = o.live.Get(bound, client.ObjectKey{Name: k.CRD()}, crd)
	if apierrors.IsNotFound(err) {
		return o.end(ctx, k, finding{}) // The watch is about to tell.
	}
	if err != nil {
		return fmt.Errorf("reading the CustomResourceDefinition: %w", err)
	}
	schema, served := servedBy(crd, k)
	if another := before.uid != "" && before.uid != crd.UID; !served || another {
		if err := o.end(ctx, k, finding{}); err != nil {
			return err
		}
	}
	if served {
		if err := o.watch(ctx, k, schema, before.generation != crd.Generation); err != nil {
			return err
		}
	}
	o.examined[k.CRD()] = examined{crd.UID, crd.ResourceVersion, crd.Generation}
	return nil
}

// probe looks for a kind where nothing tells whether it is there, by its first object.
func (o *optional) probe(ctx context.Context, k kinds.Kind) error {
	bound, cancel := context.WithTimeout(ctx, crdTimeout)
	defer cancel()
	err := o.live.List(bound, k.NewList(), client.InNamespace(o.namespaces[0]), client.Limit(1))
	if apierrors.IsNotFound(err) {
		return o.end(ctx, k, finding{})
	}
	if err != nil {
		return fmt.Errorf("listing %s: %w", k.Plural, err)
	}
	return o.watch(ctx, k, nil, true)
}
