// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// 1000m is 1, and 60s is 1m: another spelling of a tracker restarts nothing. test/gitops applies
// these files.
func TestAnotherSpellingChangesNothing(t *testing.T) {
	built := map[string]string{}
	for _, spelling := range []string{"canonical", "respelled"} {
		text, err := os.ReadFile("../../test/gitops/testdata/" + spelling + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		tracker := &v1alpha1.InterviewTracker{}
		if err := yaml.UnmarshalStrict(text, tracker); err != nil {
			t.Fatal(err)
		}
		output := build(t, tracker, nothing())
		objects, err := yaml.Marshal([]any{output.Objects, output.Deferred, output.Monitoring})
		if err != nil {
			t.Fatal(err)
		}
		built[spelling] = string(objects)
	}
	if diff := cmp.Diff(built["canonical"], built["respelled"]); diff != "" {
		t.Errorf("another spelling changes objects (- canonical, + respelled):\n%s", diff)
	}
}
