// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// createRecheck is when to see whether a pod still can't be created, and why: trying in vain changes no object.
const createRecheck = 30 * time.Second

// RecheckAfter returns when the next status changes although nothing else does: a failure of an
// autoscaler, of a Service or of the pod of a journey has lasted long enough to be reported, maintenance ends, a pod may
// fail to be created for another reason, new pod templates have yet to prove good, or are compared again, a ConfigMap of
// others, which are not watched, may have been changed, no controller has taken a way in for too long, or a certificate
// becomes valid or expires; 0 when it does not.
func RecheckAfter(
	t *v1alpha1.InterviewTracker, next v1alpha1.InterviewTrackerStatus, s *snapshot.Snapshot, rollout Rollout, now time.Time,
) time.Duration {
	after := maintenanceLeft(t, now)
	if s == nil {
		return after
	}
	sooner := func(left time.Duration) {
		if left > 0 {
			after = min(cmp.Or(after, left), left)
		}
	}
	sooner(rollout.recheck(t))
	for _, hpa := range s.Autoscalers {
		if failure := scalingFailure(hpa); failure != nil {
			sooner(failure.LastTransitionTime.Add(autoscalerPatience).Sub(now))
		}
	}
	for _, journey := range s.Journeys {
		if pod := journey.Current; pod != nil && pod.Status.Phase == corev1.PodPending {
			sooner(pod.CreationTimestamp.Add(attendance).Sub(now))
		}
	}
	for _, failure := range s.CreateFailures {
		if failure != "" {
			sooner(createRecheck)
		}
	}
	for c := range s.EndpointSlices {
		sooner(unreachedFor(s, c, now))
	}
	for _, due := range []time.Time{s.Telemetry.Due, s.Routes.Due, ptr.Deref(s.Comparison, snapshot.Comparison{}).Due} {
		if !due.IsZero() {
			sooner(max(due.Sub(now), time.Second)) // It may be due by now.
		}
	}
	for _, change := range routeChanges(next, s.Routes) {
		sooner(change.Sub(now))
	}
	return after
}
