// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package open

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// choose returns a pod that is ready and stays, or nil: the newest one, as a rollout ends the
// others.
func choose(pods []corev1.Pod) *corev1.Pod {
	usable := slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool { return !snapshot.PodReady(&p) })
	if len(usable) == 0 {
		return nil
	}
	newest := slices.MaxFunc(usable, func(a, b corev1.Pod) int {
		if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return &newest
}

// isThere reports whether a pod is still among the pods, and stays.
func isThere(pods []corev1.Pod, pod *corev1.Pod) bool {
	return slices.ContainsFunc(pods, func(p corev1.Pod) bool {
		ended := p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded
		return p.UID == pod.UID && p.DeletionTimestamp == nil && !ended
	})
}

// portOf returns the port that a pod serves users at, 0 if it has none.
func portOf(pod *corev1.Pod) int32 {
	for i := range pod.Spec.Containers {
		for _, port := range pod.Spec.Containers[i].Ports {
			if port.Name == portName {
				return port.ContainerPort
			}
		}
	}
	return 0
}

// browser is the command that opens an address in the browser of an operating system; nil where
// there is no desktop.
func browser(system, address string, environment func(string) string) []string {
	switch system {
	case "darwin":
		return []string{"open", address}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	if environment("DISPLAY") == "" && environment("WAYLAND_DISPLAY") == "" {
		return nil
	}
	return []string{"xdg-open", address}
}
