// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// traceWithConfigMap has a tracker send traces, with a certificate of ConfigMap company-ca.
func traceWithConfigMap(tracker *v1alpha1.InterviewTracker) {
	trace(tracker)
	tracker.Spec.Telemetry.CACertificate = &v1alpha1.CertificateSource{
		ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "company-ca", Key: "ca.crt"},
	}
}

// A ConfigMap of others is not watched: it is read once a minute, and a tracker that lacks it is
// looked at again after one.
func TestConfigMapOfTelemetryIsReadOnceAMinute(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	o := start(t)
	clock := o.frozenClock()
	createSecret(t, ns, "hiring-otlp", "url", "api-key=a")
	tracker := create(t, ns, traceWithConfigMap)
	o.ready(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionTelemetryReady); got != "False ConfigMapNotFound" {
		t.Fatalf("without the ConfigMap it is %s", got)
	}
	expect := func(what string, read bool) {
		t.Helper()
		for range 5 {
			o.once(t, tracker)
		}
		got := notWatches(o.requests.take())
		reads := slices.ContainsFunc(got, func(r request) bool { return strings.Contains(r.path, "/configmaps/company-ca") })
		if reads != read || read && len(got) > 3 {
			t.Errorf("%s: it was read: %t, want %t:\n%v", what, reads, read, got)
		}
	}
	o.requests.take()
	if wait := o.once(t, tracker).RequeueAfter; wait <= 0 || wait > snapshot.ConfigMapAge {
		t.Errorf("it is looked at again after %s", wait)
	}
	expect("it was just read", false)
	ca := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "company-ca"}, Data: map[string]string{"ca.crt": "no certificate"}}
	must(t, k8s.Create(t.Context(), ca))
	clock.SetTime(clock.Now().Add(snapshot.ConfigMapAge + time.Second))
	expect("a minute has passed", true)
	refresh(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionTelemetryReady); got != "False InvalidCertificate" {
		t.Errorf("with the ConfigMap it is %s", got)
	}
}

// The API server keeps the pods of a tracker with telemetry as they are applied: nothing is written again.
func TestUnchangedTelemetryCostsNoRequest(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	o := start(t)
	createSecret(t, ns, "hiring-otlp", "url", "api-key=a")
	createSecret(t, ns, "hiring-ca", "url", "x")
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		trace(tracker)
		tracker.Spec.Telemetry.ResourceAttributes = map[string]v1alpha1.AttributeValue{"team": "hiring, all"}
		tracker.Spec.Telemetry.InjectAnnotations = map[string]v1alpha1.InjectValue{"python": "true"}
	})
	o.ready(t, tracker)
	o.requests.take()
	for range 10 {
		o.once(t, tracker)
	}
	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("ten reconciles of an unchanged tracker cost %d requests:\n%v", len(got), got)
	}
}

// Without spec.telemetry a tracker's pods are as they were before it had any.
func TestTelemetryIsRemoved(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	o := start(t)
	tracker := create(t, ns, nil)
	o.ready(t, tracker)
	before := fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Template
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		trace(tracker)
		s.Telemetry = tracker.Spec.Telemetry
		s.Telemetry.InjectAnnotations = map[string]v1alpha1.InjectValue{"python": "true"}
	})
	o.until(t, tracker, "telemetry is not applied", func() bool {
		return len(fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Template.Spec.Volumes) > len(before.Spec.Volumes)
	})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Telemetry = nil })
	o.until(t, tracker, "telemetry is not removed", func() bool {
		return len(fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Template.Spec.Volumes) == len(before.Spec.Volumes)
	})
	o.until(t, tracker, "the condition stays", func() bool { return condition(tracker, v1alpha1.ConditionTelemetryReady) == "absent" })
	after := fetch(t, tracker, "hiring-frontend", &appsv1.Deployment{}).Spec.Template
	if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}
