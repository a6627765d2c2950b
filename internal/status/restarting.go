// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const (
	// restartPatience is how long a pod that is replaced may take to go, and the new one to be
	// ready, before that is an outage.
	restartPatience = 5 * time.Minute
	// reconnectPatience is how long the API's pods may take to connect to the new one.
	reconnectPatience = 30 * time.Second
)

// restarting is the condition of a managed dependency whose pod is being replaced because
// its template has changed; nil when it is not, or when something keeps it from being so.
func restarting(in Input, c v1alpha1.Component, set *appsv1.StatefulSet, before *metav1.Condition) *metav1.Condition {
	// A pod of which deletion is left to a person is not restarted by the operator.
	if neverHealthy(before) || set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return nil
	}
	was := before.Reason == v1alpha1.ReasonRestarting
	began := in.Now.Time
	if before.Status != metav1.ConditionTrue {
		began = before.LastTransitionTime.Time
	}
	// Until the template is observed, the revisions are those of an earlier one.
	underWay := was && in.Now.Sub(began) <= restartPatience
	if set.Status.ObservedGeneration >= set.Generation {
		underWay = set.Status.CurrentRevision != set.Status.UpdateRevision && !restartEnded(in, c, set, began)
	}
	changed := in.Snapshot.Changed[c]
	planned := isFalse(v1alpha1.ReasonRestarting, "planned: %s changed; StatefulSet %s restarts its pod",
		cmp.Or(changed, "its template"), set.Name)
	switch {
	case changed != "":
		return &planned
	case !underWay:
		return nil
	case was:
		planned.Message = before.Message // It says what has changed.
	}
	return &planned
}

// restartEnded reports whether the pod of the current template is ready, or won't be for a
// cause that is known, or should have been. since is when the dependency was last healthy,
// which counts while no pod says when its restart began.
func restartEnded(in Input, c v1alpha1.Component, set *appsv1.StatefulSet, since time.Time) bool {
	var current, kept []corev1.Pod
	for _, pod := range in.Snapshot.Pods[c] {
		switch {
		case pod.Labels[appsv1.StatefulSetRevisionLabel] == set.Status.UpdateRevision:
			current = append(current, pod)
			since = pod.CreationTimestamp.Time
		case pod.DeletionTimestamp != nil:
			since = pod.DeletionTimestamp.Time
		default:
			kept = append(kept, pod) // With OrderedReady, a pod that fails is never replaced.
		}
	}
	return slices.ContainsFunc(current, func(pod corev1.Pod) bool { return snapshot.PodReady(&pod) }) ||
		in.Snapshot.CreateFailures[c] != "" || fails(mostSevere(current, in), current) || mostSevere(kept, in) != nil ||
		in.Now.Sub(since) > restartPatience
}

// fails reports whether a cause keeps pods from starting. A probe may fail until they have
// started, if that doesn't cost a restart.
func fails(cause *podCause, pods []corev1.Pod) bool {
	if cause == nil || cause.Reason != v1alpha1.ReasonProbeFailing {
		return cause != nil
	}
	return slices.ContainsFunc(pods, func(pod corev1.Pod) bool {
		return slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool { return c.RestartCount > 0 })
	})
}

// reconnecting reports whether a planned restart ended a moment ago: the API's pods may
// still have what was true before.
func reconnecting(in Input, c v1alpha1.Component, before *metav1.Condition) bool {
	if before == nil || before.Reason != v1alpha1.ReasonRestarting {
		return false
	}
	return slices.ContainsFunc(in.Snapshot.Pods[c], func(pod corev1.Pod) bool {
		ready := snapshot.PodCondition(&pod, corev1.PodReady)
		return ready != nil && ready.Status == corev1.ConditionTrue && in.Now.Sub(ready.LastTransitionTime.Time) < reconnectPatience
	})
}

// restartEvent announces a planned restart, or what another change makes of it; nil when
// that has been announced.
func restartEvent(from, to *metav1.Condition) *Event {
	if from != nil && from.Reason == to.Reason && from.Message == to.Message {
		return nil
	}
	return &Event{corev1.EventTypeNormal, to.Reason, to.Message}
}
