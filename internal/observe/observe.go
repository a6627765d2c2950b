// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package observe reads one tracker's objects into a snapshot.
package observe

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Observer reads the cluster.
type Observer struct {
	// Cached reads the operator's caches, which hold what bears LabelTracker, and of
	// other Secrets that they exist.
	Cached client.Reader
	// Live reads the API server; it is asked for what no cache holds.
	Live client.Reader
	// Optional knows which kinds that a cluster may lack have a cache.
	Optional Optional
	// Application knows what the API's pods say.
	Application Application
	// Clock tells for how long a container has been running.
	Clock clock.PassiveClock
	// Builder are the settings of what is built: they tell the name of a Job.
	Builder desired.Options

	words    memory
	external externals
}

// Forget drops what is remembered of a tracker that is gone.
func (o *Observer) Forget(tracker types.NamespacedName) {
	o.words.replace(tracker, nil)
	o.external.forget(tracker)
}

// Observe reads the objects of one tracker. An error means that nothing is known.
func (o *Observer) Observe(ctx context.Context, t *v1alpha1.InterviewTracker) (*snapshot.Snapshot, error) {
	s := &snapshot.Snapshot{
		Deployments:    map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets:   map[v1alpha1.Component]*appsv1.StatefulSet{},
		ReplicaSets:    map[v1alpha1.Component][]appsv1.ReplicaSet{},
		Pods:           map[v1alpha1.Component][]corev1.Pod{},
		Claims:         map[v1alpha1.Component]*corev1.PersistentVolumeClaim{},
		Credentials:    map[v1alpha1.Component]*metav1.PartialObjectMetadata{},
		NewPasswords:   map[v1alpha1.Component]string{},
		CreateFailures: map[v1alpha1.Component]string{},
		ProbeFailures:  map[string]string{},
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		if err := o.readComponent(ctx, t, c, s); err != nil {
			return nil, err
		}
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		if err := o.readManaged(ctx, t, c, s); err != nil {
			return nil, err
		}
	}
	if err := o.readMigrations(ctx, t, s); err != nil {
		return nil, err
	}
	if err := o.readExternal(ctx, t, s); err != nil {
		return nil, err
	}
	o.readMonitoring(ctx, t, s)
	o.readApplication(t, s)
	o.readWords(ctx, t, s)
	return s, nil
}

// readComponent reads the API's or the frontend's Deployment, its ReplicaSets
// and their pods.
func (o *Observer) readComponent(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	deployment := &appsv1.Deployment{}
	found, err := o.confirm(ctx, t, t.ChildName(c), deployment)
	if err != nil {
		return err
	}
	if !found || !metav1.IsControlledBy(deployment, t) {
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
func (o *Observer) readManaged(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	if t.Spec.GetManaged(c) == nil {
		return nil
	}
	set := &appsv1.StatefulSet{}
	found, err := o.confirm(ctx, t, t.ChildName(c), set)
	if err != nil {
		return err
	}
	if found && metav1.IsControlledBy(set, t) {
		s.StatefulSets[c] = set
		if err := o.readPods(ctx, t, c, sets.New(set.UID), s); err != nil {
			return err
		}
	}
	claim := &corev1.PersistentVolumeClaim{}
	found, err = o.get(ctx, t, snapshot.ClaimName(t, c), claim)
	if err != nil {
		return err
	}
	if found {
		s.Claims[c] = claim
	}
	return o.readCredentials(ctx, t, c, s)
}

// readCredentials looks for the Secret that opens a managed dependency's data.
// The caches' word that it is absent is not enough: a Secret that was just made
// may not have reached them. Nor is it for the data, before a new password is
// made: a claim that somebody else made or relabelled is not in the caches.
func (o *Observer) readCredentials(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	secret := kinds.Metadata(kinds.Secret)
	found, err := o.get(ctx, t, t.CredentialsName(c), secret)
	if err != nil {
		return err
	}
	// Of a Secret that lost its label, the caches don't tell whose it is.
	if !found || secret.Labels[v1alpha1.LabelTracker] == "" {
		if found, err = o.getLive(ctx, t, t.CredentialsName(c), secret); err != nil {
			return err
		}
	}
	if found && mayUse(t, secret) {
		s.Credentials[c] = secret
		return nil
	}
	if s.Claims[c] == nil {
		claim := &corev1.PersistentVolumeClaim{}
		exists, err := o.getLive(ctx, t, snapshot.ClaimName(t, c), claim)
		if err != nil {
			return err
		}
		if exists {
			s.Claims[c] = claim
		}
	}
	if s.Claims[c] == nil {
		s.NewPasswords[c] = rand.Text()
	}
	return nil
}

// mayUse tells whether credentials are the tracker's own, or were retained for
// its name.
func mayUse(t *v1alpha1.InterviewTracker, secret *metav1.PartialObjectMetadata) bool {
	if metav1.IsControlledBy(secret, t) {
		return true
	}
	return metav1.GetControllerOf(secret) == nil && secret.Annotations[v1alpha1.AnnotationRetainedFor] == t.Name
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
// the caches don't show what has been applied: they hold what bears our label, which
// somebody may have taken off. What is wanted is derived from what is there, so a
// gap here would be a scale-down or a change that can't be made.
func (o *Observer) confirm(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	found, err := o.get(ctx, t, name, into)
	applied := slices.ContainsFunc(t.Status.Inventory, func(e v1alpha1.InventoryEntry) bool {
		return e.Group == appsv1.GroupName && e.Name == name
	})
	if err != nil || found || !applied {
		return found, err
	}
	return o.getLive(ctx, t, name, into)
}

// getLive reads one object of the tracker's namespace from the API server, and
// tells whether it is there.
func (o *Observer) getLive(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	return read(ctx, o.Live, t, name, into)
}

// get reads one object of the tracker's namespace from the caches, and tells
// whether it is there.
func (o *Observer) get(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	return read(ctx, o.Cached, t, name, into)
}

func read(ctx context.Context, from client.Reader, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	err := from.Get(ctx, client.ObjectKey{Namespace: t.Namespace, Name: name}, into)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %T %s: %w", into, name, err)
	}
	return true, nil
}

// list reads a component's objects of one kind from the caches.
func (o *Observer) list(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, into client.ObjectList) error {
	err := o.Cached.List(ctx, into, client.InNamespace(t.Namespace), client.MatchingLabels{
		v1alpha1.LabelTracker:   t.Name,
		v1alpha1.LabelComponent: string(c),
	})
	if err != nil {
		return fmt.Errorf("listing %T of %s: %w", into, c, err)
	}
	return nil
}
