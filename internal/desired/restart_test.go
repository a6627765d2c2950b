// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// annotated is a tracker with an annotation; without it if the value is empty.
func annotated(annotation, value string) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) {
		if value != "" {
			t.Annotations = map[string]string{annotation: value}
		}
	}
}

func TestRestartsWhatIsAskedFor(t *testing.T) {
	const first, second = "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z"
	for name, test := range map[string]struct{ asked, live, want string }{
		"never":                           {},
		"a first time":                    {asked: first, want: first},
		"a second time":                   {asked: second, live: first, want: second},
		"when the annotation was removed": {live: first, want: first},
	} {
		t.Run(name, func(t *testing.T) {
			seen := nothing()
			seen.Deployments = map[v1alpha1.Component]*appsv1.Deployment{}
			for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
				live := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ResourceVersion: "7"}}
				if test.live != "" {
					live.Spec.Template.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: test.live}
				}
				seen.Deployments[c] = live
			}
			before, output := build(t, newTracker(), nothing()), build(t, newTracker(annotated(v1alpha1.AnnotationRestartedAt, test.asked)), seen)
			for _, name := range []string{"hiring-api", "hiring-frontend"} {
				d := find[*appsv1.Deployment](t, output, name)
				if got := d.Spec.Template.Annotations[v1alpha1.AnnotationRestartedAt]; got != test.want {
					t.Errorf("the pods of %s bear %q, want %q", name, got, test.want)
				}
				// What is derived from the live object is bound to that version of it.
				if kept := test.asked == "" && test.live != ""; kept && output.Live[KeyOf(d)].Observed != "7" {
					t.Errorf("%s is not bound to the version that the annotation is from", name)
				}
			}
			for _, name := range []string{"hiring-database", "hiring-redis"} {
				was, is := find[*appsv1.StatefulSet](t, before, name), find[*appsv1.StatefulSet](t, output, name)
				if diff := cmp.Diff(was.Spec.Template, is.Spec.Template); diff != "" {
					t.Errorf("the pods of %s change:\n%s", name, diff)
				}
			}
		})
	}
}

// A patch can't remove the note that keeps a Job that fails from being made again each time.
func TestTheJobBearsWhichRetryItIs(t *testing.T) {
	const at = "2026-03-01T09:00:00Z"
	for _, asked := range []string{"", at} {
		tracker := newTracker(migrating("migrate"), annotated(v1alpha1.AnnotationMigrationsRetriedAt, asked))
		tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
		tracker.Spec.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Job"},
			Patch:  `[{op: add, path: /metadata/annotations, value: {example.com/team: people}}]`,
		}}
		for name, seen := range map[string]*batchv1.Job{
			"no Job":        nil,
			"a running Job": {ObjectMeta: metav1.ObjectMeta{Name: "hiring-migrate"}},
		} {
			s := nothing()
			s.MigrationJob = seen
			for _, object := range build(t, tracker, s).Objects {
				job, ok := object.(*batchv1.Job)
				if !ok {
					continue
				}
				if got := job.Annotations[v1alpha1.AnnotationMigrationsRetriedAt]; got != asked || job.Annotations["example.com/team"] == "" {
					t.Errorf("%s, asked %q: the Job bears %v", name, asked, job.Annotations)
				}
				if got := job.Spec.Template.Annotations[v1alpha1.AnnotationMigrationsRetriedAt]; got != "" {
					t.Errorf("%s: the pods bear %q", name, got)
				}
			}
		}
	}
}

// Pods that wait for migrations restart afterwards.
func TestARestartWaitsForMigrations(t *testing.T) {
	seen := nothing()
	seen.Deployments = map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: {}}
	seen.MigrationJob = &batchv1.Job{Status: batchv1.JobStatus{
		Conditions: []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue}},
	}}
	tracker := newTracker(migrating("migrate"), annotated(v1alpha1.AnnotationRestartedAt, "now"))
	restarts := func(s *snapshot.Snapshot) bool {
		return find[*appsv1.Deployment](t, build(t, tracker, s), "hiring-api").Spec.Template.Annotations[v1alpha1.AnnotationRestartedAt] == "now"
	}
	if restarts(seen) {
		t.Error("the API restarts while it waits for migrations")
	}
	seen.MigrationJob.Status.Conditions[0].Type = batchv1.JobComplete
	if !restarts(seen) {
		t.Error("the API does not restart after the migrations")
	}
}
