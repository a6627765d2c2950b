//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A managed dependency can be replaced: by an external one, or by a new one if its
// credentials are lost.
func TestReplacingDependencies(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	admitAll(t, ns)
	other := create(t, ns, "other", nil)
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
	})
	ready(t, other)
	ready(t, tracker)

	t.Run("by an external one, and the managed one is deleted", func(t *testing.T) { replaced(t, tracker, other) })
	t.Run("with lost credentials, by a new one", func(t *testing.T) { recreated(t, tracker) })
}

// admitAll allows connections between the pods of a namespace even where network policies
// are enforced: policies are additive.
func admitAll(t *testing.T, ns string) {
	t.Helper()
	must(t, k8s.Create(t.Context(), &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "admit-all"},
		Spec:       networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}},
	}))
}

func replaced(t *testing.T, tracker, other *v1alpha1.InterviewTracker) {
	url := string(fetch(t, other, "other-redis-credentials", &corev1.Secret{}).Data["url"])
	must(t, k8s.Create(t.Context(), secret(tracker.Namespace, "redis", url)))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = external("redis") })
	await(t, "the Redis that was given up stays", func() bool {
		return !slices.ContainsFunc(belongings(t, tracker), func(object string) bool { return strings.Contains(object, "hiring-redis") })
	})
	emitted(t, tracker, "Pruned", "Secret hiring-redis-credentials")
	ready(t, tracker)
}

func recreated(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	const credentials, claim = "hiring-database-credentials", "data-hiring-database-0"
	lost, data := fetch(t, tracker, credentials, &corev1.Secret{}), fetch(t, tracker, claim, &corev1.PersistentVolumeClaim{})
	pods := apiPods(t, tracker)
	must(t, k8s.Delete(t.Context(), lost))
	eventually(t, tracker, "the loss of the credentials is not reported", func() bool {
		return is(tracker, "DatabaseHealthy", "False CredentialsLost") && is(tracker, "Ready", "False CredentialsLost")
	})
	record(t, "credentials-lost", tracker)

	must(t, k8s.Delete(t.Context(), data)) // It is deleted when no pod uses it.
	await(t, "the claim is not recreated", func() bool {
		now := &corev1.PersistentVolumeClaim{}
		return exists(t, tracker, claim, now) && now.UID != data.UID
	})
	ready(t, tracker)
	if fetch(t, tracker, credentials, &corev1.Secret{}).UID == lost.UID {
		t.Error("the credentials are the lost ones")
	}
	for _, pod := range apiPods(t, tracker) {
		old := slices.ContainsFunc(pods, func(p corev1.Pod) bool { return p.UID == pod.UID })
		if old && pod.DeletionTimestamp == nil {
			t.Errorf("pod %s has the old credentials", pod.Name)
		}
	}
	responds(t, tracker, v1alpha1.ComponentAPI, "/positions", "")
}
