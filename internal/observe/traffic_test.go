// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Only slices that the component's own Service controls say where it leads, and only an
// autoscaler that the tracker controls how it scales.
func TestReadTraffic(t *testing.T) {
	component := func(m *metav1.ObjectMeta) { m.Labels[v1alpha1.LabelComponent] = "api" }
	of := func(kind, name string) func(*metav1.ObjectMeta) {
		return func(m *metav1.ObjectMeta) {
			m.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: kind, Name: name, UID: "1", Controller: new(true)}}
		}
	}
	cached := newReader(
		&discoveryv1.EndpointSlice{ObjectMeta: meta("a", component, of("Service", "hiring-api"))},
		&discoveryv1.EndpointSlice{ObjectMeta: meta("b", component, of("Service", "other"))},
		&discoveryv1.EndpointSlice{ObjectMeta: meta("c", component, of("Mesh", "hiring-api"))},
		&discoveryv1.EndpointSlice{ObjectMeta: meta("d", component, func(m *metav1.ObjectMeta) { m.OwnerReferences = nil })},
		&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta("hiring-api")},
		&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: meta("hiring-frontend", controlledBy("another"))},
	)
	o, s := &Observer{Cached: cached}, newSnapshot()
	s.EndpointSlices, s.Autoscalers = map[v1alpha1.Component][]discoveryv1.EndpointSlice{}, map[v1alpha1.Component]*autoscalingv2.HorizontalPodAutoscaler{}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		if err := o.readTraffic(t.Context(), newTracker(), c, s); err != nil {
			t.Fatal(err)
		}
	}
	if found := s.EndpointSlices[v1alpha1.ComponentAPI]; len(found) != 1 || found[0].Name != "a" {
		t.Errorf("the slices are %v", found)
	}
	if s.Autoscalers[v1alpha1.ComponentAPI] == nil || s.Autoscalers[v1alpha1.ComponentFrontend] != nil {
		t.Errorf("the autoscalers are %v", s.Autoscalers)
	}
	if err := (&Observer{Cached: broken()}).readTraffic(t.Context(), newTracker(), v1alpha1.ComponentAPI, s); err == nil {
		t.Error("no error")
	}
}
