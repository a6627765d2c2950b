// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// uncachedApplication stands for API pods that can't use Redis.
type uncachedApplication struct{}

func (uncachedApplication) Observe(key types.NamespacedName, q health.PollTarget) snapshot.Application {
	a := healthyApplication{}.Observe(key, q)
	for _, pod := range a.Pods {
		pod.Dependencies[1].Health = v1alpha1.DependencyUnhealthy
	}
	a.Failing = []string{"redis"}
	return a
}

// A tracker with an optional Redis is Ready without it, when it starts and when Redis fails; one that
// requires it is not.
func TestReadyWithoutTheOptionalRedis(t *testing.T) {
	t.Parallel()
	o := start(t)
	o.Observer.Application = uncachedApplication{}
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
	})
	o.until(t, tracker, "the children are not applied", func() bool { return len(tracker.Status.Applied()) > 0 })
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	runDependency(t, tracker, v1alpha1.ComponentDatabase)
	o.until(t, tracker, "it waits for Redis to start", func() bool {
		return condition(tracker, "Ready") == "True Ready" && condition(tracker, "Reconciling") == "absent" &&
			strings.HasPrefix(message(tracker, "Ready"), "all components work; the optional Redis is down (Starting): ")
	})

	o.Observer.Application = healthyApplication{}
	runDependency(t, tracker, v1alpha1.ComponentRedis)
	o.until(t, tracker, "Redis does not become healthy", func() bool {
		return condition(tracker, "RedisHealthy") == "True Healthy" && message(tracker, "Ready") == "all components and dependencies work"
	})

	o.Observer.Application = uncachedApplication{}
	down(t, tracker)
	o.events()
	const cause = "pod hiring-redis-0 is not ready"
	o.until(t, tracker, "the outage is not reported", func() bool {
		return condition(tracker, "RedisHealthy") == "False DependencyDown" && condition(tracker, "Ready") == "True Ready" &&
			strings.HasPrefix(message(tracker, "Ready"), "all components work; the optional Redis is down (DependencyDown): "+cause)
	})
	if condition(tracker, "Reconciling") != "absent" {
		t.Errorf("it waits for Redis:\n%s", describe(tracker))
	}
	o.settle(t, tracker)
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "Warning RedisUnhealthy DependencyDown: "+cause) }) {
		t.Errorf("no event reports the outage: %q", events)
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis.Requirement = "" })
	o.until(t, tracker, "the required Redis does not gate Ready", func() bool {
		return condition(tracker, "Ready") == "False DependencyDown" && tracker.Observed()
	})
}

// down makes the pod of Redis not ready.
func down(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	pod := fetch(t, tracker, "hiring-redis-0", &corev1.Pod{})
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
	must(t, k8s.Status().Update(t.Context(), pod))
}
