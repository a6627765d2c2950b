// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles InterviewTrackers: observe, build, apply,
// prune, monitor, and a status that tells how it went.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// Reconciler makes the cluster be as the trackers say.
type Reconciler struct {
	// Client reads trackers from the caches, and writes their status.
	Client client.Client
	// Observer reads what belongs to a tracker.
	Observer *observe.Observer
	// Builder are the settings of what is built.
	Builder desired.Options
	// Engine writes a tracker's own objects.
	Engine *apply.Engine
	// Monitoring writes the objects that have it monitored.
	Monitoring *apply.Engine
	// Recorder emits Events on trackers.
	Recorder record.EventRecorder
	// Clock dates transitions.
	Clock clock.PassiveClock
	// Poller asks the API's pods what they depend on.
	Poller *health.Poller
	// Metrics are what the reconciler last found.
	Metrics *Metrics

	// retries backs off from trackers whose monitoring objects can't be applied.
	retries  workqueue.TypedRateLimiter[types.NamespacedName]
	written  ledger
	news     *news
	optional *optional
}

// Settings are the operator's own.
type Settings struct {
	// Builder are those of what is built.
	Builder desired.Options
	// Transport is how the poller connects to the API's pods.
	Transport health.Transport
	// Polls is how many pods are asked at the same time.
	Polls int
	// Namespaces are the only ones to work in; all when empty.
	Namespaces []string
	// Registry is where the metrics are registered; nowhere when nil.
	Registry prometheus.Registerer
}

// New returns a reconciler that works through a manager's client and caches.
func New(mgr manager.Manager, s Settings) (*Reconciler, error) {
	news, metrics := &news{}, newMetrics()
	optional, err := newOptional(mgr, news, s.Namespaces)
	if err != nil {
		return nil, err
	}
	c, err := newClient(mgr, optional.cache)
	if err != nil {
		return nil, err
	}
	if s.Registry != nil {
		s.Registry.MustRegister(metrics)
	}
	monitoring := apply.New(c, mgr.GetAPIReader(), clock.RealClock{})
	optional.setSchema = monitoring.SetSchema
	poller := health.New(health.Options{Concurrency: s.Polls, Changed: news.of, Transport: s.Transport, Metrics: s.Registry})
	return &Reconciler{
		Client: c,
		Observer: &observe.Observer{
			Cached: c, Live: mgr.GetAPIReader(), Optional: optional, Application: poller,
			Clock: clock.RealClock{}, Builder: s.Builder,
		},
		Builder:    s.Builder,
		Engine:     apply.New(c, mgr.GetAPIReader(), clock.RealClock{}),
		Monitoring: monitoring,
		// The newer Events API leaves lastTimestamp empty, by which kubectl describe
		// sorts.
		Recorder: mgr.GetEventRecorderFor("interview-tracker-operator"), //nolint:staticcheck // see above
		Clock:    clock.RealClock{},
		Poller:   poller,
		Metrics:  metrics,
		retries:  workqueue.NewTypedItemExponentialFailureRateLimiter[types.NamespacedName](firstRetry, lastRetry),
		news:     news,
		optional: optional,
	}, nil
}

// Reconcile makes one pass over one tracker.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	tracker := &v1alpha1.InterviewTracker{}
	err := r.Client.Get(ctx, request.NamespacedName, tracker)
	switch {
	case apierrors.IsNotFound(err), err == nil && tracker.DeletionTimestamp != nil:
		// What it owns goes with it, by garbage collection.
		r.forget(request)
		return ctrl.Result{}, nil
	case err != nil:
		return ctrl.Result{}, fmt.Errorf("reading the tracker: %w", err)
	}
	if earlier := r.written.meet(tracker); earlier != "" {
		r.Engine.Forget(earlier)
		r.Monitoring.Forget(earlier)
	}
	if r.written.newerThan(tracker) {
		return ctrl.Result{RequeueAfter: cacheLag}, nil
	}
	p := &pass{tracker: tracker}
	return r.conclude(ctx, p, r.converge(ctx, p))
}

// cacheLag is about how long a write takes to come back through a watch.
const cacheLag = 200 * time.Millisecond

// pass is one pass over one tracker; each step fills in its field.
type pass struct {
	tracker   *v1alpha1.InterviewTracker
	seen      *snapshot.Snapshot // by observe
	wanted    *desired.Output    // by build
	applied   apply.Result       // by apply and finish
	monitored monitored          // by finish
}

// converge brings the cluster to what the tracker says. The first step that
// fails is the last.
func (r *Reconciler) converge(ctx context.Context, p *pass) error {
	steps := []func(context.Context, *pass) error{r.observe, r.build, r.apply, r.finish}
	if p.tracker.Spec.Suspend {
		steps = []func(context.Context, *pass) error{r.observe}
	}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) observe(ctx context.Context, p *pass) (err error) {
	p.seen, err = r.Observer.Observe(ctx, p.tracker)
	return err
}

