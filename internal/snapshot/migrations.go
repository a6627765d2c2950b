// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Migrated tells whether the Job of spec.migrations has succeeded for the current
// image and command. Until then the API's pods keep the template that they have.
func (s *Snapshot) Migrated() bool {
	return JobCondition(s.MigrationJob, batchv1.JobComplete) != nil
}

// HeldBack tells whether the API waits for the tracker's migrations.
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

// MigrationsWaitFor says what the migrations wait for before they begin, such as
// «pod hiring-database-0 to be ready»; empty when they can begin.
func (s *Snapshot) MigrationsWaitFor(t *v1alpha1.InterviewTracker) string {
	if len(s.OlderMigrations) > 0 {
		return s.OlderMigrations[0] + " of earlier migrations to end"
	}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		if problem := s.External[c].Problem; problem != "" {
			return "the external " + string(c) + ": " + problem
		}
	}
	managed := t.Spec.GetManaged(v1alpha1.ComponentDatabase) != nil
	if managed && !s.anyReady(v1alpha1.ComponentDatabase) {
		return "pod " + t.ChildName(v1alpha1.ComponentDatabase) + "-0 to be ready"
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

// PodEnded tells whether all containers of a pod have ended for good.
func PodEnded(pod corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// PodReady tells whether a pod is ready and is to stay.
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
