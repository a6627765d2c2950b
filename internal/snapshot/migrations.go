// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Migrated reports whether the Job of spec.migrations has succeeded for the current
// image and command. Until then the primary component's pods keep their template.
func (s *Snapshot) Migrated() bool {
	return JobCondition(s.MigrationJob, batchv1.JobComplete) != nil
}

// HeldBack reports whether the primary component waits for the tracker's migrations.
func (s *Snapshot) HeldBack(t *v1alpha1.InterviewTracker) bool {
	return t.Spec.Migrations != nil && !s.Migrated()
}

// JobCondition is a Job's condition of the given type, if it is true; nil when it
// is not, or there is no Job.
func JobCondition(job *batchv1.Job, t batchv1.JobConditionType) *batchv1.JobCondition {
	if job == nil {
		return nil
	}
	for i := range job.Status.Conditions {
		if c := &job.Status.Conditions[i]; c.Type == t && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// MigrationsWaitFor returns what the migrations wait for before they begin, such as
// "pod hiring-database-0 to be ready"; empty when they can begin.
func (s *Snapshot) MigrationsWaitFor(t *v1alpha1.InterviewTracker, c catalog.Catalog) string {
	if len(s.OlderMigrations) > 0 {
		return s.OlderMigrations[0] + " of earlier migrations to end"
	}
	dependencies := c.Used(&t.Spec)
	for _, d := range dependencies {
		if problem := s.External[d.Name].Problem; problem != "" {
			return "the external " + string(d.Name) + ": " + problem
		}
	}
	for _, d := range dependencies {
		if d.Migrated && d.ManagedSpec(&t.Spec) != nil && !s.anyReady(d.Name) {
			return "pod " + t.ChildName(d.Name) + "-0 to be ready"
		}
	}
	return ""
}

func (s *Snapshot) anyReady(c v1alpha1.Component) bool {
	for i := range s.Pods[c] {
		if PodReady(&s.Pods[c][i]) {
			return true
		}
	}
	return false
}

// PodEnded reports whether all containers of a pod have ended for good.
func PodEnded(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// PodReady reports whether a pod is ready and not being deleted.
func PodReady(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
