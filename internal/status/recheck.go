// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// createRecheck is when to see whether a pod still can't be created for the same reason: trying in vain changes no object.
const createRecheck = 30 * time.Second

// RecheckAfter returns when the status changes although nothing else does: a failure of an
// autoscaler, of a Service or of the pod of a journey has lasted long enough to be reported, maintenance ends, a pod can't be
// created for another reason, or a ConfigMap of others, which are not watched, may have been changed; 0 when it does not.
func RecheckAfter(t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, now time.Time) time.Duration {
	after := maintenanceLeft(t, now)
	if s == nil {
		return after
	}
	sooner := func(left time.Duration) {
		if left > 0 {
			after = min(cmp.Or(after, left), left)
		}
	}
	for c, hpa := range s.Autoscalers {
		if failure := scalingFailure(hpa); failure != nil {
			sooner(failingSince(s, c, failure).Add(autoscalerPatience).Sub(now))
		}
	}
	if len(s.CreateFailures) > 0 {
		sooner(createRecheck)
	}
	for _, journey := range s.Journeys {
		if pod := journey.Current; pod != nil && pod.Status.Phase == corev1.PodPending {
			sooner(pod.CreationTimestamp.Add(attendance).Sub(now))
		}
	}
	for c := range s.EndpointSlices {
		sooner(unreachedFor(s, c, now))
	}
	if due := s.Telemetry.Due; !due.IsZero() {
		sooner(max(due.Sub(now), time.Second)) // It may be due by now.
	}
	return after
}
