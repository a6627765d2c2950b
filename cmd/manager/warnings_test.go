// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// What the API server warns of in its answer to a write is an event on the tracker.
func TestWarningsReachTheTracker(t *testing.T) {
	namespace := newNamespace(t)
	m := start(t, operator, "--namespaces="+namespace)
	m.ready(t)
	must(t, k8s.Create(t.Context(), &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring"},
		Spec: v1alpha1.InterviewTrackerSpec{Version: "1.0.0", Patches: []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"},
			Patch:  `[{"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"beta.kubernetes.io/os": "linux"}}]`,
		}}},
	}))
	eventually(t, "no event has the warning", func() bool {
		events := &corev1.EventList{}
		must(t, k8s.List(t.Context(), events, client.InNamespace(namespace)))
		return slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
			return e.Reason == "APIWarning" && e.InvolvedObject.Name == "hiring" && strings.Contains(e.Message, "deprecated")
		})
	})
	m.stop(t)
}
