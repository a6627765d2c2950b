// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/pem"
	"net/http/httptest"
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
)

// traceWithConfigMap has a tracker send traces, with a certificate of ConfigMap company-ca.
func traceWithConfigMap(tracker *v1alpha1.InterviewTracker) {
	trace(tracker)
	tracker.Spec.Telemetry.CACertificate = &v1alpha1.CertificateSource{
		ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "company-ca", Key: "ca.crt"},
	}
}

// certificate is one in PEM.
func certificate() string {
	served := httptest.NewTLSServer(nil)
	defer served.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw}))
}

// A ConfigMap of others is not watched: one that is missing or wrong is looked for once a minute, and
// one that is right once an hour. A tracker is reconciled then.
func TestConfigMapOfTelemetryIsReadWhenItIsDue(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	o := start(t)
	clock := o.frozenClock()
	createSecret(t, ns, "hiring-otlp", "url", "api-key=a")
	tracker := create(t, ns, traceWithConfigMap)
	o.ready(t, tracker)
	o.settle(t, tracker)
	expect := func(what, want string, due time.Duration, read bool) {
		t.Helper()
		for range 5 {
			if wait := o.once(t, tracker).RequeueAfter; wait <= 0 || wait > due {
				t.Errorf("%s: it is looked at again after %s", what, wait)
			}
		}
		// By a clock that jumps, a cache would be an hour late: it holds all that was written before.
		o.settle(t, tracker)
		got := notWatches(o.requests.take())
		reads := slices.ContainsFunc(got, func(r request) bool { return strings.Contains(r.path, "/configmaps/company-ca") })
		if reads != read || read && len(got) > 3 {
			t.Errorf("%s: it was read: %t, want %t:\n%v", what, reads, read, got)
		}
		if got := condition(tracker, v1alpha1.ConditionTelemetryReady); got != want {
			t.Errorf("%s: it is %s", what, got)
		}
	}
	o.requests.take()
	expect("it does not exist", "False ConfigMapNotFound", time.Minute, false)
	ca := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "company-ca"}, Data: map[string]string{"ca.crt": "no certificate"}}
	must(t, k8s.Create(t.Context(), ca))
	clock.SetTime(clock.Now().Add(time.Minute))
	expect("it is wrong", "False InvalidCertificate", time.Minute, true)
	ca.Data["ca.crt"] = certificate()
	must(t, k8s.Update(t.Context(), ca))
	clock.SetTime(clock.Now().Add(time.Minute))
	expect("it is right", "True Configured", time.Hour, true)
	must(t, k8s.Delete(t.Context(), ca))
	clock.SetTime(clock.Now().Add(time.Hour - time.Second))
	expect("it is gone, within an hour", "True Configured", time.Second, false)
	clock.SetTime(clock.Now().Add(time.Second))
	expect("it is gone, after an hour", "False ConfigMapNotFound", time.Minute, true)
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
