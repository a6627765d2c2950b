// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package wait

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// rollouts reads what runs the pods of a tracker, and returns what of it has yet to replace its pods: right after
// kubectl tracker restart, the tracker's conditions are still those of the pods before. unseen says why this can't be
// known.
// An optional dependency counts only if all has to work.
func rollouts(ctx context.Context, cluster *plugin.Cluster, tracker plugin.Tracker, all bool) (blocked, unseen string, err error) {
	parts := catalog.Default()
	look := func(component v1alpha1.Component, object client.Object, judge func() string) {
		if err != nil || blocked != "" {
			return
		}
		key := client.ObjectKey{Namespace: tracker.Namespace, Name: tracker.ChildName(component)}
		switch read := cluster.Client.Get(ctx, key, object); {
		case apierrors.IsForbidden(read):
			if tracker.Annotations[v1alpha1.AnnotationRestartedAt] != "" {
				unseen = "whether the last restart is done can't be seen: " + read.Error()
			}
		case apierrors.IsNotFound(read): // The conditions say so.
		case read != nil:
			err = fmt.Errorf("reading what runs the pods of the %s: %w", component, read)
		default:
			if what := judge(); what != "" {
				blocked = fmt.Sprintf("the pods of the %s %s", component, what)
			}
		}
	}
	for _, c := range parts.Present(&tracker.Spec) {
		d := &appsv1.Deployment{}
		look(c.Name, d, func() string { return unfinished(d, tracker.InterviewTracker, c.Primary) })
	}
	for _, d := range parts.Dependencies {
		if d.ManagedSpec(&tracker.Spec) != nil && (all || !d.Optional(&tracker.Spec)) {
			s := &appsv1.StatefulSet{}
			look(d.Name, s, func() string { return unfinishedSet(s) })
		}
	}
	return blocked, unseen, err
}

// unfinished is what a Deployment has yet to do; empty when its pods are those that the tracker asks for, and have been
// available.
func unfinished(d *appsv1.Deployment, tracker *v1alpha1.InterviewTracker, migrated bool) string {
	at := tracker.Annotations[v1alpha1.AnnotationRestartedAt]
	if at != "" && d.Spec.Template.Annotations[v1alpha1.AnnotationRestartedAt] != at {
		if migrated && tracker.Spec.Migrations != nil && !meta.IsStatusConditionTrue(tracker.Status.Conditions, v1alpha1.ConditionMigrationsComplete) {
			return "have yet to restart: they wait for the migrations"
		}
		return "have yet to restart"
	}
	if d.Status.ObservedGeneration < d.Generation {
		return "have yet to be replaced"
	}
	progress := fmt.Sprintf("%d of %d", d.Status.UpdatedReplicas, d.Status.Replicas)
	if d.Spec.Paused {
		if d.Status.UpdatedReplicas == d.Status.Replicas {
			return ""
		}
		return fmt.Sprintf("are not all replaced, %s are: Deployment %s is paused, see kubectl rollout resume", progress, d.Name)
	}
	for _, c := range d.Status.Conditions {
		// Once all pods have been replaced it stays so, whatever happens to one of them later.
		if c.Type == appsv1.DeploymentProgressing && (c.Status != corev1.ConditionTrue || c.Reason != "NewReplicaSetAvailable") {
			return "are being replaced: " + progress
		}
	}
	return ""
}

// unfinishedSet is the same of a StatefulSet.
func unfinishedSet(s *appsv1.StatefulSet) string {
	if s.Status.ObservedGeneration < s.Generation {
		return "have yet to be replaced"
	}
	wanted := int32(1)
	if s.Spec.Replicas != nil {
		wanted = *s.Spec.Replicas
	}
	if done := min(s.Status.UpdatedReplicas, s.Status.ReadyReplicas); done < wanted {
		return fmt.Sprintf("are being replaced: %d of %d", done, wanted)
	}
	return ""
}
