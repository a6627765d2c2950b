// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles InterviewTrackers: it observes, builds, applies, prunes,
// monitors, and updates the status.
package controllers

import (
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/children"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
)

// Reconciler reconciles InterviewTrackers.
type Reconciler struct {
	// Client reads trackers from the caches, and writes their status.
	Client client.Client
	// Observer reads what belongs to a tracker.
	Observer *observe.Observer
	// Catalog are the parts of a tracker.
	Catalog catalog.Catalog
	// Engine writes the objects of the application phase.
	Engine *apply.Engine
	// Recorder emits Events on trackers.
	Recorder record.EventRecorder
	// Clock dates transitions.
	Clock clock.PassiveClock
	// Poller polls the API's pods for the health of their dependencies.
	Poller *health.Poller
	// Metrics are what the reconciler last found.
	Metrics *Metrics

	traffic, monitoring *laterPhase
	live                client.Reader
	written             statusCache
	enqueuer            *enqueuer
	optional            *optionalkinds.Watcher
	undecodable         *undecodable
}

// Settings are the operator's own.
type Settings struct {
	// Catalog are the parts of a tracker.
	Catalog catalog.Catalog
	// Transport is how the poller connects to the API's pods.
	Transport health.Transport
	// Polls is how many pods are polled at the same time.
	Polls int
	// Namespaces are the only ones to work in; all when empty.
	Namespaces []string
	// Filter is that of the manager's transport; required.
	Filter *decodable.Filter
	// Registry is where the metrics are registered; nowhere when nil.
	Registry prometheus.Registerer
}

// New returns a reconciler that works through a manager's client and caches.
func New(mgr manager.Manager, s Settings) (*Reconciler, error) {
	optional, err := optionalkinds.New(mgr, optionalkinds.Options{
		Cache: cacheOptions(s.Namespaces, kinds.Kind.OnDemand), Namespaces: s.Namespaces,
	})
	if err != nil {
		return nil, err
	}
	c, err := optional.NewClient(mgr)
	if err != nil {
		return nil, err
	}
	metrics, undecodable := newMetrics(), newUndecodable(mgr.GetClient(), s.Filter, clock.RealClock{})
	if s.Registry != nil {
		s.Registry.MustRegister(metrics, undecodable)
	}
	enqueuer := &enqueuer{trackers: mgr.GetCache()}
	later := func(phase kinds.Phase, refused string) *laterPhase {
		return &laterPhase{phase, apply.New(c, mgr.GetAPIReader(), clock.RealClock{}), newBackOff[types.NamespacedName](clock.RealClock{}), refused}
	}
	traffic, monitoring := later(kinds.Traffic, v1alpha1.ReasonInvalidSpec), later(kinds.Monitoring, v1alpha1.ReasonInvalidRule)
	optional.Subscribe(optionalkinds.Subscriber{
		SetSchema: func(gvk schema.GroupVersionKind, s *apiextensionsv1.JSONSchemaProps) error {
			if k, _ := kinds.Of(gvk.GroupKind()); k.Phase == traffic.phase {
				return traffic.engine.SetSchema(gvk, s)
			}
			return monitoring.engine.SetSchema(gvk, s)
		},
		KindsChanged:  func(ctx context.Context) { enqueuer.EnqueueAll(ctx) },
		ObjectChanged: enqueuer.objectChanged,
	})
	poller := health.New(health.Options{Concurrency: s.Polls, Changed: enqueuer.Enqueue, Transport: s.Transport, Metrics: s.Registry})
	return &Reconciler{
		Client: c,
		Observer: &observe.Observer{
			Cached: c, Live: mgr.GetAPIReader(), Optional: optional, Namespaced: len(s.Namespaces) > 0, Application: poller,
			Prometheus: observe.PrometheusTransport(), Clock: clock.RealClock{}, Catalog: s.Catalog,
		},
		Catalog: s.Catalog,
		Engine:  apply.New(c, mgr.GetAPIReader(), clock.RealClock{}),
		// The newer Events API leaves lastTimestamp empty, by which kubectl describe
		// sorts.
		Recorder: mgr.GetEventRecorderFor("interview-tracker-operator"), //nolint:staticcheck // see above
		Clock:    clock.RealClock{},
		Poller:   poller,
		Metrics:  metrics,

		traffic:     traffic,
		monitoring:  monitoring,
		live:        mgr.GetAPIReader(),
		enqueuer:    enqueuer,
		optional:    optional,
		undecodable: undecodable,
	}, nil
}

