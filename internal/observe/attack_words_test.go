// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// The kubelet follows a redirect within a pod, and quotes where it led: that is what the pod said.
func TestAttackRedirectedProbe(t *testing.T) {
	for _, message := range []string{
		`Readiness probe failed: Get "http://10.0.0.1:8000/login?database=c0rrect-Horse": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
		`Readiness probe failed: Get "http://10.0.0.1:8001/c0rrect-Horse": dial tcp 10.0.0.1:8001: connect: connection refused`,
		// The output of a command may have the form of the kubelet's own words.
		`Readiness probe failed: dial tcp c0rrect-Horse: connect: connection refused`,
		`Readiness probe failed: command timed out: psql password=c0rrect-Horse timed out after 1s`,
		`Liveness probe failed: timeout: password c0rrect could not be used`,
	} {
		for _, other := range []bool{false, true} {
			e := &eventReader{items: []corev1.Event{says(message, t0)}}
			o, _ := listener(e)
			pod := failing("a")
			if other {
				reads(key("other", "url"))(&pod)
			}
			s := rolling(pod)
			readEvents(t, o, newTracker(), s)
			if got := s.ProbeFailures["a"]; strings.Contains(got, "c0rrect") {
				t.Errorf("reads another Secret: %t; shown: %s", other, got)
			}
		}
	}
}

// A token is secret as well: a pod that has one by a projected volume may print it.
func TestAttackProjectedToken(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJl"
	pod := crashed("login to vault failed with jwt="+token, volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token", Audience: "vault"}}},
	}}))
	s := rolling(pod)
	o := &Observer{Catalog: catalog.Default(), Cached: newReader(credentials()...), Live: newReader(credentials()...)}
	o.hear(newTracker()).maskPods(t.Context(), s)
	if got := output(s); strings.Contains(got, token) {
		t.Errorf("shown: %s", got)
	}
}

// A Secret that is immutable is rotated by making it again. The kubelet does not watch it: a pod that
// is older keeps the old value, in each container that it starts.
func TestAttackRotatedImmutableSecret(t *testing.T) {
	made := shared(func(s *corev1.Secret) {
		s.Immutable = new(true)
		s.CreationTimestamp = metav1.NewTime(t0.Add(30 * time.Second)) // After the pod, before its container's last start.
	})
	s, tracker := rolling(crashed("FATAL: Zyxwvu9876", reads(key("shared", "database-url")))), newTracker()
	external(tracker)
	o := &Observer{Catalog: catalog.Default(), Cached: newReader(made...), Live: newReader(made...)}
	o.hear(tracker).maskPods(t.Context(), s)
	if got := output(s); strings.Contains(got, "Zyxwvu9876") {
		t.Errorf("shown: %s", got)
	}
}

// A Secret applied on the server by stringData has no f:data among its managed fields.
func TestAttackRotatedByStringData(t *testing.T) {
	made := shared(func(s *corev1.Secret) {
		s.CreationTimestamp = metav1.NewTime(t0.Add(-time.Hour))
		s.ManagedFields = []metav1.ManagedFieldsEntry{{
			Manager: "kubectl", Operation: metav1.ManagedFieldsOperationApply, APIVersion: "v1", FieldsType: "FieldsV1",
			Time: new(metav1.NewTime(t0.Add(2 * time.Minute))), FieldsV1: metav1.NewFieldsV1(`{"f:stringData":{"f:database-url":{}}}`),
		}}
	})
	s, tracker := rolling(crashed("FATAL: Zyxwvu9876", reads(key("shared", "database-url")))), newTracker()
	external(tracker)
	o := &Observer{Catalog: catalog.Default(), Cached: newReader(made...), Live: newReader(made...)}
	o.hear(tracker).maskPods(t.Context(), s)
	if got := output(s); strings.Contains(got, "Zyxwvu9876") {
		t.Errorf("shown: %s", got)
	}
}
