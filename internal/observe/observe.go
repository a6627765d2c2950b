// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package observe reads one tracker's objects into a snapshot.
package observe

import (
	"context"
	"crypto/rand"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Observer reads the cluster.
type Observer struct {
	// Cached reads the operator's caches, which hold what bears LabelTracker.
	Cached client.Reader
	// Live reads the API server; it is asked for what no cache holds.
	Live client.Reader
	// Clock tells for how long a container has been running.
	Clock clock.PassiveClock
	// Builder are the settings of what is built: they tell the name of a Job.
	Builder desired.Options
}

// Observe reads the objects of one tracker. An error means that nothing is known.
func (o *Observer) Observe(ctx context.Context, t *v1alpha1.InterviewTracker) (*snapshot.Snapshot, error) {
	s := &snapshot.Snapshot{
		Deployments:   map[v1alpha1.Component]*appsv1.Deployment{},
		StatefulSets:  map[v1alpha1.Component]*appsv1.StatefulSet{},
		ReplicaSets:   map[v1alpha1.Component][]appsv1.ReplicaSet{},
		Pods:          map[v1alpha1.Component][]corev1.Pod{},
		Claims:        map[v1alpha1.Component]*corev1.PersistentVolumeClaim{},
		Credentials:   map[v1alpha1.Component]*metav1.PartialObjectMetadata{},
		NewPasswords:  map[v1alpha1.Component]string{},
		ProbeFailures: map[string]string{},
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
	if err := o.readProbeFailures(ctx, t, s); err != nil {
		return nil, err
	}
	return s, nil
}

// readComponent reads the API's or the frontend's Deployment, its ReplicaSets
// and their pods.
func (o *Observer) readComponent(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	deployment := &appsv1.Deployment{}
	found, err := o.get(ctx, t, t.ChildName(c), deployment)
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
	for _, rs := range replicaSets.Items {
		if !metav1.IsControlledBy(&rs, deployment) {
			continue
		}
		s.ReplicaSets[c] = append(s.ReplicaSets[c], rs)
		if err := o.readPods(ctx, t, c, &rs, s); err != nil {
			return err
		}
	}
	return nil
}

// readManaged reads a managed dependency's StatefulSet and pod, and what
// outlives them: the volume claim and the credentials.
func (o *Observer) readManaged(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	set := &appsv1.StatefulSet{}
	found, err := o.get(ctx, t, t.ChildName(c), set)
	if err != nil {
		return err
	}
	if found && metav1.IsControlledBy(set, t) {
		s.StatefulSets[c] = set
		if err := o.readPods(ctx, t, c, set, s); err != nil {
			return err
		}
	}
	claim := &corev1.PersistentVolumeClaim{}
	found, err = o.get(ctx, t, snapshot.ClaimName(t, c), claim)
	if err != nil {
		return err
	}
	if found && claim.DeletionTimestamp == nil {
		s.Claims[c] = claim
	}
	return o.readCredentials(ctx, t, c, s)
}

// readCredentials looks for the Secret that opens a managed dependency's data.
// Where there are data, the caches' word that it is absent is not enough: a
// Secret that was just made may not have reached them.
func (o *Observer) readCredentials(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	found, err := o.get(ctx, t, t.CredentialsName(c), secret)
	if err != nil {
		return err
	}
	if !found && s.Claims[c] != nil {
		key := client.ObjectKey{Namespace: t.Namespace, Name: t.CredentialsName(c)}
		err := o.Live.Get(ctx, key, secret)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading Secret %s: %w", key.Name, err)
		}
		found = err == nil
	}
	if found && mayUse(t, secret) {
		s.Credentials[c] = secret
		return nil
	}
	s.NewPasswords[c] = rand.Text()
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

func (o *Observer) readPods(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, owner metav1.Object, s *snapshot.Snapshot) error {
	var pods corev1.PodList
	if err := o.list(ctx, t, c, &pods); err != nil {
		return err
	}
	for i := range pods.Items {
		if metav1.IsControlledBy(&pods.Items[i], owner) {
			s.Pods[c] = append(s.Pods[c], pods.Items[i])
		}
	}
	return nil
}

// get reads one object of the tracker's namespace from the caches, and tells
// whether it is there.
func (o *Observer) get(ctx context.Context, t *v1alpha1.InterviewTracker, name string, into client.Object) (bool, error) {
	err := o.Cached.Get(ctx, client.ObjectKey{Namespace: t.Namespace, Name: name}, into)
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