// Reconcile reconciles one tracker.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	tracker, err := r.read(ctx, request)
	if err != nil {
		return ctrl.Result{}, err
	}
	if tracker == nil {
		r.forget(request) // What it owns goes with it, by garbage collection.
		return ctrl.Result{}, nil
	}
	if r.written.of(tracker).newerThan(tracker) {
		waited := r.Clock.Now().Sub(r.written.of(tracker).at)
		wait := min(max(waited, cacheLag), lastRecheck)
		if waited >= cachePatience && r.restored(ctx, tracker) {
			wait = cacheLag
		}
		log.FromContext(ctx).V(1).Info("Not reconciled: the cache doesn't hold the last written status yet", "retryAfter", wait)
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	s := &scope{tracker: tracker, rollout: status.StoredRollout(tracker)}
	err = r.reconcile(ctx, s)
	return r.updateStatus(ctx, s, err)
}

// read returns the tracker from the cache; nil if it does not exist or is being deleted.
func (r *Reconciler) read(ctx context.Context, request ctrl.Request) (*v1alpha1.InterviewTracker, error) {
	tracker := &v1alpha1.InterviewTracker{}
	err := r.Client.Get(ctx, request.NamespacedName, tracker)
	switch {
	case apierrors.IsNotFound(err), err == nil && tracker.DeletionTimestamp != nil:
		return nil, nil //nolint:nilnil // documented above
	case err != nil:
		return nil, fmt.Errorf("reading the tracker: %w", err)
	}
	if earlier := r.written.observe(tracker); earlier != "" {
		r.forgetObjects(earlier)
	}
	return tracker, nil
}

