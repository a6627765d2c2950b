// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// leads is a slice of endpoints that leads to ports of pods, by their UIDs.
func leads(ports []int32, pods ...types.UID) discoveryv1.EndpointSlice {
	var s discoveryv1.EndpointSlice
	for _, port := range ports {
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Port: &port})
	}
	for _, uid := range pods {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{UID: uid}})
	}
	return s
}

// A component is available only if its Service leads to its own port of its ready pods.
func TestServiceReachable(t *testing.T) {
	own, sidecar := []int32{8000}, []int32{15000}
	nothing := leads(nil)
	const (
		available = "Available"
		misrouted = "ServiceMisrouted"
	)
	young := func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
		s.Pods[v1alpha1.ComponentAPI][0].Status.Conditions[0].LastTransitionTime = metav1.NewTime(t1.Add(-5 * time.Second))
	}
	container := func(s *snapshot.Snapshot) *corev1.Container {
		return &s.Deployments[v1alpha1.ComponentAPI].Spec.Template.Spec.Containers[1]
	}
	type change = func(*v1alpha1.InterviewTracker, *snapshot.Snapshot)
	tests := map[string]struct {
		slices  []discoveryv1.EndpointSlice
		change  change
		reason  string
		message string
	}{
		"no slices":                           {nil, nil, available, ""},
		"its own port":                        {[]discoveryv1.EndpointSlice{leads(own, "a")}, nil, available, ""},
		"its own port, and one of another":    {[]discoveryv1.EndpointSlice{leads([]int32{9, 8000}, "a")}, nil, available, ""},
		"two families, one without endpoints": {[]discoveryv1.EndpointSlice{nothing, leads(own, "a")}, nil, available, ""},
		"an old pod elsewhere":                {[]discoveryv1.EndpointSlice{leads(sidecar, "old"), leads(own, "a")}, nil, available, ""},
		"sidecar-port": {
			[]discoveryv1.EndpointSlice{leads(sidecar, "a")},
			nil, misrouted,
			"Service hiring-api leads to port 15000 of the pods, and container api listens on port 8000: another container may have a port of the same name; look at spec.patches and at what else changes pods",
		},
		"a sidecar in one of two pods": {[]discoveryv1.EndpointSlice{leads(own, "a"), leads(sidecar, "b")}, func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			second := pod("hiring-api-new-b", "new", isReadyPod)
			second.UID = "b"
			s.Pods[v1alpha1.ComponentAPI] = append(s.Pods[v1alpha1.ComponentAPI], second)
		}, misrouted, "leads to port 15000"},
		"a sidecar, at once": {[]discoveryv1.EndpointSlice{leads(sidecar, "a")}, young, misrouted, "leads to port 15000"},
		"a patched port": {[]discoveryv1.EndpointSlice{leads([]int32{9000}, "a")}, func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			c := container(s)
			c.Ports[0].ContainerPort = 9000
			c.Env = []corev1.EnvVar{{Name: "PORT", Value: "8000"}}
			c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8000)}}}
		}, misrouted, "leads to port 9000 of the pods, and container api listens on port 8000"},
		"no declared port": {[]discoveryv1.EndpointSlice{leads(sidecar, "a")}, func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			container(s).Ports = nil
		}, misrouted, "leads to port 15000 of the pods, and container api listens on port 8000"},
		"an image with a port of its own": {[]discoveryv1.EndpointSlice{leads([]int32{80}, "a")}, func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			c := container(s)
			c.Ports[0].ContainerPort = 80
			c.Env = []corev1.EnvVar{{Name: "PORT", Value: "8000"}}
			c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(80)}}}
		}, available, ""},
		"a port without the name": {[]discoveryv1.EndpointSlice{leads(nil, "a")}, nil, misrouted, "leads to no port: no container of the pods has a port of the name"},
		"a selector that matches nothing": {
			[]discoveryv1.EndpointSlice{nothing},
			nil, misrouted,
			"Service hiring-api leads to no ready pod, although pods are ready: compare its selector with the labels of the pods (kubectl describe service hiring-api)",
		},
		"a selector that matches others": {[]discoveryv1.EndpointSlice{leads(own, "other")}, nil, misrouted, "leads to no ready pod"},
		"a new pod, just ready":          {[]discoveryv1.EndpointSlice{nothing}, young, v1alpha1.ReasonProgressing, "Service hiring-api does not lead to the ready pods yet"},
		"a pod ready again, in one that was available": {[]discoveryv1.EndpointSlice{nothing}, func(tr *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			young(tr, s)
			tr.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionAPIAvailable, Status: metav1.ConditionTrue, Reason: available}}
		}, available, ""},
		"no pods, as it is stopped": {[]discoveryv1.EndpointSlice{nothing}, func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			d := s.Deployments[v1alpha1.ComponentAPI]
			d.Spec.Replicas, d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas = new(int32(0)), 0, 0, 0, 0
			s.Pods[v1alpha1.ComponentAPI] = nil
		}, available, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tr, s := tracker(), working()
			s.Pods[v1alpha1.ComponentAPI][0].UID = "a"
			container(s).Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}}
			s.EndpointSlices = map[v1alpha1.Component][]discoveryv1.EndpointSlice{v1alpha1.ComponentAPI: test.slices}
			if test.change != nil {
				test.change(tr, s)
			}
			in := Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Now: t1}
			got := componentAvailable(in, in.Catalog.Primary())
			if got.Reason != test.reason || !strings.Contains(got.Message, test.message) || (got.Status == metav1.ConditionTrue) != (test.reason == available) {
				t.Errorf("got %v, want %s: %s", got, test.reason, test.message)
			}
		})
	}
}

