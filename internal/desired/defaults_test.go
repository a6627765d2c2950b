// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

func TestPullPolicyIsThatOfTheAPIServer(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	for image, want := range map[string]corev1.PullPolicy{
		"api":                              corev1.PullAlways,
		"api:latest":                       corev1.PullAlways,
		"example.com:5000/team/api":        corev1.PullAlways,
		"example.com:5000/team/api:latest": corev1.PullAlways,
		"api:latest" + digest:              corev1.PullAlways,
		"api:1.0":                          corev1.PullIfNotPresent,
		"example.com:5000/team/api:1.0":    corev1.PullIfNotPresent,
		"api" + digest:                     corev1.PullIfNotPresent,
		"api:1.0" + digest:                 corev1.PullIfNotPresent,
		"api:latest-2":                     corev1.PullIfNotPresent,
		"API":                              corev1.PullIfNotPresent, // None that can be read.
		"":                                 corev1.PullIfNotPresent,
	} {
		if got := pullPolicy(image); got != want {
			t.Errorf("%q: got %s, want %s", image, got, want)
		}
	}
}

// A policy is written for every container, and stays as the spec or a patch has it.
func TestEveryContainerHasAPullPolicy(t *testing.T) {
	output := build(t, patched(
		of("Deployment", "spec: {template: {spec: {initContainers: [{name: first, image: x, "+
			"securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}}"),
		ofAPI(`[{op: add, path: /spec/template/spec/containers/0/imagePullPolicy, value: Never}]`),
	), nothing())
	for _, object := range output.Objects {
		template := templateOf(object)
		if template == nil {
			continue
		}
		for _, c := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
			want := corev1.PullIfNotPresent
			switch c.Name {
			case "first":
				want = corev1.PullAlways
			case "api":
				want = corev1.PullNever
			}
			if c.ImagePullPolicy != want {
				t.Errorf("%s, container %s: got %q, want %s", describe(object), c.Name, c.ImagePullPolicy, want)
			}
		}
	}
}

// Only the component's own container waits before its end, and not where a patch says otherwise: a
// second action would be refused, and so would a sleep that is longer than the grace period.
func TestPreStop(t *testing.T) {
	sleep := &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 5}}}
	const container = "/spec/template/spec/containers/0"
	for name, test := range map[string]struct {
		patch v1alpha1.Patch
		want  *corev1.Lifecycle
	}{
		"a sidecar": {
			of("Deployment", "spec: {template: {spec: {containers: [{name: proxy, image: x, "+
				"securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}}"),
			sleep,
		},
		"a preStop": {
			ofAPI(`[{op: add, path: ` + container + `/lifecycle, value: {preStop: {exec: {command: [drain]}}}}]`),
			&corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"drain"}}}},
		},
		"another sleep": {
			ofAPI(`[{op: add, path: ` + container + `/lifecycle, value: {preStop: {sleep: {seconds: 20}}}}]`),
			&corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 20}}},
		},
		"a postStart": {
			ofAPI(`[{op: add, path: ` + container + `/lifecycle, value: {postStart: {exec: {command: [warm]}}}}]`),
			&corev1.Lifecycle{PreStop: sleep.PreStop, PostStart: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"warm"}}}},
		},
		"a short grace period": {ofAPI(`[{op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 3}]`), nil},
		"no grace period":      {ofAPI(`[{op: remove, path: /spec/template/spec/terminationGracePeriodSeconds}]`), sleep},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range find[*appsv1.Deployment](t, build(t, patched(test.patch), nothing()), "hiring-api").Spec.Template.Spec.Containers {
				want := test.want
				if c.Name != "api" {
					want = nil
				}
				if diff := cmp.Diff(want, c.Lifecycle); diff != "" {
					t.Errorf("container %s (-want +got):\n%s", c.Name, diff)
				}
			}
		})
	}
}

func TestDerivedDefaultsAreWritten(t *testing.T) {
	parts := catalog.Default()
	parts.AllowPatches = kinds.Paths{"NetworkPolicy": {"spec.policyTypes", "spec.egress"}}
	output, err := Build(t.Context(), patched(
		ofAPI(`[{op: remove, path: /spec/strategy}]`),
		v1alpha1.Patch{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-frontend"},
			Patch:  `[{op: replace, path: /spec/strategy, value: {type: Recreate}}]`,
		},
		of("NetworkPolicy", `[{op: remove, path: /spec/policyTypes}, {op: add, path: /spec/egress, value: [{}]}]`),
	), nothing(), parts)
	if err != nil {
		t.Fatal(err)
	}
	if s := find[*appsv1.Deployment](t, output, "hiring-api").Spec.Strategy; s.Type != appsv1.RollingUpdateDeploymentStrategyType ||
		s.RollingUpdate.MaxSurge.String() != "25%" || s.RollingUpdate.MaxUnavailable.String() != "25%" {
		t.Errorf("the strategy is %+v", s)
	}
	if s := find[*appsv1.Deployment](t, output, "hiring-frontend").Spec.Strategy; s.RollingUpdate != nil {
		t.Errorf("the strategy is %+v", s)
	}
	types := find[*networkingv1.NetworkPolicy](t, output, "hiring-database").Spec.PolicyTypes
	if !slices.Equal(types, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}) {
		t.Errorf("the policy is for %v", types)
	}
}
