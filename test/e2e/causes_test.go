//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Each cause is shown in one line of kubectl get, with the pod and the problem, and
// disappears when it is fixed.
func TestCauses(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	tracker := create(t, ns, "hiring", nil)
	ready(t, tracker)

	little := &v1alpha1.ResourcesSpec{
		Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("8Mi")},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("8Mi")},
	}
	causes := []struct {
		scenario, reason, message string
		change                    func(*v1alpha1.InterviewTrackerSpec)
	}{
		{"unschedulable", "Unschedulable", "can't be scheduled", api(&v1alpha1.ComponentSpec{
			NodeSelector: map[string]v1alpha1.LabelValue{"example.com/no": "such-node"},
		})},
		{"configmap-missing", "ConfigError", `configmap "missing" not found`, api(&v1alpha1.ComponentSpec{
			EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "missing"}}}},
		})},
		{"readiness-fails", "ProbeFailing", "404", api(&v1alpha1.ComponentSpec{
			Probes: &v1alpha1.ProbesSpec{Readiness: &v1alpha1.ProbeSpec{Path: "/no/such/path"}},
		})},
		{"image-missing", "ImagePullFailed", `image "interview-tracker-api:9.9.9" can't be pulled`, api(&v1alpha1.ComponentSpec{
			Image: "interview-tracker-api:9.9.9",
		})},
		{"out-of-memory", "OOMKilled", "killed for using more memory than its limit", func(s *v1alpha1.InterviewTrackerSpec) {
			// Every health response leaves some garbage behind.
			s.API = &v1alpha1.ComponentSpec{Resources: little, Env: []corev1.EnvVar{{Name: "GOGC", Value: "off"}}}
			s.Health = &v1alpha1.HealthSpec{Interval: &metav1.Duration{Duration: time.Second}, Timeout: &metav1.Duration{Duration: time.Second}}
		}},
	}
	for _, c := range causes {
		t.Run(c.scenario, func(t *testing.T) {
			edit(t, tracker, c.change)
			eventually(t, tracker, "the cause is not reported", func() bool {
				_, _ = get(t, tracker, v1alpha1.ComponentAPI, "/health/detailed") // Work, if the API can do some.
				return is(tracker, "Ready", "False "+c.reason)
			})
			record(t, c.scenario, tracker)
			reports(t, tracker, "False "+c.reason, "pod hiring-api-", c.message)
			edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API, s.Health = nil, nil })
			ready(t, tracker)
		})
	}
}

// A new tracker whose API can't start: there is no earlier pod that reports its database.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), secret(ns, "garbage", "garbage://user:sesame@nowhere")))
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) { s.Database = external("garbage") })
	reports(t, tracker, "False CrashLooping", "pod hiring-api-", "exited with code 1: tracker api: DATABASE_URL is not a URL")
	record(t, "crash-loop", tracker)
	if strings.Contains(describe(tracker), "sesame") {
		t.Error("a password is shown")
	}
}

func api(c *v1alpha1.ComponentSpec) func(*v1alpha1.InterviewTrackerSpec) {
	return func(s *v1alpha1.InterviewTrackerSpec) { s.API = c }
}

// secret returns a Secret with the URL of a dependency.
func secret(namespace, name, url string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		StringData: map[string]string{"url": url},
	}
}

// external is a dependency with its URL in such a Secret.
func external(secret string) *v1alpha1.DependencySpec {
	return &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: "url"}}}
}

// A quota that forbids every pod is reported as the cause, in one line.
func TestQuotaExceeded(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "small"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}},
	}
	must(t, k8s.Create(t.Context(), quota))
	tracker := create(t, ns, "hiring", nil)
	eventually(t, tracker, "the quota is not reported", func() bool {
		return is(tracker, "Ready", "False QuotaExceeded") && is(tracker, "APIAvailable", "False QuotaExceeded") &&
			strings.Contains(tracker.Status.Conditions[0].Message, "exceeded quota: small")
	})
	record(t, "quota-exceeded", tracker)

	must(t, k8s.Delete(t.Context(), quota))
	// The controllers that create the pods back off, eventually for minutes.
	eventuallyWithin(t, tracker, 10*time.Minute, "it does not recover", func() bool { return is(tracker, "Ready", "True Ready") })
}

// A volume that no class provisions is reported by its claim.
func TestVolumePending(t *testing.T) {
	t.Parallel()
	ns := namespace(t)
	missing := "missing-" + ns
	tracker := create(t, ns, "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{
			Storage: &v1alpha1.StorageSpec{StorageClassName: &missing},
		}}
	})
	eventually(t, tracker, "the volume is not reported", func() bool {
		return is(tracker, "DatabaseHealthy", "False VolumePending") && is(tracker, "Ready", "False VolumePending")
	})
	record(t, "volume-pending", tracker)
	class := standardClass(t)
	class.Name, class.Annotations = missing, nil
	must(t, k8s.Create(t.Context(), class))
	deleteLater(t, class)
	ready(t, tracker)
}