// The port of the metrics is no port of users.
func TestServiceReachableBesideMetrics(t *testing.T) {
	for name, test := range map[string]struct {
		ports   []int32
		message string
	}{
		"its own port":            {[]int32{3000, 9464}, ""},
		"a sidecar's port":        {[]int32{15000, 9464}, "leads to port 15000 of the pods, and container frontend"},
		"a port without the name": {[]int32{9464}, "leads to no port"},
	} {
		tr, s := tracker(), working()
		s.Pods[v1alpha1.ComponentFrontend][0].UID = "a"
		s.EndpointSlices = map[v1alpha1.Component][]discoveryv1.EndpointSlice{v1alpha1.ComponentFrontend: {leads(test.ports, "a")}}
		in := Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Now: t1}
		got := componentAvailable(in, in.Catalog.Components[1])
		if !strings.Contains(got.Message, test.message) || (got.Status == metav1.ConditionTrue) != (test.message == "") {
			t.Errorf("%s: got %v, want %q", name, got, test.message)
		}
	}
}

// A Service that leads to no pod that has just become ready is looked at again, although
// nothing changes then.
func TestUnreachedServiceIsLookedAtAgain(t *testing.T) {
	s := working()
	ready := &s.Pods[v1alpha1.ComponentAPI][0]
	ready.UID, ready.Status.Conditions[0].LastTransitionTime = "a", metav1.NewTime(t1.Add(-5*time.Second))
	for name, test := range map[string]struct {
		slices []discoveryv1.EndpointSlice
		want   time.Duration
	}{
		"no slices":         {nil, 0},
		"it leads to a pod": {[]discoveryv1.EndpointSlice{leads(nil), leads([]int32{8000}, "a")}, 0},
		"it leads nowhere":  {[]discoveryv1.EndpointSlice{leads(nil)}, 25 * time.Second},
	} {
		s.EndpointSlices = map[v1alpha1.Component][]discoveryv1.EndpointSlice{v1alpha1.ComponentAPI: test.slices}
		if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, s, Rollout{}, t1.Time); got != test.want {
			t.Errorf("%s: again after %s, want %s", name, got, test.want)
		}
	}
	ready.Status.Conditions[0].LastTransitionTime = t0
	if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, s, Rollout{}, t1.Time); got != 0 {
		t.Errorf("reported, and again after %s", got)
	}
}
