// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Journey is what the runs of a journey have shown.
type Journey struct {
	// Since is when its CronJob was created, or last had a run that succeeded.
	Since time.Time
	// Last is the run that ended last; nil before the first has, and when it has been deleted.
	Last *Run
	// Running reports that there is a run that has not ended, and Current is its pod; nil when it has
	// none.
	Running bool
	Current *corev1.Pod
}

// Run is a run of a journey that has ended.
type Run struct {
	// Succeeded reports that the journey works.
	Succeeded bool
	// Started and Finished are the times of its Job.
	Started, Finished time.Time
	// Reason is why a Job failed, such as DeadlineExceeded; empty if it succeeded.
	Reason string
	// Pod is the pod of the run; nil when it has been deleted, as after a deadline.
	Pod *corev1.Pod
}

// LastEnd is when a run last ended, as far as is known; before the first, when the journey was
// created.
func (j Journey) LastEnd() time.Time {
	if j.Last != nil && j.Last.Finished.After(j.Since) {
		return j.Last.Finished
	}
	return j.Since
}

// JourneyWaits reports whether a journey has no CronJob, and gets none before each component has an available pod: a
// run before the tracker has started can only fail, and would be reported as one of users who can't do their work.
func (s *Snapshot) JourneyWaits(t *v1alpha1.InterviewTracker, c catalog.Catalog, journey string) bool {
	_, begun := s.Journeys[journey]
	return !begun && slices.ContainsFunc(c.Present(&t.Spec), func(component catalog.Component) bool {
		d := s.Deployments[component.Name]
		return d == nil || d.Status.AvailableReplicas == 0
	})
}

// NewRun is the run of a Job; nil if that has not ended.
func NewRun(job *batchv1.Job) *Run {
	run := &Run{}
	end := JobCondition(job, batchv1.JobComplete)
	if run.Succeeded = end != nil; !run.Succeeded {
		if end = JobCondition(job, batchv1.JobFailed); end == nil {
			return nil
		}
		run.Reason = end.Reason
	}
	run.Finished = end.LastTransitionTime.Time
	if job.Status.CompletionTime != nil {
		run.Finished = job.Status.CompletionTime.Time
	}
	run.Started = job.CreationTimestamp.Time
	if job.Status.StartTime != nil {
		run.Started = job.Status.StartTime.Time
	}
	return run
}
