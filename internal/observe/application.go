// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Application polls the API's pods: *health.Poller. Each Observe sets which pods are
// polled, and how.
type Application interface {
	Observe(tracker types.NamespacedName, target health.PollTarget) snapshot.Application
}

// readApplication sets which of the API's pods are polled, and reads what they have
// reported so far.
func (o *Observer) readApplication(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
	h := t.Spec.GetHealth()
	s.Application = o.Application.Observe(client.ObjectKeyFromObject(t), health.PollTarget{
		Interval:         h.Interval.Duration,
		Timeout:          h.Timeout.Duration,
		FailureThreshold: int(h.FailureThreshold),
		SuccessThreshold: int(h.SuccessThreshold),
		Pods:             pods(t, s, o.Catalog.Primary()),
		DependencyState:  kubeletView(s, o.Catalog),
	})
}

// pods are the primary component's pods that run and have an address, ready or not, and
// of an earlier template or not.
func pods(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, primary catalog.Component) []health.Pod {
	var polled []health.Pod
	current := s.CurrentNames(primary.Name)
	for i := range s.Pods[primary.Name] {
		pod := &s.Pods[primary.Name][i]
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil || pod.Status.PodIP == "" {
			continue
		}
		polled = append(polled, health.Pod{
			UID:        pod.UID,
			Namespace:  pod.Namespace,
			Name:       pod.Name,
			Address:    pod.Status.PodIP,
			Port:       port(t, pod, primary),
			Ready:      snapshot.PodReady(pod),
			Migrations: current.Has(pod.Name) && t.Spec.Migrations == nil,
		})
	}
	return polled
}

// port is where a pod of the API listens: one of an earlier template may listen
// on another port than that of the spec.
func port(t *v1alpha1.InterviewTracker, pod *corev1.Pod, primary catalog.Component) int32 {
	for _, container := range pod.Spec.Containers {
		if container.Name == string(primary.Name) && len(container.Ports) > 0 {
			return container.Ports[0].ContainerPort
		}
	}
	return primary.Port(&t.Spec)
}

// kubeletView identifies which pods of the managed dependencies are ready. When it
// changes, what the application reported before may no longer hold.
func kubeletView(s *snapshot.Snapshot, parts catalog.Catalog) string {
	var view strings.Builder
	for _, d := range parts.Dependencies {
		pods := s.Pods[d.Name]
		for i := range pods {
			if snapshot.PodReady(&pods[i]) {
				fmt.Fprintf(&view, "%s ", pods[i].UID)
			}
		}
	}
	return view.String()
}
