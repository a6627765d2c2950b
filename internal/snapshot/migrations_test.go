// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

const currentJob = "hiring-migrate-1"

var completed = metav1.NewTime(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))

// job is the current Job, which has succeeded.
func job(uid types.UID) *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: currentJob, UID: uid},
		Status: batchv1.JobStatus{
			CompletionTime: &completed,
			Conditions:     []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}},
		},
	}
}

func record(job string, uid types.UID, database string) *v1alpha1.MigrationsStatus {
	return &v1alpha1.MigrationsStatus{Job: job, JobUID: uid, Database: database, CompletedAt: completed}
}

// migrating is a tracker with migrations and a managed database, whose status has a record.
func migrating(record *v1alpha1.MigrationsStatus) *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Name: "hiring"},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0", Migrations: &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}},
		Status:     v1alpha1.InterviewTrackerStatus{Migrations: record},
	}
}

// managed is a snapshot of a managed database whose claim has a UID.
func managed(uid types.UID, job *batchv1.Job) *Snapshot {
	return &Snapshot{
		MigrationJob: job,
		Claims: map[v1alpha1.Component]*corev1.PersistentVolumeClaim{
			v1alpha1.ComponentDatabase: {ObjectMeta: metav1.ObjectMeta{UID: uid}},
			v1alpha1.ComponentRedis:    {ObjectMeta: metav1.ObjectMeta{UID: "redis"}},
		},
	}
}

