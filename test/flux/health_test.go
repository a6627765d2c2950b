// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package flux

import (
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/runtime/cel"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// wantKstatus is the annotation of a recorded tracker with the status that kstatus gives it.
const wantKstatus = "test.interviewtracker.dev/kstatus"

// example decodes a document of an example, strictly.
func example(t *testing.T, file string, index int, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(documents(t, "../../config/flux/"+file)[index], into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestOperatorExample(t *testing.T) {
	source, release := &sourcev1.GitRepository{}, &helmv2.HelmRelease{}
	example(t, "operator.yaml", 0, source)
	example(t, "operator.yaml", 1, release)
	if release.APIVersion != helmv2.GroupVersion.String() || release.Kind != helmv2.HelmReleaseKind || release.Spec.Chart == nil {
		t.Fatalf("it is no HelmRelease of a chart: %+v", release)
	}
	if from := release.Spec.Chart.Spec.SourceRef; from.Kind != source.Kind || from.Name != source.Name {
		t.Errorf("the chart is from %+v, the example has %s %s", from, source.Kind, source.Name)
	}
	if source.APIVersion != sourcev1.GroupVersion.String() || source.Kind != sourcev1.GitRepositoryKind {
		t.Errorf("the source is a %s of %s", source.Kind, source.APIVersion)
	}
}

// kustomization is the example for a tracker.
func kustomization(t *testing.T) *kustomizev1.Kustomization {
	t.Helper()
	k := &kustomizev1.Kustomization{}
	example(t, "tracker.yaml", 1, k)
	return k
}

func TestTrackerExample(t *testing.T) {
	source, k := &sourcev1.GitRepository{}, kustomization(t)
	example(t, "tracker.yaml", 0, source)
	if k.APIVersion != kustomizev1.GroupVersion.String() || k.Kind != kustomizev1.KustomizationKind {
		t.Fatalf("it is a %s of %s", k.Kind, k.APIVersion)
	}
	if k.Spec.SourceRef.Kind != source.Kind || k.Spec.SourceRef.Name != source.Name {
		t.Errorf("it is from %+v, the example has %s %s", k.Spec.SourceRef, source.Kind, source.Name)
	}
	if len(k.Spec.HealthChecks) != 1 || len(k.Spec.HealthCheckExprs) != 1 || k.Spec.Wait {
		t.Fatalf("it has not one health check: %+v", k.Spec)
	}
	check, expressions := k.Spec.HealthChecks[0], k.Spec.HealthCheckExprs[0]
	for _, got := range [][2]string{{check.APIVersion, check.Kind}, {expressions.APIVersion, expressions.Kind}} {
		if got != [2]string{v1alpha1.GroupVersion.String(), v1alpha1.Kind} {
			t.Errorf("it checks %v", got)
		}
	}
	if check.Namespace != k.Spec.TargetNamespace {
		t.Errorf("the health check looks into %s, the tracker is in %s", check.Namespace, k.Spec.TargetNamespace)
	}
}

// Flux's kstatus, and the expressions of the example, on each recorded tracker. They
// differ where the example says so.
func TestHealthOfScenarios(t *testing.T) {
	expressions, err := cel.NewStatusEvaluator(&kustomization(t).Spec.HealthCheckExprs[0].HealthCheckExpressions)
	if err != nil {
		t.Fatal(err)
	}
	special := map[string]status.Status{
		"suspended":       status.CurrentStatus,
		"migration-fails": status.FailedStatus,
		"deleting":        status.InProgressStatus, // A deletion is a new generation.
	}
	for name, file := range files(t, "../scenarios/*.yaml") {
		t.Run(name, func(t *testing.T) {
			tracker := object(t, file)
			byKstatus, err := status.Compute(tracker)
			if err != nil {
				t.Fatal("kstatus: ", err)
			}
			want := tracker.GetAnnotations()[wantKstatus]
			if want == "" || byKstatus.Status.String() != want {
				t.Errorf("kstatus: %s, want %s", byKstatus.Status, want)
			}
			if byKstatus.Status == status.InProgressStatus && byKstatus.Message == "" {
				t.Error("kstatus has no message")
			}
			byExpressions, err := expressions.Evaluate(t.Context(), tracker)
			if err != nil {
				t.Fatal("healthCheckExprs: ", err)
			}
			if instead, ok := special[name]; ok {
				want = instead.String()
			}
			if byExpressions.Status.String() != want {
				t.Errorf("healthCheckExprs: %s, want %s", byExpressions.Status, want)
			}
		})
		delete(special, name)
	}
	if len(special) > 0 {
		t.Errorf("no scenarios have the names of %v", special)
	}
}
