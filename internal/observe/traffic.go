// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// readTraffic reads where a component's Service leads, and its autoscaler.
func (o *Observer) readTraffic(ctx context.Context, t *v1alpha1.InterviewTracker, c v1alpha1.Component, s *snapshot.Snapshot) error {
	var found discoveryv1.EndpointSliceList
	if err := o.list(ctx, t, c, &found); err != nil {
		return err
	}
	for i := range found.Items {
		controller := metav1.GetControllerOfNoCopy(&found.Items[i])
		if controller != nil && controller.Kind == "Service" && controller.Name == t.ChildName(c) {
			s.EndpointSlices[c] = append(s.EndpointSlices[c], found.Items[i])
		}
	}
	autoscaler := &autoscalingv2.HorizontalPodAutoscaler{}
	exists, err := o.get(ctx, t, t.ChildName(c), autoscaler)
	if exists && ownership.Of(t, "HorizontalPodAutoscaler", autoscaler) == ownership.Controlled {
		s.Autoscalers[c] = autoscaler
	}
	return err
}