// restored reports whether the API server has an older version of the tracker than the one
// whose status was written last, as after a restore of etcd. What is remembered of the
// tracker is then dropped.
func (r *Reconciler) restored(ctx context.Context, tracker *v1alpha1.InterviewTracker) bool {
	live := kinds.Metadata(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	err := r.live.Get(ctx, client.ObjectKeyFromObject(tracker), live)
	if err != nil || !r.written.of(tracker).newerThan(live) {
		return false // The cache lags.
	}
	log.FromContext(ctx).Info("The API server has an older version of the tracker than the one that was written, " +
		"such as after a restore from a backup: what is remembered of it is dropped")
	r.forget(ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
	return true
}

// scope is one reconciliation of one tracker; each step sets its field.
type scope struct {
	tracker   *v1alpha1.InterviewTracker
	inputs    inputs             // by observe
	seen      *snapshot.Snapshot // by observe
	repeats   *completion        // by reconcile; nil when the inputs have changed
	wanted    *desired.Output    // by build
	rollout   status.Rollout     // by judgeRollout
	applied   apply.Result       // by apply, adjustClaims, prune and attach
	routed    attached           // by attach
	monitored attached           // by attach
}

// reconcile makes the cluster match the tracker's spec. What fails keeps only what depends on
// it from being done.
func (r *Reconciler) reconcile(ctx context.Context, s *scope) error {
	if err := r.observe(ctx, s); err != nil {
		return err
	}
	if err := r.recordMigrations(ctx, s); err != nil {
		return err
	}
	if s.tracker.Spec.Suspend {
		log.FromContext(ctx).V(1).Info("Objects not applied: spec.suspend is true")
		return nil
	}
	if last := r.written.of(s.tracker).completion; last != nil && last.inputs == s.inputs {
		s.repeats = last
		log.FromContext(ctx).V(1).Info("Objects not applied: nothing has changed since they were found as they should be")
		return nil
	}
	if err := r.build(ctx, s); err != nil {
		return err
	}
	if err := r.judgeRollout(ctx, s); err != nil {
		return err
	}
	err := r.apply(ctx, s)
	if !isOutdated(err) {
		err = apply.MostSevere([]error{err, r.adjustClaims(ctx, s), r.prune(ctx, s)})
	}
	if !isOutdated(err) {
		s.routed = r.attach(ctx, s, r.traffic, s.wanted.Traffic)
		s.monitored = r.attach(ctx, s, r.monitoring, s.wanted.Monitoring)
	}
	return err
}

func (r *Reconciler) observe(ctx context.Context, s *scope) (err error) {
	if s.inputs, err = r.cachedInputs(ctx, s.tracker); err != nil {
		return err
	}
	if s.seen, err = r.Observer.Observe(ctx, s.tracker); err != nil {
		return err
	}
	s.inputs.addSnapshot(s.seen)
	return nil
}

func (r *Reconciler) build(ctx context.Context, s *scope) (err error) {
	s.wanted, err = desired.Build(ctx, s.tracker, s.seen, r.Catalog)
	return err
}

// judgeRollout decides whether new pod templates are good. If others are to be applied after that, it is stored
// before anything depends on it, and they are built.
func (r *Reconciler) judgeRollout(ctx context.Context, s *scope) error {
	s.rollout = status.JudgeRollout(r.statusInput(s), s.wanted.Templates)
	digest, judged := snapshot.TemplatesDigest(s.wanted.Templates), s.tracker.DeepCopy()
	judged.Status.Rollout = s.rollout.Status
	if judged.Refuses(digest) == s.tracker.Refuses(digest) {
		return nil
	}
	if err := r.record(ctx, s, judged.Status); err != nil {
		return err
	}
	if err := r.Observer.ReadGood(ctx, s.tracker, s.seen); err != nil {
		return err
	}
	return r.build(ctx, s)
}

func (r *Reconciler) apply(ctx context.Context, s *scope) (err error) {
	s.applied, err = r.Engine.Apply(ctx, s.tracker, children.Of(s.wanted, s.wanted.Objects))
	r.Metrics.count(s.applied.Counts)
	for _, object := range s.applied.Written {
		s.seen.Refresh(object)
	}
	return err
}

// adjustClaims changes the volume claims, on which nothing else of the tracker depends.
func (r *Reconciler) adjustClaims(ctx context.Context, s *scope) error {
	var errs []error
	for _, l := range s.wanted.LostLabels {
		repaired, err := r.Engine.RestoreLabels(ctx, l.Claim, l.Labels)
		r.Metrics.count(repaired.Counts)
		s.applied.Events = append(s.applied.Events, repaired.Events...)
		errs = append(errs, err)
	}
	for _, g := range s.wanted.VolumeExpansions {
		errs = append(errs, r.Engine.Grow(ctx, g.Claim, g.Size))
	}
	return apply.MostSevere(errs)
}

func (r *Reconciler) prune(ctx context.Context, s *scope) error {
	keep := slices.Concat(s.wanted.Objects, s.wanted.Deferred, s.wanted.Former)
	pruned, err := r.Engine.Prune(ctx, s.tracker, kinds.In(kinds.Application), children.Of(s.wanted, keep))
	r.Metrics.count(pruned.Counts)
	s.applied.Events = append(s.applied.Events, pruned.Events...)
	if pruned.Counts[apply.Count{Action: apply.Pruned, Kind: "StatefulSet"}] > 0 {
		for _, kept := range s.wanted.DataKept {
			s.applied.Events = append(s.applied.Events, apply.Event{Type: corev1.EventTypeNormal, Reason: "DataKept", Message: kept})
		}
	}
	return err
}

// forget drops what is remembered of a tracker that is gone.
func (r *Reconciler) forget(request ctrl.Request) {
	r.Metrics.forget(request.NamespacedName)
	r.Observer.Forget(request.NamespacedName)
	r.Poller.Forget(request.NamespacedName)
	r.traffic.retries.Forget(request.NamespacedName)
	r.monitoring.retries.Forget(request.NamespacedName)
	if uid, ok := r.written.forget(request.NamespacedName); ok {
		r.forgetObjects(uid)
	}
}

// forgetObjects drops what is remembered of the objects of a tracker.
func (r *Reconciler) forgetObjects(uid types.UID) {
	r.Engine.Forget(uid)
	r.traffic.engine.Forget(uid)
	r.monitoring.engine.Forget(uid)
}