func (r *Reconciler) build(_ context.Context, p *pass) (err error) {
	p.wanted, err = desired.Build(p.tracker, p.seen, r.Builder)
	return err
}

func (r *Reconciler) apply(ctx context.Context, p *pass) (err error) {
	p.applied, err = r.Engine.Apply(ctx, p.tracker, children(p.wanted.Objects))
	r.Metrics.count(p.applied.Counts)
	for _, object := range p.applied.Written {
		p.seen.Renew(object)
	}
	if err != nil {
		return err
	}
	for _, l := range p.wanted.LostLabels {
		repaired, err := r.Engine.RestoreLabels(ctx, l.Claim, l.Labels)
		if err != nil {
			return err
		}
		r.Metrics.count(repaired.Counts)
		p.applied.Events = append(p.applied.Events, repaired.Events...)
	}
	for _, g := range p.wanted.Growths {
		if err := r.Engine.Grow(ctx, g.Claim, g.Size); err != nil {
			return err
		}
	}
	return nil
}

// finish prunes, and has the tracker monitored whether or not that succeeds: an object
// too many is no reason not to. The pass fails if pruning does.
func (r *Reconciler) finish(ctx context.Context, p *pass) error {
	err := r.prune(ctx, p)
	r.monitor(ctx, p)
	return err
}

func (r *Reconciler) prune(ctx context.Context, p *pass) error {
	kept := slices.Concat(p.wanted.Objects, p.wanted.Deferred)
	pruned, err := r.Engine.Prune(ctx, p.tracker, kinds.In(kinds.Application), children(kept))
	r.Metrics.count(pruned.Counts)
	p.applied.Events = append(p.applied.Events, pruned.Events...)
	return err
}

// children are objects as the engine takes them.
func children(objects []desired.Object) []client.Object {
	children := make([]client.Object, len(objects))
	for i, object := range objects {
		children[i] = object
	}
	return children
}

// conclude stores what the pass found, emits what changed, and says when to come
// back.
func (r *Reconciler) conclude(ctx context.Context, p *pass, err error) (ctrl.Result, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctrl.Result{}, nil // The operator ends, or leads no more: another one will tell.
	}
	defer r.emitApplied(p)
	o := judge(p, err)
	if o.quiet {
		return ctrl.Result{RequeueAfter: o.retryAfter}, nil
	}
	before := p.tracker.Status
	next := status.Compute(status.Pass{
		Tracker:     p.tracker,
		Snapshot:    p.seen,
		Inventory:   p.inventory(),
		Monitoring:  p.monitoring(),
		Stalled:     o.stalled,
		Reconciling: o.reconciling,
		Failed:      err != nil,
		Now:         metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
	})
	r.Metrics.tell(p.tracker, next)
	if wait := progressDelay - r.written.since(p.tracker, r.Clock.Now()); wait > 0 && o.err == nil && status.OnlyProgress(before, next) {
		return ctrl.Result{RequeueAfter: min(wait, recheck(o, next))}, nil
	}
	// The status is told even when the pass ran out of time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statusTimeout)
	defer cancel()
	wrote, patchErr := status.Patch(ctx, r.Client, p.tracker, next)
	if patchErr != nil {
		return ctrl.Result{}, patchErr
	}
	if wrote {
		r.written.record(p.tracker, r.Clock.Now())
		events, told := status.Transitions(before, next, r.written.told(p.tracker))
		r.written.tell(p.tracker, told)
		for _, e := range events {
			r.Recorder.Event(p.tracker, e.Type, e.Reason, e.Message)
		}
	}
	if o.err != nil {
		return ctrl.Result{}, o.err
	}
	return ctrl.Result{RequeueAfter: recheck(o, next)}, nil
}

// progressDelay is how long mere progress of a rollout may wait to be told. A
// start goes through half a dozen states within seconds: they cost one write.
const progressDelay = 30 * time.Second

// statusTimeout bounds the request that stores a status.
const statusTimeout = 10 * time.Second

// emitApplied tells what was done to the tracker's objects: also in a pass that
// has nothing to say of the status.
func (r *Reconciler) emitApplied(p *pass) {
	for _, e := range p.applied.Events {
		r.Recorder.Event(p.tracker, e.Type, e.Reason, e.Message)
	}
}

// forget drops what is remembered of a tracker that is gone.
func (r *Reconciler) forget(request ctrl.Request) {
	r.Metrics.forget(request.NamespacedName)
	r.Observer.Forget(request.NamespacedName)
	r.Poller.Forget(request.NamespacedName)
	r.retries.Forget(request.NamespacedName)
	if uid, known := r.written.forget(request.NamespacedName); known {
		r.Engine.Forget(uid)
		r.Monitoring.Forget(uid)
	}
}
