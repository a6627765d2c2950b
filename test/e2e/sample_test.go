//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The sample becomes Ready; and applying it again changes nothing, because the operator does
// not write into a spec.
func TestSample(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	samples := filepath.Join("..", "..", "config", "samples")
	if out, err := kubectl("-n", ns, "apply", "-k", samples); err != nil {
		t.Fatal(out)
	}
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring"}}
	ready(t, tracker)

	generation := tracker.Generation
	if out, err := kubectl("-n", ns, "diff", "-k", samples); err != nil {
		t.Errorf("kubectl diff: %v\n%s", err, out)
	}
	out, err := kubectl("-n", ns, "apply", "-k", samples)
	if err != nil || !strings.Contains(out, "unchanged") {
		t.Errorf("kubectl apply: %v\n%s", err, out)
	}
	refresh(t, tracker)
	if tracker.Generation != generation {
		t.Errorf("the generation was %d, and is now %d", generation, tracker.Generation)
	}
}
