// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// dependency tells whether the database or Redis works.
func dependency(p Pass, c v1alpha1.Component, conditionType string) metav1.Condition {
	if p.Tracker.Spec.GetManaged(c) == nil {
		return external(p, conditionType)
	}
	return managed(p, c, conditionType)
}

// managed is the kubelet's view of a managed dependency: its pod is ready.
func managed(p Pass, c v1alpha1.Component, conditionType string) metav1.Condition {
	claim := snapshot.ClaimName(p.Tracker, c)
	if p.Snapshot.CredentialsLost(c) {
		return isFalse(conditionType, v1alpha1.ReasonCredentialsLost, fmt.Sprintf(
			"PersistentVolumeClaim %s has data, and Secret %s that opens them is gone: restore the Secret, or delete the claim to begin anew without the data",
			claim, p.Tracker.CredentialsName(c)))
	}
	set := p.Snapshot.StatefulSets[c]
	if set == nil {
		return isFalse(conditionType, v1alpha1.ReasonStarting,
			fmt.Sprintf("StatefulSet %s does not exist yet", p.Tracker.ChildName(c)))
	}
	pods := p.Snapshot.Pods[c]
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(conditionType, v1alpha1.ReasonHealthy, fmt.Sprintf("pod %s is ready", pods[i].Name))
		}
	}
	cause := worst(pods, p.Snapshot.ProbeFailures)
	if cause != nil && cause.Reason == v1alpha1.ReasonUnschedulable && claimPending(p.Snapshot.Claims[c]) {
		return isFalse(conditionType, v1alpha1.ReasonVolumePending,
			fmt.Sprintf("PersistentVolumeClaim %s is not bound; %s", claim, cause.Message()))
	}
	if cause != nil {
		cause.Reason = v1alpha1.ReasonDependencyDown
		return isFalse(conditionType, v1alpha1.ReasonDependencyDown, sticky(p, conditionType, *cause))
	}
	reason := v1alpha1.ReasonDependencyDown
	if neverHealthy(p.Tracker, conditionType) {
		reason = v1alpha1.ReasonStarting
	}
	return isFalse(conditionType, reason, fmt.Sprintf("pod %s-0 is not ready", set.Name))
}

// external is what the API's readiness, which checks its dependencies, tells of
// one that the operator doesn't run.
func external(p Pass, conditionType string) metav1.Condition {
	pods := p.Snapshot.Pods[v1alpha1.ComponentAPI]
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(conditionType, v1alpha1.ReasonHealthy,
				"the API is ready, and its readiness includes this dependency")
		}
	}
	return unknown(conditionType, v1alpha1.ReasonUnknown,
		"no API pod is ready, so nothing tells whether this external dependency works")
}

// neverHealthy tells that a dependency has not yet worked since the tracker was
// made.
func neverHealthy(t *v1alpha1.InterviewTracker, conditionType string) bool {
	before := meta.FindStatusCondition(t.Status.Conditions, conditionType)
	return before == nil || before.Reason == v1alpha1.ReasonStarting
}

func claimPending(c *corev1.PersistentVolumeClaim) bool {
	return c != nil && c.Status.Phase == corev1.ClaimPending
}

// dependencies lists the health of what the API depends on, by name.
func dependencies(gates []metav1.Condition, previous []v1alpha1.DependencyStatus, now metav1.Time) []v1alpha1.DependencyStatus {
	names := []struct{ condition, name string }{
		{v1alpha1.ConditionDatabaseHealthy, string(v1alpha1.ComponentDatabase)},
		{v1alpha1.ConditionRedisHealthy, string(v1alpha1.ComponentRedis)},
	}
	list := make([]v1alpha1.DependencyStatus, 0, len(names))
	for _, n := range names {
		c := meta.FindStatusCondition(gates, n.condition)
		d := v1alpha1.DependencyStatus{
			Name: n.name, Health: health(c.Status), Reason: c.Reason, Message: bounded(c.Message), LastTransitionTime: now,
		}
		for _, before := range previous {
			if before.Name == d.Name && before.Health == d.Health {
				d.LastTransitionTime = before.LastTransitionTime
			}
		}
		list = append(list, d)
	}
	return list
}

func health(s metav1.ConditionStatus) v1alpha1.DependencyHealth {
	switch s {
	case metav1.ConditionTrue:
		return v1alpha1.DependencyHealthy
	case metav1.ConditionFalse:
		return v1alpha1.DependencyUnhealthy
	default:
		return v1alpha1.DependencyUnknown
	}
}
