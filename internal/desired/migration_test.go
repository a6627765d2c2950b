// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"regexp"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func migrating(command ...string) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) { t.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: command} }
}

func TestEachImageAndCommandHasAJobOfItsOwn(t *testing.T) {
	image := func(image string) func(*v1alpha1.InterviewTracker) {
		return func(t *v1alpha1.InterviewTracker) { t.Spec.API = &v1alpha1.ComponentSpec{Image: image} }
	}
	seen := map[string]bool{}
	for _, tracker := range []*v1alpha1.InterviewTracker{
		newTracker(migrating("a", "b")),
		newTracker(migrating("a b")),
		newTracker(migrating("ab")),
		newTracker(migrating("a", "b", "")),
		newTracker(migrating(`a","b`)),
		newTracker(migrating("a", "b"), image("x:1")),
		newTracker(migrating("a", "b"), image("x:2")),
		newTracker(migrating("b"), image("a")),
	} {
		name := MigrationJobName(tracker, catalog.Default())
		if !regexp.MustCompile(`^hiring-migrate-[0-9a-f]{10}$`).MatchString(name) {
			t.Errorf("the name is %q", name)
		}
		if seen[name] {
			t.Errorf("%v: two have the name %s", tracker.Spec.Migrations.Command, name)
		}
		seen[name] = true
	}
	same := newTracker(migrating("a", "b"), func(t *v1alpha1.InterviewTracker) {
		t.Spec.API = &v1alpha1.ComponentSpec{Image: "interview-tracker-api:1.0.0", Replicas: new(int32(4))}
		t.Spec.Version = "1.0.1"
	})
	if name := MigrationJobName(same, catalog.Default()); !seen[name] {
		t.Errorf("the same image and command have another name, %s", name)
	}
}

// apiObjects are the kinds of the objects of the API and the migrations.
func apiObjects(objects []Object) []string {
	var names []string
	for _, o := range objects {
		if c := v1alpha1.Component(o.GetLabels()[v1alpha1.LabelComponent]); c == v1alpha1.ComponentAPI || c == v1alpha1.ComponentMigrate {
			names = append(names, o.GetObjectKind().GroupVersionKind().Kind)
		}
	}
	return names
}

func TestWhatWaitsForWhat(t *testing.T) {
	ready := []corev1.Pod{{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}}
	job := func(t batchv1.JobConditionType) *batchv1.Job {
		return &batchv1.Job{Status: batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: t, Status: corev1.ConditionTrue}}}}
	}
	live := map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: {}}
	external := func(t *v1alpha1.InterviewTracker) {
		t.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	}
	all := []string{"ServiceAccount", "Service", "Job", "Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler"}
	tests := map[string]struct {
		change   func(*v1alpha1.InterviewTracker)
		seen     func(*snapshot.Snapshot)
		deferred []string
		gone     []string // Neither applied nor kept.
		kept     bool
	}{
		"nothing is there": {deferred: all[2:]},
		"the database is ready": {
			seen: func(s *snapshot.Snapshot) {
				s.Pods = map[v1alpha1.Component][]corev1.Pod{v1alpha1.ComponentDatabase: ready}
			},
			deferred: all[3:],
		},
		"the database is external": {change: external, deferred: all[3:]},
		"its Secret does not exist": {
			change: external, deferred: all[2:],
			seen: func(s *snapshot.Snapshot) {
				s.External = map[v1alpha1.Component]snapshot.ExternalSecret{v1alpha1.ComponentDatabase: {Problem: "Secret \"a\" does not exist"}}
			},
		},
		"earlier migrations are running": {
			change: external, deferred: all[2:3], kept: true,
			seen: func(s *snapshot.Snapshot) { s.OlderMigrations, s.Deployments = []string{"pod x"}, live },
		},
		"the Job runs, and the database is away": {
			seen:     func(s *snapshot.Snapshot) { s.MigrationJob = job(batchv1.JobSuspended) },
			deferred: all[3:],
		},
		"the Job runs, and old pods serve": {
			seen: func(s *snapshot.Snapshot) { s.MigrationJob, s.Deployments = job(batchv1.JobSuspended), live },
			kept: true,
		},
		"the Job has failed": {
			seen: func(s *snapshot.Snapshot) { s.MigrationJob, s.Deployments = job(batchv1.JobFailed), live },
			kept: true,
		},
		"the Job has succeeded": {seen: func(s *snapshot.Snapshot) { s.MigrationJob, s.Deployments = job(batchv1.JobComplete), live }},
		"the Job has succeeded and is gone": {
			seen:     func(s *snapshot.Snapshot) { s.MigrationRecord, s.Deployments = &v1alpha1.MigrationsStatus{}, live },
			deferred: []string{"Job"},
		},
		"the Job has succeeded and goes": {
			seen: func(s *snapshot.Snapshot) {
				s.MigrationRecord, s.MigrationJob, s.Deployments = &v1alpha1.MigrationsStatus{}, job(batchv1.JobComplete), live
				s.MigrationJob.DeletionTimestamp = new(metav1.Now())
			},
			deferred: []string{"Job"},
		},
		"the Job has succeeded and is recorded": {
			seen: func(s *snapshot.Snapshot) {
				s.MigrationRecord, s.MigrationJob, s.Deployments = &v1alpha1.MigrationsStatus{}, job(batchv1.JobComplete), live
			},
		},
		"the Job of another database is there": {
			seen: func(s *snapshot.Snapshot) {
				s.FormerMigrations, s.OlderMigrations, s.Deployments = true, []string{"Job x"}, live
			},
			gone: []string{"Job"},
			kept: true,
		},
		"the first Job has succeeded": {seen: func(s *snapshot.Snapshot) { s.MigrationJob = job(batchv1.JobComplete) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tracker, seen := newTracker(migrating("migrate")), nothing()
			tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 4}}
			// A patch must have something to match, also before it is there.
			tracker.Spec.Patches = []v1alpha1.Patch{
				{Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"}, Patch: `[{op: add, path: /spec/template/spec/priorityClassName, value: high}]`},
				{Target: &v1alpha1.PatchTarget{Kind: "Job"}, Patch: `[{op: add, path: /spec/template/spec/priorityClassName, value: high}]`},
			}
			if test.change != nil {
				test.change(tracker)
			}
			if test.seen != nil {
				test.seen(seen)
			}
			output := build(t, tracker, seen)
			if got := apiObjects(output.Deferred); !slices.Equal(got, test.deferred) {
				t.Errorf("deferred: %v, want %v", got, test.deferred)
			}
			want := slices.DeleteFunc(slices.Clone(all), func(kind string) bool {
				return slices.Contains(test.deferred, kind) || slices.Contains(test.gone, kind)
			})
			if got := apiObjects(output.Objects); !slices.Equal(got, want) {
				t.Errorf("applied: %v, want %v", got, want)
			}
			if !slices.Contains(want, "Deployment") {
				return
			}
			template := find[*appsv1.Deployment](t, output, "hiring-api").Spec.Template
			if kept := len(template.Spec.Containers) == 0; kept != test.kept || kept && template.Spec.PriorityClassName != "" {
				t.Errorf("the template is kept: %t, want %t", kept, test.kept)
			}
			if find[*appsv1.Deployment](t, output, "hiring-frontend").Spec.Template.Spec.Containers == nil {
				t.Error("the frontend's template is kept")
			}
		})
	}
}