func TestWhatIsKnownOfMigrations(t *testing.T) {
	external := func(address string) func(*v1alpha1.InterviewTracker, *Snapshot) {
		return func(t *v1alpha1.InterviewTracker, s *Snapshot) {
			t.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
			s.External = map[v1alpha1.Component]ExternalSecret{v1alpha1.ComponentDatabase: {Revision: "any", Address: address}}
		}
	}
	tests := map[string]struct {
		recorded *v1alpha1.MigrationsStatus
		seen     *Snapshot
		change   func(*v1alpha1.InterviewTracker, *Snapshot)
		migrated bool
		former   bool                       // Whether the Job has to go.
		stores   *v1alpha1.MigrationsStatus // What is to be recorded.
	}{
		"nothing has run":                   {seen: managed("a", nil)},
		"the Job has succeeded":             {seen: managed("a", job("1")), migrated: true, stores: record(currentJob, "1", "a")},
		"that is recorded":                  {recorded: record(currentJob, "1", "a"), seen: managed("a", job("1")), migrated: true},
		"the Job is gone":                   {recorded: record(currentJob, "1", "a"), seen: managed("a", nil), migrated: true},
		"the Job went unseen":               {seen: &Snapshot{EndedMigrationJob: job("1")}, stores: record(currentJob, "1", "")},
		"another version is recorded":       {recorded: record("hiring-migrate-0", "1", "a"), seen: managed("a", nil)},
		"the volume is new":                 {recorded: record(currentJob, "1", "a"), seen: managed("b", nil)},
		"the volume is newer than the Job":  {recorded: record(currentJob, "1", "a"), seen: managed("b", job("1")), former: true},
		"the new volume is migrated":        {recorded: record(currentJob, "1", "a"), seen: managed("b", job("2")), migrated: true, stores: record(currentJob, "2", "b")},
		"the volume is not seen":            {recorded: record(currentJob, "1", "a"), seen: &Snapshot{}, migrated: true},
		"the volume was not seen":           {recorded: record(currentJob, "1", ""), seen: managed("a", nil), migrated: true},
		"the volume of the Job is seen now": {recorded: record(currentJob, "1", ""), seen: managed("a", job("1")), migrated: true, stores: record(currentJob, "1", "a")},
		"the same external database": {
			recorded: record(currentJob, "1", "a"), seen: &Snapshot{}, change: external("a"), migrated: true,
		},
		"another external database": {recorded: record(currentJob, "1", "a"), seen: &Snapshot{}, change: external("b")},
		"from managed to external": {
			recorded: record(currentJob, "1", "a"), seen: managed("a", job("1")), change: external("b"), former: true,
		},
		"the external Secret is missing": {
			recorded: record(currentJob, "1", "a"), seen: &Snapshot{}, change: external(""), migrated: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tracker, s := migrating(test.recorded), test.seen
			if test.change != nil {
				test.change(tracker, s)
			}
			s.RecallMigrations(tracker, catalog.Default(), currentJob)
			if s.Migrated() != test.migrated || s.FormerMigrations != test.former {
				t.Errorf("migrated: %t, the Job has to go: %t", s.Migrated(), s.FormerMigrations)
			}
			if s.FormerMigrations && s.MigrationsWaitFor(tracker, catalog.Default()) != "Job "+currentJob+EarlierMigrations {
				t.Errorf("the migrations wait for %q", s.MigrationsWaitFor(tracker, catalog.Default()))
			}
			if diff := cmp.Diff(test.stores, s.NewMigrationRecord(tracker, catalog.Default())); diff != "" {
				t.Errorf("what is recorded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhichMigrationsAreRetried(t *testing.T) {
	const first, second = "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"
	ended := func(condition batchv1.JobConditionType, bears string) *batchv1.Job {
		return &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: currentJob, Annotations: map[string]string{v1alpha1.AnnotationMigrationsRetriedAt: bears}},
			Status:     batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: condition, Status: corev1.ConditionTrue}}},
		}
	}
	tests := map[string]struct {
		asked   string
		job     *batchv1.Job
		change  func(*v1alpha1.InterviewTracker, *Snapshot)
		retried bool
	}{
		"nothing is asked":           {job: ended(batchv1.JobFailed, "")},
		"a first retry":              {asked: first, job: ended(batchv1.JobFailed, ""), retried: true},
		"the retry has failed":       {asked: first, job: ended(batchv1.JobFailed, first)},
		"a second retry":             {asked: second, job: ended(batchv1.JobFailed, first), retried: true},
		"the annotation is gone":     {job: ended(batchv1.JobFailed, first)},
		"its pods have yet to end":   {asked: first, job: ended(batchv1.JobFailureTarget, "")},
		"it runs":                    {asked: first, job: ended(batchv1.JobSuspended, "")},
		"it has succeeded":           {asked: first, job: ended(batchv1.JobComplete, "")},
		"it does not exist":          {asked: first},
		"it had succeeded before":    {asked: first, job: ended(batchv1.JobFailed, ""), change: func(_ *v1alpha1.InterviewTracker, s *Snapshot) { s.MigrationRecord = record(currentJob, "1", "a") }},
		"the tracker is suspended":   {asked: first, job: ended(batchv1.JobFailed, ""), change: func(t *v1alpha1.InterviewTracker, _ *Snapshot) { t.Spec.Suspend = true }},
		"the spec has no migrations": {asked: first, job: ended(batchv1.JobFailed, ""), change: func(t *v1alpha1.InterviewTracker, _ *Snapshot) { t.Spec.Migrations = nil }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tracker, s := migrating(nil), managed("a", test.job)
			if test.asked != "" {
				tracker.Annotations = map[string]string{v1alpha1.AnnotationMigrationsRetriedAt: test.asked}
			}
			if test.change != nil {
				test.change(tracker, s)
			}
			s.RetryMigrations(tracker)
			if s.FormerMigrations != test.retried || (s.MigrationJob == nil) != (test.retried || test.job == nil) {
				t.Errorf("the Job has to go: %t, want %t; it is %v", s.FormerMigrations, test.retried, s.MigrationJob)
			}
			if test.retried && s.MigrationsWaitFor(tracker, catalog.Default()) != "Job "+currentJob+EarlierMigrations {
				t.Errorf("the migrations wait for %q", s.MigrationsWaitFor(tracker, catalog.Default()))
			}
		})
	}
}
