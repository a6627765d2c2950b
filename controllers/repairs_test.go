// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// patchAPI is a patch of the API's Deployment.
func patchAPI(operations string) v1alpha1.Patch {
	return v1alpha1.Patch{Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"}, Patch: operations}
}

func TestCaseKedaNoreplicas(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Replicas: new(int32(3))}
	})
	o.ready(t, tracker)
	replicas := func(want int32) {
		t.Helper()
		if got := *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; got != want {
			t.Errorf("%d replicas, want %d", got, want)
		}
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Patches = []v1alpha1.Patch{patchAPI(`[{"op": "remove", "path": "/spec/replicas"}]`)}
	})
	o.observed(t, tracker)
	o.ready(t, tracker)
	replicas(3)

	scale(t, tracker, 5)
	o.ready(t, tracker)
	replicas(5)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.ready(t, tracker)
	replicas(5)
}

func TestCaseEnvOrder(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Env: []corev1.EnvVar{{Name: "BASE", Value: "x"}, {Name: "FULL", Value: "$(BASE)/y"}}}
	})
	o.ready(t, tracker)
	o.events()
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	want := slices.Clone(d.Spec.Template.Spec.Containers[0].Env)
	slices.Reverse(d.Spec.Template.Spec.Containers[0].Env)
	must(t, k8s.Update(t.Context(), d))
	o.until(t, tracker, "the order is not repaired", func() bool {
		refresh(t, d)
		return slices.EqualFunc(d.Spec.Template.Spec.Containers[0].Env, want, func(a, b corev1.EnvVar) bool { return a.Name == b.Name })
	})
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool {
		return strings.Contains(e, `Repaired Deployment hiring-api: order of spec.template.spec.containers[name="api"].env was changed`)
	}) {
		t.Errorf("no event reports the repair: %q", events)
	}
}

func TestWarningOfTheAPIServerReachesTheTrackerOnce(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Patches = []v1alpha1.Patch{patchAPI(`[{"op": "add", "path": "/spec/template/spec/nodeSelector",
			"value": {"beta.kubernetes.io/os": "linux"}}]`)}
	})
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.ready(t, tracker)
	var warnings []string
	for _, e := range o.events() {
		if strings.HasPrefix(e, "Warning APIWarning ") {
			warnings = append(warnings, e)
		}
	}
	want := "Warning APIWarning Deployment hiring-api: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated"
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], want) {
		t.Errorf("events %q, want %q once", warnings, want)
	}
}
