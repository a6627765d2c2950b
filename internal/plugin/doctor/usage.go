// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// usageMargin is the part of its limit from which on what a container uses is a warning, in percent.
const usageMargin = 90

// usage is the check of what containers use, against their requests and limits.
func usage(t *Tracker) findings {
	var found findings
	switch {
	case t.Usage.Unread != "":
		found.notChecked("", t.Usage.Unread)
		return found
	case t.Pods.Unread != "":
		found.notChecked("", t.Pods.Unread)
		return found
	}
	measured := 0
	for i := range t.Pods.Value {
		pod := &t.Pods.Value[i]
		for j := range pod.Spec.Containers {
			c := &pod.Spec.Containers[j]
			used, known := t.Usage.Value[ContainerKey{pod.Name, c.Name}]
			if !known {
				continue
			}
			measured++
			compared(&found, pod, c, used)
		}
	}
	switch {
	case len(found) > 0:
	case measured == 0:
		found.notChecked("", "metrics-server has no metrics of the tracker's containers yet")
	default:
		found.pass("%s under %d%% of their limits, and within their memory requests", plugin.Count(measured, "container"), usageMargin)
	}
	return found
}

// compared compares what one container uses with its limits and its memory request.
func compared(found *findings, pod *corev1.Pod, c *corev1.Container, used corev1.ResourceList) {
	field := "spec." + fieldOf(pod.Labels[v1alpha1.LabelComponent]) + ".resources"
	consequence := map[corev1.ResourceName]string{
		corev1.ResourceMemory: "above it, it is killed",
		corev1.ResourceCPU:    "it is slowed down",
	}
	over := false
	for _, name := range []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceCPU} {
		limit, limited := c.Resources.Limits[name]
		if percent := percentOf(used[name], limit); limited && percent >= usageMargin {
			over = true
			found.warn(fmt.Sprintf("raise %s.limits.%s, or find out what needs it", field, name), "pod %s, container %s uses %s of its %s limit %s (%d%%): %s",
				pod.Name, c.Name, amount(name, used[name]), name, limit.String(), percent, consequence[name])
		}
	}
	request := c.Resources.Requests[corev1.ResourceMemory]
	if percent := percentOf(used[corev1.ResourceMemory], request); !over && !request.IsZero() && percent > 100 {
		found.warn(fmt.Sprintf("raise %s.requests.memory to what it uses", field),
			"pod %s, container %s uses %s of memory, more than its request %s: it is evicted first when its node runs short",
			pod.Name, c.Name, amount(corev1.ResourceMemory, used[corev1.ResourceMemory]), request.String())
	}
}

// percentOf is a quantity in percent of another one; 0 of nothing.
func percentOf(used, of resource.Quantity) int64 {
	if of.MilliValue() == 0 {
		return 0
	}
	return int64(100 * used.AsApproximateFloat64() / of.AsApproximateFloat64())
}

// amount is a quantity as people write it.
func amount(name corev1.ResourceName, q resource.Quantity) string {
	if name == corev1.ResourceMemory {
		return fmt.Sprintf("%dMi", q.Value()>>20)
	}
	return fmt.Sprintf("%dm", q.MilliValue())
}
