// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package observe reads one tracker's objects into a snapshot.
package observe

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Observer reads the cluster.
type Observer struct {
	// Cached reads the operator's caches, which hold what bears LabelTracker, and of
	// other Secrets that they exist.
	Cached client.Reader
	// Live reads the API server, for what no cache holds.
	Live client.Reader
	// Optional lists the kinds that a cluster may lack and that have a cache.
	Optional Optional
	// Namespaced means that the caches hold the objects of some namespaces alone.
	Namespaced bool
	// Application polls the API's pods.
	Application Application
	// Prometheus connects to the Prometheus of spec.rollout.prometheus; nil never does.
	Prometheus http.RoundTripper
	// Clock measures how long a container has been running, and when a ConfigMap, a Prometheus or what could not be
	// read is read again.
	Clock clock.PassiveClock
	// Catalog are the parts of a tracker.
	Catalog catalog.Catalog

	events    trackerCache[types.UID, cachedEvent] // By the UID of the object.
	good      trackerCache[types.UID, *appsv1.ReplicaSet]
	external  trackerCache[v1alpha1.Component, reading]
	receivers trackerCache[string, keysRead] // By the name of the Secret.
	telemetry trackerCache[telemetryKey, telemetryReading]
	heard     trackerCache[heard, fit]
	ended     trackerCache[string, *batchv1.Job] // By the Job's name: what has succeeded and is not recorded.

	certificates trackerCache[certificateKey, certificateReading]
	comparisons  trackerCache[comparisonKey, snapshot.Comparison] // The last one.
	readings     readings
}

// Forget drops what is cached for a tracker that is deleted.
func (o *Observer) Forget(tracker types.NamespacedName) {
	o.events.forget(tracker)
	o.good.forget(tracker)
	o.external.forget(tracker)
	o.receivers.forget(tracker)
	o.telemetry.forget(tracker)
	o.certificates.forget(tracker)
	o.heard.forget(tracker)
	o.ended.forget(tracker)
	o.comparisons.forget(tracker)
}

// Observe reads the objects of one tracker. An error means that nothing is known.
func (o *Observer) Observe(ctx context.Context, t *v1alpha1.InterviewTracker) (*snapshot.Snapshot, error) {
	s := &snapshot.Snapshot{
		Deployments:    map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets:   map[v1alpha1.Component]*appsv1.StatefulSet{},
		ReplicaSets:    map[v1alpha1.Component][]appsv1.ReplicaSet{},
		Pods:           map[v1alpha1.Component][]corev1.Pod{},
		EndpointSlices: map[v1alpha1.Component][]discoveryv1.EndpointSlice{},
		Autoscalers:    map[v1alpha1.Component]*autoscalingv2.HorizontalPodAutoscaler{},
		Claims:         map[v1alpha1.Component]*corev1.PersistentVolumeClaim{},
		Former:         map[v1alpha1.Component]snapshot.Former{},
		Changed:        map[v1alpha1.Component]string{},
		Credentials:    map[v1alpha1.Component]*metav1.PartialObjectMetadata{},
		NewPasswords:   map[v1alpha1.Component]string{},
		CreateFailures: map[v1alpha1.Component]string{},
		PodEvents:      map[string]snapshot.PodEvent{},
	}
	for _, c := range o.Catalog.Components {
		if err := o.readComponent(ctx, t, c.Name, s); err != nil {
			return nil, err
		}
		if err := o.readTraffic(ctx, t, c.Name, s); err != nil {
			return nil, err
		}
	}
	for _, d := range o.Catalog.Dependencies {
		if err := o.readManaged(ctx, t, d, s); err != nil {
			return nil, err
		}
	}
	if err := o.ReadGood(ctx, t, s); err != nil {
		return nil, err
	}
	if err := o.readMigrations(ctx, t, s); err != nil {
		return nil, err
	}
	if err := o.readJourneys(ctx, t, s); err != nil {
		return nil, err
	}
	if err := o.readExternal(ctx, t, s); err != nil {
		return nil, err
	}
	if err := o.readNotifications(ctx, t, s); err != nil {
		return nil, err
	}
	o.readTelemetry(ctx, t, s)
	o.recallMigrations(t, s)
	if err := o.confirmOlderMigrations(ctx, t, s); err != nil {
		return nil, err
	}
	o.readMonitoring(ctx, t, s)
	o.readComparison(ctx, t, s)
	if err := o.readRoutes(ctx, t, s); err != nil {
		return nil, err
	}
	o.readApplication(t, s)
	h := o.hear(t)
	defer h.end()
	h.maskPods(ctx, s)
	o.readEvents(ctx, t, s, h)
	return s, nil
}

// readComponent reads a component's Deployment, its ReplicaSets and their pods.
func (o *Observer) readComponent(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	deployment := &appsv1.Deployment{}
	found, err := o.confirm(ctx, t, "Deployment", t.ChildName(c), deployment)
	if err != nil {
		return err
	}
	if !found || !ownership.Of(t, "Deployment", deployment).Manageable() {
		return nil
	}
	s.Deployments[c] = deployment

	var replicaSets appsv1.ReplicaSetList
	if err := o.list(ctx, t, c, &replicaSets); err != nil {
		return err
	}
	owners := sets.New[types.UID]()
	for _, rs := range replicaSets.Items {
		if metav1.IsControlledBy(&rs, deployment) {
			s.ReplicaSets[c] = append(s.ReplicaSets[c], rs)
			owners.Insert(rs.UID)
		}
	}
	return o.readPods(ctx, t, c, owners, s)
}

