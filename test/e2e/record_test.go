//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// recordings is the folder for the statuses during each scenario: the tests of kstatus and
// Argo CD's health script use them.
var recordings = filepath.Join("..", "..", "bin", "scenarios")

// record stores what kubectl shows of a tracker in a scenario, and checks that kubectl
// describe shows it, too.
func record(t *testing.T, scenario string, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	var described string
	await(t, "kubectl describe does not show the tracker as it is", func() bool {
		var err error
		described, err = kubectl("-n", tracker.Namespace, "describe", "itr", tracker.Name)
		must(t, err)
		if strings.Contains(strings.Join(strings.Fields(described), " "), "Resource Version: "+tracker.ResourceVersion+" ") {
			return true
		}
		refresh(t, tracker) // Its status has changed since.
		return false
	})
	for _, c := range tracker.Status.Conditions {
		for _, part := range []string{c.Type, c.Reason, beginning(c.Message)} {
			if !strings.Contains(strings.Join(strings.Fields(described), " "), part) {
				t.Errorf("kubectl describe does not show %q:\n%s", part, described)
			}
		}
	}
	line, err := kubectl("-n", tracker.Namespace, "get", "itr", tracker.Name, "-o", "wide")
	must(t, err)
	t.Logf("%s:\n%s", scenario, line)

	kept := tracker.DeepCopy()
	kept.ManagedFields = nil
	kept.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	object, err := yaml.Marshal(kept)
	must(t, err)
	must(t, os.MkdirAll(recordings, 0o755))
	must(t, os.WriteFile(filepath.Join(recordings, scenario+".yaml"), object, 0o644))
	must(t, os.WriteFile(filepath.Join(recordings, scenario+".txt"), []byte(line+"\n"+described), 0o644))
}

// beginning is the beginning of a message, which describe shows on one line.
func beginning(message string) string {
	words := strings.Fields(message)
	return strings.Join(words[:min(len(words), 4)], " ")
}
