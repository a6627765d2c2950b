// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// rolledOut reports whether the StatefulSet's pod is of its current template.
func rolledOut(in Input, c v1alpha1.Component, set *appsv1.StatefulSet) bool {
	if set.Status.ObservedGeneration < set.Generation {
		return false
	}
	for i := range in.Snapshot.Pods[c] {
		pod := &in.Snapshot.Pods[c][i]
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision && snapshot.PodReady(pod) {
			return false
		}
	}
	return true
}

// kubeletView is the condition of a managed dependency as far as the kubelet can see:
// whether its pod is ready and, if not, why.
func kubeletView(in Input, d catalog.Dependency, set *appsv1.StatefulSet) metav1.Condition {
	pods, claim := in.Snapshot.Pods[d.Name], in.Snapshot.Claims[d.Name]
	unbound := claim != nil && claim.Status.Phase == corev1.ClaimPending
	never := neverHealthy(storedCondition(in, d.Condition.Type))
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(v1alpha1.ReasonHealthy, "pod %s is ready", pods[i].Name)
		}
	}
	if failure := in.Snapshot.CreateFailures[d.Name]; failure != "" {
		return createFailure("StatefulSet "+set.Name, failure).condition()
	}
	cause := mostSevere(pods, in)
	switch {
	case cause != nil && cause.Reason == v1alpha1.ReasonUnschedulable && unbound && aboutVolume(cause.Detail):
		if never && young(pods, in.Now) {
			// A volume that is being provisioned looks like this for a moment.
			return isFalse(v1alpha1.ReasonStarting, "pod %s-0 waits for its volume", set.Name)
		}
		return isFalse(v1alpha1.ReasonVolumePending,
			"PersistentVolumeClaim %s is not bound; %s", catalog.ClaimName(in.Tracker, d.Name), cause.Message())
	case cause != nil:
		cause.Reason = v1alpha1.ReasonDependencyDown
		return isFalse(v1alpha1.ReasonDependencyDown, "%s", sticky(in, d.Condition.Type, *cause))
	case never:
		return isFalse(v1alpha1.ReasonStarting, "pod %s-0 is not ready", set.Name)
	}
	return isFalse(v1alpha1.ReasonDependencyDown, "pod %s-0 is not ready", set.Name)
}

// aboutVolume reports whether the scheduler's message is about a volume: a claim waits
// for its pod as well, where that can't be scheduled for another reason.
func aboutVolume(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "volume") || strings.Contains(message, "storageclass")
}

// volumePatience is how long a new pod may wait for a new volume before that is
// reported as a problem.
const volumePatience = 30 * time.Second

func young(pods []corev1.Pod, now metav1.Time) bool {
	return !slices.ContainsFunc(pods, func(pod corev1.Pod) bool { return now.Sub(pod.CreationTimestamp.Time) > volumePatience })
}
