// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// route makes the endpoints of the API's Service as the cluster does: its pod, at a port.
func route(t *testing.T, tracker *v1alpha1.InterviewTracker, port int32) {
	t.Helper()
	service := fetch(t, tracker, "hiring-api", &corev1.Service{})
	pod := fetch(t, tracker, "hiring-api-current-a", &corev1.Pod{})
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, Name: "hiring-api-x", Labels: service.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(service, corev1.SchemeGroupVersion.WithKind("Service"))},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	if exists(t, tracker, slice.Name, &discoveryv1.EndpointSlice{}) {
		refresh(t, slice)
	}
	slice.Ports = []discoveryv1.EndpointPort{{Name: new("http"), Port: &port, Protocol: new(corev1.ProtocolTCP)}}
	slice.Endpoints = []discoveryv1.Endpoint{{
		Addresses: []string{pod.Status.PodIP}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)},
		TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
	}}
	if slice.UID == "" {
		must(t, k8s.Create(t.Context(), slice))
	} else {
		must(t, k8s.Update(t.Context(), slice))
	}
}

// The case sidecar-port: a Service that leads to another container's port is named in Ready,
// and one that leads to the API's own is not, at no request.
func TestCaseSidecarPort(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	route(t, tracker, 8000)
	o.quiet(t, tracker)
	o.events()

	route(t, tracker, 15000)
	o.until(t, tracker, "the tracker stays Ready", func() bool { return condition(tracker, "Ready") == "False ServiceMisrouted" })
	if got := message(tracker, "Ready"); !strings.HasPrefix(got, "Service hiring-api leads to port 15000 of the pods, and container api listens on port 8000") {
		t.Errorf("Ready says %s", got)
	}
	if got := condition(tracker, "APIAvailable"); got != "False ServiceMisrouted" {
		t.Errorf("APIAvailable is %s", got)
	}
	o.quiet(t, tracker)
	if events := o.events(); warnings(events, "APIUnavailable") != 1 {
		t.Errorf("the events are %q", events)
	}

	route(t, tracker, 8000)
	o.until(t, tracker, "the tracker does not become Ready again", func() bool { return condition(tracker, "Ready") == "True Ready" })
}

// An autoscaler that can't scale is reported, and the tracker stays Ready.
func TestAutoscalerThatCannotScale(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	})
	o.ready(t, tracker)
	if got := condition(tracker, "AutoscalingReady"); got != "Unknown Progressing" {
		t.Errorf("AutoscalingReady is %s", got)
	}
	set := func(status corev1.ConditionStatus, reason, message string, since time.Duration) {
		hpa := fetch(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{})
		hpa.Status.Conditions = []autoscalingv2.HorizontalPodAutoscalerCondition{{
			Type: autoscalingv2.ScalingActive, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(time.Now().Add(-since)),
		}}
		must(t, k8s.Status().Update(t.Context(), hpa))
	}
	set(corev1.ConditionTrue, "ValidMetricFound", "", 0)
	o.until(t, tracker, "it is not found to scale", func() bool { return condition(tracker, "AutoscalingReady") == "True ScalingActive" })
	o.settle(t, tracker)
	o.events()

	set(corev1.ConditionFalse, "FailedGetResourceMetric", "unable to get metrics", 0)
	o.until(t, tracker, "it is not looked at again", func() bool {
		after := o.once(t, tracker).RequeueAfter
		return after > 0 && after <= 3*time.Minute
	})
	if got := condition(tracker, "AutoscalingReady"); got != "True ScalingActive" {
		t.Errorf("at once, AutoscalingReady is %s", got)
	}
	set(corev1.ConditionFalse, "FailedGetResourceMetric", "missing request for cpu in container api of Pod hiring-api-current-a", time.Hour)
	o.until(t, tracker, "it is not reported", func() bool { return condition(tracker, "AutoscalingReady") == "False RequestMissing" })
	if got := condition(tracker, "Ready"); got != "True Ready" || !strings.Contains(message(tracker, "Ready"), "HorizontalPodAutoscaler hiring-api can't scale") {
		t.Errorf("Ready is %s: %s", got, message(tracker, "Ready"))
	}
	o.quiet(t, tracker)
	if events := o.events(); warnings(events, "AutoscalingNotReady") != 1 {
		t.Errorf("the events are %q", events)
	}
}

// A URL that ends with a line break is named as that.
func TestURLWithALineBreak(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "own"}, StringData: map[string]string{"url": "postgres://u:p@db/n\n"}}))
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "own"}, Key: "url",
		}}}
	})
	o.until(t, tracker, "the line break is not named", func() bool { return condition(tracker, "Ready") == "False InvalidURL" })
	if got := message(tracker, "Ready"); !strings.HasPrefix(got, `Secret "own", key "url": the URL ends with a line break`) {
		t.Errorf("Ready says %s", got)
	}
	if !exists(t, tracker, "hiring-api", &corev1.Service{}) {
		t.Error("it keeps the tracker from being applied")
	}
}
