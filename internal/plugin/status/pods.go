// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// pods are those of a part, those that are not ready first.
func pods(f facts, part v1alpha1.Component) []Pod {
	var all []Pod
	for i := range f.pods {
		pod := &f.pods[i]
		if pod.Labels[v1alpha1.LabelComponent] != string(part) || pod.Status.Phase == corev1.PodSucceeded {
			continue
		}
		shown := Pod{Name: pod.Name, Ready: snapshot.PodReady(pod), Created: pod.CreationTimestamp, Why: why(pod)}
		for _, container := range pod.Status.ContainerStatuses {
			shown.Restarts += container.RestartCount
		}
		all = append(all, shown)
	}
	slices.SortFunc(all, func(a, b Pod) int {
		if a.Ready != b.Ready {
			if b.Ready {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return all
}

// why is what keeps a pod from being ready, in the cluster's own words: the operator's are in
// the conditions. What containers print is not shown here.
func why(pod *corev1.Pod) string {
	if snapshot.PodReady(pod) {
		return ""
	}
	if pod.DeletionTimestamp != nil {
		return "is being deleted"
	}
	if pod.Status.Reason != "" {
		return pod.Status.Reason
	}
	if c := snapshot.PodCondition(pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionFalse {
		return strings.TrimSuffix(fmt.Sprintf("%s: %s", c.Reason, c.Message), ": ")
	}
	for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if text := containerWhy(container); text != "" {
			return text
		}
	}
	for _, gate := range pod.Spec.ReadinessGates {
		if c := snapshot.PodCondition(pod, gate.ConditionType); c == nil || c.Status != corev1.ConditionTrue {
			return "waits for its readiness gate " + string(gate.ConditionType)
		}
	}
	return cmp.Or(string(pod.Status.Phase), "not started")
}

func containerWhy(c corev1.ContainerStatus) string {
	last := c.LastTerminationState.Terminated
	switch {
	case c.State.Waiting != nil && last != nil:
		return fmt.Sprintf("%s, last exit code %d (%s)", c.State.Waiting.Reason, last.ExitCode, last.Reason)
	case c.State.Waiting != nil:
		return c.State.Waiting.Reason
	case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
		return fmt.Sprintf("exited with code %d (%s)", c.State.Terminated.ExitCode, c.State.Terminated.Reason)
	case c.State.Running != nil && !c.Ready:
		return "runs, and its probe does not succeed"
	}
	return ""
}
