// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
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
