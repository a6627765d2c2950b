// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"cmp"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Migrated reports whether the migrations of the current image and command have run in the
// current database: by their Job, or by the record of it. Until then the primary
// component's pods keep their template.
func (s *Snapshot) Migrated() bool {
	return s.MigrationRecord != nil || JobCondition(s.MigrationJob, batchv1.JobComplete) != nil
}

// HeldBack reports whether the primary component waits for the tracker's migrations.
func (s *Snapshot) HeldBack(t *v1alpha1.InterviewTracker) bool {
	return t.Spec.Migrations != nil && !s.Migrated()
}

// MigrationJobRemains reports whether the Job of migrations that have run is still there: a
// Job that goes is not made again.
func (s *Snapshot) MigrationJobRemains() bool {
	return s.MigrationJob != nil && s.MigrationJob.DeletionTimestamp == nil
}

// RecallMigrations compares what the status says of the migrations with their Job, of the
// name given, and with the database. It comes last: it needs all else that was read.
func (s *Snapshot) RecallMigrations(t *v1alpha1.InterviewTracker, c catalog.Catalog, job string) {
	record := t.Status.Migrations
	if t.Spec.Migrations == nil || record == nil || record.Job != job {
		return
	}
	database := s.database(t, c)
	switch {
	case database == "", record.Database == "", record.Database == database:
		s.MigrationRecord = record
	case s.MigrationJob != nil && s.MigrationJob.UID == record.JobUID:
		s.FormerMigrations, s.MigrationJob = true, nil
		s.OlderMigrations = append(s.OlderMigrations, "Job "+job)
	}
}

// RetryMigrations has a Job that has failed for good go, when the tracker's annotation asks for
// another try than the Job was.
func (s *Snapshot) RetryMigrations(t *v1alpha1.InterviewTracker) {
	at := t.Annotations[v1alpha1.AnnotationMigrationsRetriedAt]
	job := s.MigrationJob
	if at == "" || t.Spec.Suspend || !s.HeldBack(t) || JobCondition(job, batchv1.JobFailed) == nil ||
		job.Annotations[v1alpha1.AnnotationMigrationsRetriedAt] == at {
		return
	}
	s.FormerMigrations, s.MigrationJob = true, nil
	s.OlderMigrations = append(s.OlderMigrations, "Job "+job.Name)
}

// NewMigrationRecord is what is to be recorded of the migrations' Job; nil when it has not
// succeeded, or all of that is recorded.
func (s *Snapshot) NewMigrationRecord(t *v1alpha1.InterviewTracker, c catalog.Catalog) *v1alpha1.MigrationsStatus {
	job := cmp.Or(s.MigrationJob, s.EndedMigrationJob)
	complete := JobCondition(job, batchv1.JobComplete)
	if complete == nil {
		return nil
	}
	database, before := s.database(t, c), s.MigrationRecord
	if before != nil && before.JobUID == job.UID && (before.Database != "" || database == "") {
		return nil
	}
	at := job.Status.CompletionTime
	if at == nil {
		at = &complete.LastTransitionTime
	}
	return &v1alpha1.MigrationsStatus{
		Job: job.Name, JobUID: job.UID, Database: database,
		CompletedAt: metav1.NewTime(at.Truncate(time.Second)),
	}
}

// database identifies the database that the migrations change: another password is the same
// database, and a new volume is another. Empty while it is not known.
func (s *Snapshot) database(t *v1alpha1.InterviewTracker, c catalog.Catalog) string {
	for _, d := range c.Used(&t.Spec) {
		switch claim := s.Claims[d.Name]; {
		case !d.Migrated:
		case d.ManagedSpec(&t.Spec) == nil:
			return s.External[d.Name].Address
		case claim != nil:
			return string(claim.UID)
		}
	}
	return ""
}

// EarlierMigrations ends what MigrationsWaitFor returns while earlier migrations may still
// be running.
const EarlierMigrations = " of earlier migrations to end"

// MigrationsWaitFor returns what the migrations wait for before they begin, such as
// "pod hiring-database-0 to be ready"; empty when they can begin.
func (s *Snapshot) MigrationsWaitFor(t *v1alpha1.InterviewTracker, c catalog.Catalog) string {
	if len(s.OlderMigrations) > 0 {
		return s.OlderMigrations[0] + EarlierMigrations
	}
	dependencies := c.Used(&t.Spec)
	for _, d := range dependencies {
		if problem := s.External[d.Name].Problem; problem != "" && !d.Optional(&t.Spec) {
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
