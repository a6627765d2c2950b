// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package gitops

import (
	"testing"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/argoproj/gitops-engine/pkg/health"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const argocd = "../../config/argocd/"

// customizations are what Argo CD makes of the ConfigMap that config/argocd builds.
func customizations(t testing.TB) map[string]argo.ResourceOverride {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), argocd)
	if err != nil {
		t.Fatal(err)
	}
	built, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	config := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(built, config); err != nil {
		t.Fatalf("config/argocd builds more than one ConfigMap: %v", err)
	}
	return settingsOf(t, config)
}

// settingsOf are the customizations in a ConfigMap of Argo CD's.
func settingsOf(t testing.TB, config *corev1.ConfigMap) map[string]argo.ResourceOverride {
	t.Helper()
	overrides, err := settings.NewSettingsManager(t.Context(), fake.NewClientset(config), config.Namespace).GetResourceOverrides()
	if err != nil {
		t.Fatal("Argo CD can't read its settings: ", err)
	}
	return overrides
}

// healthOf is the health of an object in Argo CD.
func healthOf(t testing.TB, overrides map[string]argo.ResourceOverride, object *unstructured.Unstructured) *health.HealthStatus {
	t.Helper()
	result, err := lua.ResourceHealthOverrides(overrides).GetResourceHealth(object)
	if err != nil {
		t.Fatal("health.lua: ", err)
	}
	if result == nil {
		t.Fatal("Argo CD has no health check for trackers")
	}
	switch result.Status {
	case health.HealthStatusHealthy, health.HealthStatusProgressing, health.HealthStatusDegraded, health.HealthStatusSuspended:
	default:
		t.Fatalf("health.lua returns %q (%s)", result.Status, result.Message)
	}
	return result
}

// The chart's values are the same as the patch of the ConfigMap.
func TestHelmValues(t *testing.T) {
	const file = argocd + "helm-values.yaml"
	want := helmValues(t)
	if *update {
		write(t, file, want)
	}
	if got := read(t, file); string(got) != string(want) {
		t.Errorf("%s is stale: run go test -C test/gitops . -run TestHelmValues -update", file)
	}
	var values struct {
		Configs struct {
			CM map[string]string `json:"cm"`
		} `json:"configs"`
	}
	if err := yaml.UnmarshalStrict(want, &values); err != nil {
		t.Fatal(err)
	}
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: "argocd", Name: "argocd-cm", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
	}, Data: values.Configs.CM}
	for key, override := range customizations(t) {
		if got := settingsOf(t, config)[key]; got.HealthLua != override.HealthLua || got.Actions != override.Actions {
			t.Errorf("%s: Argo CD reads other scripts from the chart's values than from the patch", key)
		}
	}
}

// helmValues are the scripts as values of the chart argo-cd.
func helmValues(t testing.TB) []byte {
	t.Helper()
	cm := map[string]string{}
	for customization, file := range map[string]string{"health": "health.lua", "actions": "actions.yaml"} {
		cm["resource.customizations."+customization+".apps.interviewtracker.dev_InterviewTracker"] = string(read(t, argocd+file))
	}
	values, err := yaml.Marshal(map[string]any{"configs": map[string]any{"cm": cm}})
	if err != nil {
		t.Fatal(err)
	}
	const head = "# Values of the Helm chart argo-cd that add health.lua and actions.yaml to argocd-cm. Generated:\n" +
		"#   go test -C test/gitops . -run TestHelmValues -update\n"
	return append([]byte(head), values...)
}
