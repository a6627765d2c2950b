// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// What is denied leads to the frontend's pods, so that no proxy drops it, at a port that they don't listen on. What lists
// the frontend's objects, such as its EndpointSlices, and what scrapes it, does not find that Service.
func TestDeniedLeadsToClosedPort(t *testing.T) {
	output := build(t, newTracker(func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Ingress = &v1alpha1.IngressSpec{Host: "hiring.example.com"}
	}), nothing())
	denied, frontend := find[*corev1.Service](t, output, "hiring-denied"), find[*corev1.Service](t, output, "hiring-frontend")
	if !maps.Equal(denied.Spec.Selector, frontend.Spec.Selector) {
		t.Errorf("it selects %v", denied.Spec.Selector)
	}
	if got := denied.Spec.Ports[0].TargetPort.IntValue(); got != 1 {
		t.Errorf("it leads to port %d", got)
	}
	if got := denied.Labels[v1alpha1.LabelComponent]; got != "denied" {
		t.Errorf("it is an object of %q", got)
	}
	if got, ok := denied.Labels[v1alpha1.LabelScrape]; ok {
		t.Errorf("it is scraped as %q", got)
	}
	if denied.Labels[v1alpha1.LabelTracker] != "hiring" {
		t.Errorf("its labels are %v", denied.Labels)
	}
}

// Only the entry is reached through the tracker's way in: whatever else is probed at that host, such as behind an Ingress
// of somebody's own, answers at its own paths.
func TestProbesThroughTheWayIn(t *testing.T) {
	output := build(t, newTracker(func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Ingress = &v1alpha1.IngressSpec{Host: "hiring.example.com"}
		tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{
			ProberAddress: "blackbox-exporter.monitoring:9115", APIURL: "https://hiring.example.com:8443",
		}}
	}), nothing())
	for name, want := range map[string][]string{
		"hiring-api":      {"https://hiring.example.com:8443/health", "https://hiring.example.com:8443/health/ready"},
		"hiring-frontend": {"http://hiring.example.com/", "http://hiring.example.com/sw.js"},
	} {
		if diff := gocmp.Diff(want, find[*monitoringv1.Probe](t, output, name).Spec.Targets.StaticConfig.Targets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
