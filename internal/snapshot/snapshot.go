// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package snapshot is the value between reading the cluster and deciding: the state of
// one tracker's objects at one moment.
package snapshot

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Snapshot is what the cluster showed of one tracker. Its objects are shared
// with the cache they came from: they must not be changed.
type Snapshot struct {
	// Deployments are those of the components, where they exist and the tracker controls
	// them.
	Deployments map[v1alpha1.Component]*appsv1.Deployment
	// StatefulSets are those of the managed dependencies, where they exist and
	// the tracker controls them.
	StatefulSets map[v1alpha1.Component]*appsv1.StatefulSet
	// ReplicaSets are those that a Deployment above controls, in no order.
	ReplicaSets map[v1alpha1.Component][]appsv1.ReplicaSet
	// Pods are those that the objects above control, by name.
	Pods map[v1alpha1.Component][]corev1.Pod
	// Claims are the volume claims of the managed dependencies, where they exist:
	// left behind by an earlier tracker of the same name, or being deleted, included.
	Claims map[v1alpha1.Component]*corev1.PersistentVolumeClaim
	// Credentials are the metadata of the credentials Secrets that this tracker
	// may use: those that it controls, and those retained for its name.
	Credentials map[v1alpha1.Component]*metav1.PartialObjectMetadata
	// NewPasswords are fresh random passwords, for credentials that don't exist.
	NewPasswords map[v1alpha1.Component]string
	// External are the Secrets of the external dependencies, as far as the API's
	// pods use them.
	External map[v1alpha1.Component]ExternalSecret
	// MigrationJob is the Job of spec.migrations for the current image and command,
	// where it exists and the tracker controls it. Its pods are among Pods.
	MigrationJob *batchv1.Job
	// CreateFailures are the API server's messages about a pod of a managed dependency or
	// of the migrations that can't be created.
	CreateFailures map[v1alpha1.Component]string
	// OlderMigrations name the Jobs and the pods of other versions' migrations that
	// may still be running, such as "pod hiring-migrate-0123456789-abcde", sorted.
	OlderMigrations []string
	// ProbeFailures are the latest messages of failing probes, by pod name.
	ProbeFailures map[string]string
	// Application is what the API's pods report about the dependencies.
	Application Application
	// Monitoring is what the cluster has for monitoring.
	Monitoring Monitoring
}

// ExternalSecret is the Secret that holds an external dependency's URL.
type ExternalSecret struct {
	// Problem is what is missing, such as `Secret "a" does not exist`; empty when nothing
	// is.
	Problem string
	// Revision identifies the URL without revealing it: it changes when, and only
	// when, the URL does. Empty when there is a Problem.
	Revision string
}

// CredentialsLost reports whether a managed dependency has data that nothing can
// open: a new password would not fit them.
func (s *Snapshot) CredentialsLost(c v1alpha1.Component) bool {
	return s.Claims[c] != nil && s.Credentials[c] == nil
}

// CurrentPods are the pods of a Deployment's current template: none before the
// Deployment's controller has seen it, as the revision is then that of an older one.
func (s *Snapshot) CurrentPods(c v1alpha1.Component) []corev1.Pod {
	d := s.Deployments[c]
	if d == nil || d.Status.ObservedGeneration < d.Generation {
		return nil
	}
	const revision = "deployment.kubernetes.io/revision"
	var hash string
	for i := range s.ReplicaSets[c] {
		if s.ReplicaSets[c][i].Annotations[revision] == d.Annotations[revision] {
			hash = s.ReplicaSets[c][i].Labels[appsv1.DefaultDeploymentUniqueLabelKey]
		}
	}
	var pods []corev1.Pod
	for _, pod := range s.Pods[c] {
		if pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == hash {
			pods = append(pods, pod)
		}
	}
	return pods
}

// Refresh replaces what was read of an object by the server's answer to one of the
// operator's own writes: the status of a Deployment that was just changed must not come
// from the pods that it had.
func (s *Snapshot) Refresh(written metav1.Object) {
	c := v1alpha1.Component(written.GetLabels()[v1alpha1.LabelComponent])
	switch object := written.(type) {
	case *appsv1.Deployment:
		s.Deployments[c] = object
	case *appsv1.StatefulSet:
		s.StatefulSets[c] = object
	case *batchv1.Job:
		s.MigrationJob = object
	}
}
