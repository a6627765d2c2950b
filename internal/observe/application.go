// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Application knows what the API's pods say. It is told which pods to ask, and how,
// at every pass: *health.Poller.
type Application interface {
	Observe(tracker types.NamespacedName, target health.PollTarget) snapshot.Application
}

// readApplication has the API's pods asked, and reads what they have said so far.
func (o *Observer) readApplication(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	h := t.Spec.GetHealth()
	s.Application = o.Application.Observe(client.ObjectKeyFromObject(t), health.PollTarget{
		Interval:         h.Interval.Duration,
		Timeout:          h.Timeout.Duration,
		FailureThreshold: int(h.FailureThreshold),
		SuccessThreshold: int(h.SuccessThreshold),
		Pods:             pods(t, s),
		DependencyState:  kubeletView(s),
	})
}

// pods are the API's pods that run and have an address, ready or not: those of an
// earlier template serve as well.
func pods(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) []health.Pod {
	var asked []health.Pod
	current := s.CurrentPods(v1alpha1.ComponentAPI)
	for i := range s.Pods[v1alpha1.ComponentAPI] {
		pod := &s.Pods[v1alpha1.ComponentAPI][i]
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil || pod.Status.PodIP == "" {
			continue
		}
		isCurrent := slices.ContainsFunc(current, func(c corev1.Pod) bool { return c.UID == pod.UID })
		asked = append(asked, health.Pod{
			UID:        pod.UID,
			Namespace:  pod.Namespace,
			Name:       pod.Name,
			Address:    pod.Status.PodIP,
			Port:       port(t, pod),
			Ready:      snapshot.PodReady(pod),
			Migrations: isCurrent && t.Spec.Migrations == nil,
		})
	}
	return asked
}

// port is where a pod of the API listens: one of an earlier template may listen
// elsewhere than the spec says now.
func port(t *v1alpha1.InterviewTracker, pod *corev1.Pod) int32 {
	for _, container := range pod.Spec.Containers {
		if container.Name == string(v1alpha1.ComponentAPI) && len(container.Ports) > 0 {
			return container.Ports[0].ContainerPort
		}
	}
	return t.Spec.GetPort(v1alpha1.ComponentAPI)
}

// kubeletView stands for whether the managed dependencies' pods are ready. When it
// changes, what the application said before is yesterday's.
func kubeletView(s *snapshot.Snapshot) string {
	var view strings.Builder
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
		for i := range s.Pods[c] {
			if snapshot.PodReady(&s.Pods[c][i]) {
				fmt.Fprintf(&view, "%s ", s.Pods[c][i].UID)
			}
		}
	}
	return view.String()
}
