// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/gitops-engine/pkg/health"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A scenario is a tracker as stored by the API server, in its own file. These annotations
// are the expected results; one that is missing is not checked.
const (
	wantReady   = "test.interviewtracker.dev/ready"   // Ready's STATUS REASON, or absent.
	wantKstatus = "test.interviewtracker.dev/kstatus" // The status of kstatus.
	wantArgoCD  = "test.interviewtracker.dev/argocd"  // The health status of Argo CD.
)

// TestScenarios checks test/scenarios, or the folder in SCENARIOS, such as new recordings,
// with the expectations of the files of the same name in test/scenarios.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("SCENARIOS"), "../scenarios"), "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios found: %v", err)
	}
	overrides, fresh := customizations(t), os.Getenv("SCENARIOS") != ""
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			tracker, object := load(t, file)
			kstatus, argo := evaluate(t, overrides, object)
			expected := tracker.Annotations
			if committed := filepath.Join("../scenarios", filepath.Base(file)); fresh && exists(committed) {
				scenario, _ := load(t, committed)
				expected = scenario.Annotations
			}
			for annotation, got := range map[string]string{
				wantReady: ready(tracker), wantKstatus: kstatus, wantArgoCD: string(argo.Status),
			} {
				if want, ok := expected[annotation]; ok && got != want {
					t.Errorf("%s: %q, want %q", annotation, got, want)
				}
			}
		})
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// load reads a tracker as a typed and as an unstructured object.
func load(t *testing.T, file string) (*v1alpha1.InterviewTracker, *unstructured.Unstructured) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tracker := &v1alpha1.InterviewTracker{}
	if err := yaml.UnmarshalStrict(data, tracker); err != nil {
		t.Fatal(err)
	}
	json, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(json); err != nil {
		t.Fatal(err)
	}
	return tracker, object
}

// ready is Ready's STATUS REASON, or absent.
func ready(tracker *v1alpha1.InterviewTracker) string {
	c := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionReady)
	if c == nil {
		return "absent"
	}
	return string(c.Status) + " " + c.Reason
}

// evaluate returns the results of kstatus and of Argo CD for a tracker, and checks that they
// are consistent with each other and with its status.
func evaluate(t *testing.T, overrides map[string]argo.ResourceOverride, object *unstructured.Unstructured) (string, *health.HealthStatus) {
	t.Helper()
	result, err := status.Compute(object)
	if err != nil {
		t.Fatal("kstatus:", err)
	}
	verdict := healthOf(t, overrides, object)
	if (verdict.Status == "Healthy") != (result.Status == status.CurrentStatus) {
		t.Errorf("Argo CD is %s, kstatus %s: one must be Healthy if and only if the other is Current", verdict.Status, result.Status)
	}
	if result.Status == status.FailedStatus && verdict.Status != "Degraded" {
		t.Errorf("Argo CD is %s while kstatus is Failed, want Degraded", verdict.Status)
	}
	if message := cause(t, object); message != "" && !strings.HasSuffix(verdict.Message, message) {
		t.Errorf("Argo CD's message is %q, want that of the cause: %q", verdict.Message, message)
	}
	if verdict.Message == "" {
		t.Error("Argo CD has no message")
	}
	return string(result.Status), verdict
}

// cause is the message of the condition that decides what Argo CD reports; empty when none does.
func cause(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, tracker); err != nil {
		t.Fatal(err)
	}
	conditions := tracker.Status.Conditions
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case tracker.Status.ObservedGeneration != tracker.Generation, tracker.DeletionTimestamp != nil, ready == nil:
		return ""
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionStalled):
		return meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled).Message
	case ready.Status == metav1.ConditionTrue && meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReconciling):
		return meta.FindStatusCondition(conditions, v1alpha1.ConditionReconciling).Message
	}
	return ready.Message
}
