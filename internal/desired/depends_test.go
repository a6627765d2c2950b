// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Pods start without the Secret of an optional dependency.
func TestSecretsOfPodsWithAnOptionalRedis(t *testing.T) {
	output := build(t, newTracker(func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
	}), nothing())
	for _, object := range output.Objects {
		want := []string{"hiring-database-credentials"}
		if got := SecretsOf(object); object.GetName() == "hiring-api" && got != nil && !slices.Equal(got, want) {
			t.Errorf("%T reads %v, want %v", object, got, want)
		}
	}
}

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
