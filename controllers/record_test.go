// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// stays checks that a tracker stays Ready, and its Job gone, over some reconciliations.
func (o *operator) stays(t *testing.T, tracker *v1alpha1.InterviewTracker, job string) {
	t.Helper()
	for range 5 {
		o.later()
		o.once(t, tracker)
		if refresh(t, tracker); condition(tracker, "Ready") != "True Ready" {
			t.Fatalf("the tracker doesn't stay Ready:\n%s", describe(tracker))
		}
	}
	if exists(t, tracker, job, &batchv1.Job{}) {
		t.Fatal("the migrations run again")
	}
}

// A policy gives Jobs a time to live, and the Job is deleted as its controller does it, in the
// foreground.
func TestCaseJobTTLPolicy(t *testing.T) {
	t.Parallel()
	for name, propagation := range map[string]metav1.DeletionPropagation{
		"expires":      metav1.DeletePropagationForeground,
		"by a user":    metav1.DeletePropagationBackground,
		"without pods": metav1.DeletePropagationOrphan,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := start(t)
			tracker := create(t, namespace(t), withMigrations)
			o.migrate(t, tracker)
			job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
			ttl := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"ttlSecondsAfterFinished":0}}`))
			must(t, k8s.Patch(t.Context(), job, ttl, client.FieldOwner("policy")))
			o.settle(t, tracker)
			o.events()
			must(t, k8s.Delete(t.Context(), job, client.PropagationPolicy(propagation)))
			o.until(t, tracker, "it is not said that the Job is gone", func() bool {
				return strings.Contains(message(tracker, "MigrationsComplete"), "Job "+job.Name+" succeeded at 2")
			})
			// The garbage collector does its part.
			if exists(t, tracker, job.Name, job) {
				must(t, k8s.Patch(t.Context(), job, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))))
			}
			o.until(t, tracker, "the Job stays in the inventory", func() bool { return !listed(tracker, "Job") })
			o.stays(t, tracker, job.Name)
			if got := o.events(); len(got) > 0 {
				t.Errorf("there are events: %q", got)
			}
			o.unchanged(t, tracker)
			o = start(t)
			o.stays(t, tracker, job.Name)

			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
			o.untilJob(t, tracker)
			if tracker.Status.Migrations.Job != job.Name {
				t.Errorf("before the next migrations have run, the record is %+v", tracker.Status.Migrations)
			}
			finish(t, tracker, "")
			o.until(t, tracker, "the next migrations are not recorded", func() bool {
				return tracker.Status.Migrations.Job == jobName(tracker)
			})
		})
	}
}

// listed reports whether the inventory has an object of a kind.
func listed(tracker *v1alpha1.InterviewTracker, kind string) bool {
	for _, entry := range tracker.Status.Applied() {
		if of, _ := entry.Parse(); of.Kind == kind {
			return true
		}
	}
	return false
}

// Nothing depends on migrations that are not recorded yet.
func TestMigrationsAreRecordedFirst(t *testing.T) {
	t.Parallel()
	refused := 0
	conflicts := false
	o := start(t, func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(q *http.Request) (*http.Response, error) {
			// The method first: the watches, which read, run while the test sets the other one.
			if q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/status") && conflicts {
				refused++
				return conflict(q), nil
			}
			return next.RoundTrip(q)
		})
	})
	tracker := create(t, namespace(t), withMigrations)
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	o.settle(t, tracker)
	conflicts = true
	finish(t, tracker, "")
	await(t, "the record is not stored", func() bool {
		result, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		if must(t, err); refused > 0 && result.RequeueAfter <= 0 {
			t.Fatal("a record that was not written is not tried again")
		}
		return refused > 2
	})
	if exists(t, tracker, "hiring-api", &appsv1.Deployment{}) {
		t.Error("the API was made before it was recorded that the migrations have run")
	}
	conflicts = false
	o.until(t, tracker, "the API is not made", func() bool { return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) })
	if refresh(t, tracker); tracker.Status.Migrations == nil {
		t.Error("the migrations are not recorded")
	}
}

// A Job that is gone before its success has led to a reconciliation is known by the watch.
func TestMigrationsOfAJobThatWentUnseenAreRecorded(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	o.settle(t, tracker)
	finish(t, tracker, "")
	job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	must(t, k8s.Delete(t.Context(), job, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	await(t, "the cache holds the Job", func() bool {
		return o.Client.Get(t.Context(), client.ObjectKeyFromObject(job), &batchv1.Job{}) != nil
	})
	o.childChanged(t.Context(), job) // As the watch does it.
	o.until(t, tracker, "the API is not made", func() bool { return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) })
	o.ready(t, tracker)
	o.childChanged(t.Context(), job)
	o.stays(t, tracker, job.Name)

	// What the operator deletes itself proves nothing later.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations = nil })
	o.childChanged(t.Context(), job)
	o.until(t, tracker, "the record stays", func() bool { return tracker.Status.Migrations == nil })
	edit(t, tracker, withMigrationsAgain)
	o.untilJob(t, tracker)
}

// withMigrationsAgain sets spec.migrations as withMigrations does.
func withMigrationsAgain(s *v1alpha1.InterviewTrackerSpec) {
	s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
}

// A new, empty database is migrated, although the Job that migrated the former one still exists.
func TestANewDatabaseIsMigrated(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.migrate(t, tracker)
	first := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
	fresh := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: claim.Namespace, Name: claim.Name, Labels: claim.Labels}, Spec: claim.Spec,
	}
	claim.Finalizers = nil
	must(t, k8s.Update(t.Context(), claim))
	must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), claim)))
	o.until(t, tracker, "the claim stays", func() bool { return !exists(t, tracker, claim.Name, claim) })
	must(t, k8s.Create(t.Context(), fresh))
	o.until(t, tracker, "the migrations don't run in the new database", func() bool {
		again := &batchv1.Job{}
		return exists(t, tracker, first.Name, again) && again.UID != first.UID
	})
	o.until(t, tracker, "the migrations count as complete", func() bool {
		o.later()
		return condition(tracker, "MigrationsComplete") == "False Running"
	})
	finish(t, tracker, "")
	o.until(t, tracker, "the migrations don't count as complete", func() bool { return condition(tracker, "MigrationsComplete") == "True Complete" })
	o.ready(t, tracker)
	if got := tracker.Status.Migrations.Database; got != string(fresh.UID) {
		t.Errorf("the record is of database %q, want %q", got, fresh.UID)
	}
	o.unchanged(t, tracker)
}

// What is done on purpose: without spec.migrations there is no record, and with it again the
// same migrations run.
func TestMigrationsRunAgainOnPurpose(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.migrate(t, tracker)
	job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations = nil })
	o.until(t, tracker, "the record stays", func() bool { return tracker.Status.Migrations == nil })
	o.until(t, tracker, "the Job stays", func() bool { return !exists(t, tracker, job.Name, &batchv1.Job{}) })
	edit(t, tracker, withMigrationsAgain)
	o.untilJob(t, tracker)
}
