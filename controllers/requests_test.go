// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// annotate sets an annotation of a tracker as kubectl does; "null" removes it.
func annotate(t *testing.T, tracker *v1alpha1.InterviewTracker, annotation, value string) {
	t.Helper()
	if value != "null" {
		value = `"` + value + `"`
	}
	patch := `{"metadata": {"annotations": {"` + annotation + `": ` + value + `}}}`
	must(t, k8s.Patch(t.Context(), tracker, client.RawPatch(types.MergePatchType, []byte(patch))))
}

func TestARestartIsAskedOfTheTracker(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	bear := func(value string) bool {
		for _, name := range []string{"hiring-api", "hiring-frontend"} {
			template := fetch(t, tracker, name, &appsv1.Deployment{}).Spec.Template
			if template.Annotations[v1alpha1.AnnotationRestartedAt] != value {
				return false
			}
		}
		return true
	}
	generation := func(name string, object client.Object) int64 { return fetch(t, tracker, name, object).GetGeneration() }
	database, redis := generation("hiring-database", &appsv1.StatefulSet{}), generation("hiring-redis", &appsv1.StatefulSet{})
	if !bear("") {
		t.Fatal("the pods bear a restart that was not asked for")
	}

	annotate(t, tracker, v1alpha1.AnnotationRestartedAt, "2026-03-01T09:00:00Z")
	o.until(t, tracker, "the pods don't restart", func() bool { return bear("2026-03-01T09:00:00Z") })
	if got := condition(tracker, "Reconciling"); got != "True Progressing" {
		t.Errorf("while the pods restart, Reconciling is %q", got)
	}
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	o.ready(t, tracker)

	api := generation("hiring-api", &appsv1.Deployment{})
	annotate(t, tracker, v1alpha1.AnnotationRestartedAt, "null")
	o.settle(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(2))} })
	o.until(t, tracker, "the replicas are not applied", func() bool {
		return *fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Replicas == 2
	})
	if !bear("2026-03-01T09:00:00Z") || generation("hiring-api", &appsv1.Deployment{}) != api {
		t.Error("the pods restart because the annotation was removed")
	}
	if generation("hiring-database", &appsv1.StatefulSet{}) != database || generation("hiring-redis", &appsv1.StatefulSet{}) != redis {
		t.Error("the database or Redis restarts")
	}
}

func TestFailedMigrationsAreRetried(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	failed := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	finish(t, tracker, "BackoffLimitExceeded")
	o.until(t, tracker, "the failure is not reported", func() bool { return condition(tracker, "Ready") == "False Failed" })

	for _, asked := range []string{"2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"} {
		annotate(t, tracker, v1alpha1.AnnotationMigrationsRetriedAt, asked)
		again := &batchv1.Job{}
		o.until(t, tracker, "the Job is not made again", func() bool {
			return exists(t, tracker, failed.Name, again) && again.UID != failed.UID
		})
		if got := again.Annotations[v1alpha1.AnnotationMigrationsRetriedAt]; got != asked {
			t.Errorf("the new Job bears %q, want %q", got, asked)
		}
		o.until(t, tracker, "the retry is not reported", func() bool { return condition(tracker, "MigrationsComplete") == "False Running" })
		finish(t, tracker, "BackoffLimitExceeded")
		o.until(t, tracker, "the failure is not reported", func() bool { return condition(tracker, "Ready") == "False Failed" })
		o.settle(t, tracker)
		if uid := fetch(t, tracker, failed.Name, &batchv1.Job{}).UID; uid != again.UID {
			t.Fatal("migrations that failed again are retried without being asked for")
		}
		failed = again
	}

	annotate(t, tracker, v1alpha1.AnnotationMigrationsRetriedAt, "2026-03-01T11:00:00Z")
	o.until(t, tracker, "the Job is not made again", func() bool {
		again := &batchv1.Job{}
		return exists(t, tracker, failed.Name, again) && again.UID != failed.UID
	})
	finish(t, tracker, "")
	o.until(t, tracker, "the API is not made", func() bool { return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) })
	o.ready(t, tracker)
	done := fetch(t, tracker, failed.Name, &batchv1.Job{}).UID
	annotate(t, tracker, v1alpha1.AnnotationMigrationsRetriedAt, "2026-03-01T12:00:00Z")
	o.settle(t, tracker)
	if fetch(t, tracker, failed.Name, &batchv1.Job{}).UID != done {
		t.Error("migrations that have succeeded run again")
	}
}

// Of the annotations of a tracker, only these are worth a reconciliation.
func TestWhichAnnotationsAreRequests(t *testing.T) {
	of := func(annotation, value string) *v1alpha1.InterviewTracker {
		tracker := &v1alpha1.InterviewTracker{}
		tracker.Annotations = map[string]string{annotation: value}
		return tracker
	}
	for annotation, want := range map[string]bool{
		v1alpha1.AnnotationRestartedAt:         true,
		v1alpha1.AnnotationMigrationsRetriedAt: true,
		corev1.LastAppliedConfigAnnotation:     false,
	} {
		before, after := of(annotation, "1"), of(annotation, "2")
		if got := requested(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != want {
			t.Errorf("another %s is a request: %t, want %t", annotation, got, want)
		}
		if requested(event.UpdateEvent{ObjectOld: after, ObjectNew: after}) {
			t.Errorf("the same %s is a request", annotation)
		}
	}
}

// GitOps tools compare a tracker's spec and metadata with Git: the operator owns no field of them.
func TestTheOperatorWritesOnlyTheStatusOfATracker(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	annotate(t, tracker, v1alpha1.AnnotationRestartedAt, "2026-03-01T09:00:00Z")
	spec, generation := tracker.Spec.DeepCopy(), tracker.Generation
	o.migrate(t, tracker)
	refresh(t, tracker)
	if tracker.Generation != generation {
		t.Errorf("the spec has changed %d times: it was %+v and is %+v", tracker.Generation-generation, spec, tracker.Spec)
	}
	wrote := false
	for _, entry := range tracker.ManagedFields {
		if entry.Subresource == "status" {
			wrote = true
			if fields := entry.FieldsV1.GetRawString(); strings.Contains(fields, `"f:spec"`) || strings.Contains(fields, `"f:metadata"`) {
				t.Errorf("%s owns more than the status: %s", entry.Manager, fields)
			}
		} else if entry.Manager == v1alpha1.FieldManager {
			t.Errorf("the operator owns %s", entry.FieldsV1.GetRawString())
		}
	}
	if !wrote {
		t.Error("no status was written: the test looks at nothing")
	}
}
