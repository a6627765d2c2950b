// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func TestSecretsOfPods(t *testing.T) {
	seen := nothing()
	seen.MigrationRecord, seen.MigrationJob = &v1alpha1.MigrationsStatus{}, &batchv1.Job{}
	output := build(t, newTracker(migrating("migrate")), seen)
	both := []string{"hiring-database-credentials", "hiring-redis-credentials"}
	for _, object := range output.Objects {
		var want []string
		kind := object.GetObjectKind().GroupVersionKind().Kind
		switch {
		case kind == "StatefulSet":
			want = []string{object.GetName() + "-credentials"}
		case kind == "Job", kind == "Deployment" && object.GetName() == "hiring-api":
			want = both
		}
		if got := SecretsOf(object); !slices.Equal(got, want) {
			t.Errorf("%s %s reads %v, want %v", kind, object.GetName(), got, want)
		}
	}
}

// A former dependency is in use while the API or its migrations can't be taken off it, and no
// other trouble keeps it.
func TestFormerDependenciesInUse(t *testing.T) {
	external := func(t *v1alpha1.InterviewTracker) {
		t.Spec.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	}
	seen := nothing()
	seen.External = map[v1alpha1.Component]snapshot.ExternalSecret{v1alpha1.ComponentRedis: {Revision: "1"}}
	seen.MigrationJob = &batchv1.Job{}
	seen.Deployments = map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: {}}
	tracker := newTracker(migrating("migrate"), external)
	for _, object := range build(t, tracker, seen).Objects {
		kind := object.GetObjectKind().GroupVersionKind().Kind
		var want []v1alpha1.Component
		if kind == "Job" || kind == "Deployment" && object.GetName() == "hiring-api" {
			want = []v1alpha1.Component{v1alpha1.ComponentRedis}
		}
		if got := InUse(tracker, catalog.Default(), []Object{object}); !slices.Equal(got, want) {
			t.Errorf("without %s %s, %v are in use, want %v", kind, object.GetName(), got, want)
		}
	}
}
