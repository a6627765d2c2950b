// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// readMigrations reads the Job of the current migrations with its pods, and what
// may still be running of others: two versions must not migrate at the same time.
func (o *Observer) readMigrations(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	if t.Spec.Migrations == nil {
		o.ended.forget(client.ObjectKeyFromObject(t))
		return nil
	}
	job, name := &batchv1.Job{}, desired.MigrationJobName(t, o.Catalog)
	found, err := o.confirm(ctx, t, "Job", name, job)
	if err != nil {
		return err
	}
	if ended := o.ended.of(t)[name]; ended != nil && !found {
		s.EndedMigrationJob = ended
	}
	if found && ownership.Of(t, "Job", job).Manageable() {
		s.MigrationJob = job
		if err := o.readPods(ctx, t, v1alpha1.ComponentMigrate, sets.New(job.UID), s); err != nil {
			return err
		}
	}
	return o.readOlderMigrations(ctx, t, o.Cached, s)
}

// confirmOlderMigrations looks for earlier migrations in the API server too, if nothing else
// keeps those of this version from beginning: the caches may not have seen the pod of a Job that
// is gone. It comes last, as it needs all else that was read.
func (o *Observer) confirmOlderMigrations(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	begun := s.MigrationJob != nil || s.EndedMigrationJob != nil
	if t.Spec.Suspend || begun || !s.HeldBack(t) || s.MigrationsWaitFor(t, o.Catalog) != "" {
		return nil
	}
	return o.readOlderMigrations(ctx, t, o.Live, s)
}

// readOlderMigrations names the Jobs and pods of other migrations that may still be
// running.
func (o *Observer) readOlderMigrations(ctx context.Context, t *v1alpha1.InterviewTracker, from client.Reader, s *snapshot.Snapshot) error {
	current := func(uid types.UID) bool { return s.MigrationJob != nil && s.MigrationJob.UID == uid }
	var jobs batchv1.JobList
	if err := list(ctx, from, t, v1alpha1.ComponentMigrate, &jobs); err != nil {
		return err
	}
	for i := range jobs.Items {
		other := &jobs.Items[i]
		if !current(other.UID) && ownership.Of(t, "Job", other).Manageable() && !snapshot.JobFinished(other) {
			s.OlderMigrations = append(s.OlderMigrations, "Job "+other.Name)
		}
	}
	var pods corev1.PodList
	if err := list(ctx, from, t, v1alpha1.ComponentMigrate, &pods); err != nil {
		return err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		owner := metav1.GetControllerOf(pod)
		if (owner == nil || !current(owner.UID)) && !snapshot.PodEnded(*pod) {
			s.OlderMigrations = append(s.OlderMigrations, "pod "+pod.Name)
		}
	}
	slices.Sort(s.OlderMigrations)
	return nil
}

// JobChanged notes a Job that has succeeded, as it was last seen: one that expires at once may
// be gone before its tracker is reconciled. That of a journey, which a CronJob controls, is none.
func (o *Observer) JobChanged(job *batchv1.Job) {
	controller := metav1.GetControllerOf(job)
	if controller == nil || controller.Kind != v1alpha1.Kind || snapshot.JobCondition(job, batchv1.JobComplete) == nil {
		return
	}
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{
		Namespace: job.Namespace, Name: job.Labels[v1alpha1.LabelTracker], UID: controller.UID,
	}}
	o.ended.keep(tracker, map[string]*batchv1.Job{job.Name: job})
}

// recallMigrations adds what the status says of the migrations. What it says of a Job need not
// be noted.
func (o *Observer) recallMigrations(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	for _, job := range o.ended.of(t) {
		if record := t.Status.Migrations; record != nil && record.JobUID == job.UID {
			o.ended.forget(client.ObjectKeyFromObject(t))
			s.EndedMigrationJob = nil
		}
	}
	if t.Spec.Migrations != nil {
		s.RecallMigrations(t, o.Catalog, desired.MigrationJobName(t, o.Catalog))
		s.RetryMigrations(t)
	}
}