// readManaged reads a managed dependency's StatefulSet and pod, and what
// outlives them: the volume claim and the credentials.
func (o *Observer) readManaged(ctx context.Context, t *v1alpha1.InterviewTracker, d catalog.Dependency, s *snapshot.Snapshot) error {
	if d.ManagedSpec(&t.Spec) == nil {
		return o.readFormer(ctx, t, d, s)
	}
	c := d.Name
	set := &appsv1.StatefulSet{}
	found, err := o.confirm(ctx, t, "StatefulSet", t.ChildName(c), set)
	if err != nil {
		return err
	}
	if found && ownership.Of(t, "StatefulSet", set).Manageable() {
		s.StatefulSets[c] = set
		if err := o.readPods(ctx, t, c, sets.New(set.UID), s); err != nil {
			return err
		}
	}
	return o.readData(ctx, t, c, s)
}

func (o *Observer) readPods(
	ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, owners sets.Set[types.UID], s *snapshot.Snapshot,
) error {
	var pods corev1.PodList
	if err := o.list(ctx, t, c, &pods); err != nil {
		return err
	}
	for i := range pods.Items {
		controller := metav1.GetControllerOf(&pods.Items[i])
		if controller != nil && owners.Has(controller.UID) {
			s.Pods[c] = append(s.Pods[c], pods.Items[i])
		}
	}
	slices.SortFunc(s.Pods[c], func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// confirm reads one object of the tracker's namespace, from the API server when
// the caches don't show what has been applied: they hold what has our label, which
// may have been removed. What is wanted is derived from what exists, so a
// gap here would be a scale-down or a change that can't be made.
func (o *Observer) confirm(ctx context.Context, t *v1alpha1.InterviewTracker, kind, name string, into client.Object) (bool, error) {
	found, err := o.get(ctx, t, name, into)
	if err != nil || found || !applied(t, kind, name) {
		return found, err
	}
	return o.getLive(ctx, t, name, into)
}

// applied reports whether an object is in the tracker's inventory.
func applied(t *v1alpha1.InterviewTracker, kind, name string) bool {
	return slices.ContainsFunc(t.Status.Applied(), func(e v1alpha1.InventoryEntry) bool {
		of, called := e.Parse()
		return of.Kind == kind && called == name
	})
}

// getLive reads one object of the tracker's namespace from the API server, and
// reports whether it exists.
func (o *Observer) getLive(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	return read(ctx, o.Live, t, name, into)
}

// get reads one object of the tracker's namespace from the caches, with which it shares
// memory, and reports whether it exists.
func (o *Observer) get(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	return read(ctx, o.Cached, t, name, into, client.UnsafeDisableDeepCopy)
}

func read(
	ctx context.Context, from client.Reader, t *v1alpha1.InterviewTracker, name string, into client.Object, options ...client.GetOption,
) (bool, error) {
	err := from.Get(ctx, client.ObjectKey{Namespace: t.Namespace, Name: name}, into, options...)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %T %s: %w", into, name, err)
	}
	return true, nil
}

// list reads a component's objects of one kind from the caches, with which they share
// memory.
func (o *Observer) list(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, into client.ObjectList) error {
	return list(ctx, o.Cached, t, c, into)
}

// list reads a component's objects of one kind.
func list(ctx context.Context, from client.Reader, t *v1alpha1.InterviewTracker, c v1alpha1.Component, into client.ObjectList) error {
	err := from.List(ctx, into, client.InNamespace(t.Namespace), client.MatchingLabels{
		v1alpha1.LabelTracker:   t.Name,
		v1alpha1.LabelComponent: string(c),
	}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return fmt.Errorf("listing %T of %s: %w", into, c, err)
	}
	return nil
}

// trackerCache caches what was read for each tracker, by a key. The zero value is empty.
type trackerCache[K comparable, V any] struct {
	mu       sync.Mutex
	trackers map[types.NamespacedName]cached[K, V]
}

// cached is what is cached for one tracker.
type cached[K comparable, V any] struct {
	uid    types.UID
	values map[K]V
}

func (c *trackerCache[K, V]) forget(tracker types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.trackers, tracker)
}

// of returns what is cached for a tracker.
func (c *trackerCache[K, V]) of(t *v1alpha1.InterviewTracker) map[K]V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if of := c.trackers[client.ObjectKeyFromObject(t)]; of.uid == t.UID {
		return of.values
	}
	return nil
}

// keep caches these values for a tracker, and no earlier ones.
func (c *trackerCache[K, V]) keep(t *v1alpha1.InterviewTracker, values map[K]V) {
	if len(values) == 0 {
		c.forget(client.ObjectKeyFromObject(t))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trackers == nil {
		c.trackers = map[types.NamespacedName]cached[K, V]{}
	}
	c.trackers[client.ObjectKeyFromObject(t)] = cached[K, V]{t.UID, values}
}
