//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The command lines of the processes that tests signal.
const (
	apiProcess      = "/tracker\x00api"
	postgresProcess = "postgres"
	redisProcess    = "redis-server"
)

// A killed API is reported, and recovers.
func TestKilledAPIRecovers(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)

	seen := watch(t, tracker, v1alpha1.ConditionReady)
	signal(t, apiPod(t, tracker), apiProcess, syscall.SIGKILL)
	eventually(t, tracker, "the kill is not noticed", func() bool {
		return slices.ContainsFunc(seen(), func(c metav1.Condition) bool { return c.Status != metav1.ConditionTrue })
	})
	ready(t, tracker)
	// On a busy machine, its probes may have it restarted once more.
	if apiPod(t, tracker).Status.ContainerStatuses[0].RestartCount == 0 {
		t.Error("the pod has been replaced, and its container was not restarted")
	}
	healthResponds(t, tracker)
}

// apiPods are the API's pods, but for those that are ending: they run on for some seconds after a rollout.
func apiPods(t *testing.T, tracker *v1alpha1.InterviewTracker) []corev1.Pod {
	t.Helper()
	return lasting(t, tracker, v1alpha1.ComponentAPI)
}

// componentPods are the pods of a component.
func componentPods(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) []corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	must(t, k8s.List(t.Context(), &pods, client.InNamespace(tracker.Namespace), client.MatchingLabels{
		v1alpha1.LabelTracker: tracker.Name, v1alpha1.LabelComponent: string(c),
	}))
	return pods.Items
}

// apiPodAlone waits until the old pods of a rollout are gone.
func apiPodAlone(t *testing.T, tracker *v1alpha1.InterviewTracker) *corev1.Pod {
	t.Helper()
	await(t, "the old API pod does not go", func() bool { return len(componentPods(t, tracker, v1alpha1.ComponentAPI)) == 1 })
	return apiPod(t, tracker)
}

func apiPod(t *testing.T, tracker *v1alpha1.InterviewTracker) *corev1.Pod {
	t.Helper()
	pods := apiPods(t, tracker)
	if len(pods) != 1 {
		t.Fatalf("%d API pods, want 1", len(pods))
	}
	return &pods[0]
}
