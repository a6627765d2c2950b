// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// traced is a tracker that sends traces, of which all works.
func traced() Input {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t1}
	in.Tracker.Spec.Telemetry = &v1alpha1.TelemetrySpec{
		Endpoint: "https://otlp.example.com:4317",
		Headers:  &v1alpha1.TelemetryHeaders{},
		CACertificate: &v1alpha1.CertificateSource{
			ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"},
		},
	}
	return in
}

func TestTelemetryReady(t *testing.T) {
	const restart = "; correct it, then restart the pods: kubectl -n default rollout restart deployment -l apps.interviewtracker.dev/tracker=hiring"
	ofSecret := func(in *Input) {
		in.Tracker.Spec.Telemetry.CACertificate = &v1alpha1.CertificateSource{SecretKeyRef: &v1alpha1.KeyReference{Name: "ca", Key: "ca.crt"}}
	}
	for name, test := range map[string]struct {
		change  func(*Input)
		want    string // Empty when there is no such condition.
		message string
	}{
		"no telemetry": {change: func(in *Input) { in.Tracker.Spec.Telemetry = nil }},
		"all is there": {
			change: func(*Input) {}, want: "True Configured",
			message: "what spec.telemetry names exists; whether https://otlp.example.com:4317 takes the traces, the pods' own metrics and logs say",
		},
		"no headers": {
			change:  func(in *Input) { in.Snapshot.Telemetry.Headers.Problem = `Secret "otlp" does not exist` },
			want:    "False SecretNotFound",
			message: `Secret "otlp" does not exist (telemetry.headers)` + restart,
		},
		"malformed headers": {
			change:  func(in *Input) { in.Snapshot.Telemetry.Headers.Flaw = "a header has no '='" },
			want:    "False InvalidSecret",
			message: "a header has no '=' (telemetry.headers)" + restart,
		},
		"no ConfigMap": {
			change:  func(in *Input) { in.Snapshot.Telemetry.CACertificate.Problem = `ConfigMap "ca" does not exist` },
			want:    "False ConfigMapNotFound",
			message: `ConfigMap "ca" does not exist (telemetry.caCertificate)` + restart,
		},
		"no Secret of the certificate": {
			change: func(in *Input) {
				ofSecret(in)
				in.Snapshot.Telemetry.CACertificate.Problem = `Secret "ca" does not exist`
			},
			want:    "False SecretNotFound",
			message: `Secret "ca" does not exist (telemetry.caCertificate)` + restart,
		},
		"no certificate": {
			change:  func(in *Input) { in.Snapshot.Telemetry.CACertificate.Flaw = "there is no certificate in PEM" },
			want:    "False InvalidCertificate",
			message: "there is no certificate in PEM (telemetry.caCertificate)" + restart,
		},
		"a ConfigMap that can't be read": {
			change: func(in *Input) {
				in.Snapshot.Telemetry.CACertificate.Unread = `ConfigMap "ca" can't be read: Forbidden`
			},
			want:    "Unknown ReconcileFailed",
			message: `ConfigMap "ca" can't be read: Forbidden`,
		},
		"one that can't be read, and no headers": {
			change: func(in *Input) {
				in.Snapshot.Telemetry.CACertificate.Unread = `ConfigMap "ca" can't be read: Forbidden`
				in.Snapshot.Telemetry.Headers.Problem = `Secret "otlp" does not exist`
			},
			want:    "False SecretNotFound",
			message: `Secret "otlp" does not exist (telemetry.headers)` + restart,
		},
		"both": {
			change: func(in *Input) {
				in.Snapshot.Telemetry.Headers.Flaw = "a header has no '='"
				in.Snapshot.Telemetry.CACertificate.Problem = `ConfigMap "ca" does not exist`
			},
			want:    "False InvalidSecret",
			message: `a header has no '=' (telemetry.headers); ConfigMap "ca" does not exist (telemetry.caCertificate)` + restart,
		},
		"unread": {
			change: func(in *Input) { in.Snapshot = nil }, want: "Unknown ReconcileFailed", message: "the tracker's objects could not be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := traced()
			test.change(&in)
			conditions := Compute(in).Conditions
			got, message := "", ""
			if c := meta.FindStatusCondition(conditions, v1alpha1.ConditionTelemetryReady); c != nil {
				got, message = string(c.Status)+" "+c.Reason, c.Message
			}
			if diff := cmp.Diff([]string{test.want, test.message}, []string{got, message}); diff != "" {
				t.Error(diff)
			}
			ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
			if in.Snapshot != nil && (ready.Status != metav1.ConditionTrue || strings.Contains(ready.Message, "telemetry")) {
				t.Errorf("Ready is %s: %s", ready.Status, ready.Message)
			}
		})
	}
}

// A person hears of what telemetry lacks, and of its recovery, once.
func TestTelemetryEvents(t *testing.T) {
	fine, lacking := traced(), traced()
	lacking.Snapshot.Telemetry.Headers.Problem = `Secret "otlp" does not exist`
	works, lacks := Compute(fine), Compute(lacking)
	events, emitted := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, works, lacks, Emitted{})
	if len(events) != 1 || events[0].Type != corev1.EventTypeWarning || events[0].Reason != "TelemetryNotReady" ||
		!strings.HasPrefix(events[0].Message, `SecretNotFound: Secret "otlp" does not exist`) {
		t.Errorf("a Secret is gone: %v", events)
	}
	if again, _ := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, lacks, lacks, emitted); len(again) > 0 {
		t.Errorf("it is still gone: %v", again)
	}
	events, _ = Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, lacks, works, emitted)
	if len(events) != 1 || events[0].Type != corev1.EventTypeNormal || events[0].Reason != "TelemetryRecovered" {
		t.Errorf("it is back: %v", events)
	}
}

// Nothing else brings the operator back to a tracker of which only a ConfigMap has changed.
func TestRecheckOfAConfigMap(t *testing.T) {
	in := traced()
	in.Snapshot.Telemetry.Headers.Problem = "a Secret, which is watched, is missing"
	if got := RecheckAfter(in.Tracker, v1alpha1.InterviewTrackerStatus{}, in.Snapshot, Rollout{}, t1.Time); got != 0 {
		t.Errorf("when nothing is due: after %s", got)
	}
	in.Snapshot.Telemetry.Due = t1.Add(time.Hour)
	if got := RecheckAfter(in.Tracker, v1alpha1.InterviewTrackerStatus{}, in.Snapshot, Rollout{}, t1.Time); got != time.Hour {
		t.Errorf("when it is due in an hour: after %s", got)
	}
}
