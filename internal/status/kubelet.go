// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
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
	conditionType, pods, claim := d.Condition.Type, in.Snapshot.Pods[d.Name], in.Snapshot.Claims[d.Name]
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(conditionType, v1alpha1.ReasonHealthy, fmt.Sprintf("pod %s is ready", pods[i].Name))
		}
	}
	if failure := in.Snapshot.CreateFailures[d.Name]; failure != "" {
		return isFalse(conditionType, createReason(failure), fmt.Sprintf("StatefulSet %s can't create a pod: %s", set.Name, createDetail(failure)))
	}
	cause := mostSevere(pods, in)
	if cause != nil && cause.Reason == v1alpha1.ReasonUnschedulable && claimPending(claim) && aboutVolume(cause.Detail) {
		if neverHealthy(in.Tracker, conditionType) && young(pods, in.Now) {
			// A volume that is being provisioned looks like this for a moment.
			return isFalse(conditionType, v1alpha1.ReasonStarting, fmt.Sprintf("pod %s-0 waits for its volume", set.Name))
		}
		return isFalse(conditionType, v1alpha1.ReasonVolumePending,
			fmt.Sprintf("PersistentVolumeClaim %s is not bound; %s", catalog.ClaimName(in.Tracker, d.Name), cause.Message()))
	}
	if cause != nil {
		cause.Reason = v1alpha1.ReasonDependencyDown
		return isFalse(conditionType, v1alpha1.ReasonDependencyDown, sticky(in, conditionType, *cause))
	}
	reason := v1alpha1.ReasonDependencyDown
	if neverHealthy(in.Tracker, conditionType) {
		reason = v1alpha1.ReasonStarting
	}
	return isFalse(conditionType, reason, fmt.Sprintf("pod %s-0 is not ready", set.Name))
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
	for i := range pods {
		if now.Sub(pods[i].CreationTimestamp.Time) > volumePatience {
			return false
		}
	}
	return true
}

func claimPending(c *corev1.PersistentVolumeClaim) bool {
	return c != nil && c.Status.Phase == corev1.ClaimPending
}
