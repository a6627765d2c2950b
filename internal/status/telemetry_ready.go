// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// telemetryEvents are the reasons of the events of TelemetryReady.
var telemetryEvents = catalog.Condition{Type: v1alpha1.ConditionTelemetryReady, Bad: "TelemetryNotReady", Good: "TelemetryRecovered"}

// telemetryReady is TelemetryReady, which never gates Ready: whether what spec.telemetry names can
// be used. It is absent without that field.
func telemetryReady(in Input) []metav1.Condition {
	spec := in.Tracker.Spec.Telemetry
	switch {
	case spec == nil:
		return nil
	case in.Snapshot == nil:
		return one(v1alpha1.ConditionTelemetryReady, unread(in))
	}
	flaws := telemetryFlaws(spec, in.Snapshot.Telemetry)
	unreadKey := cmp.Or(in.Snapshot.Telemetry.Headers.Unread, in.Snapshot.Telemetry.CACertificate.Unread)
	switch {
	case len(flaws) == 0 && unreadKey != "":
		return one(v1alpha1.ConditionTelemetryReady, unknown(v1alpha1.ReasonReconcileFailed, "%s", unreadKey))
	case len(flaws) == 0:
		return one(v1alpha1.ConditionTelemetryReady, isTrue(v1alpha1.ReasonConfigured,
			"what spec.telemetry names exists; whether %s takes the traces, the pods' own metrics and logs say", spec.Endpoint))
	}
	var sentences []string
	for _, flaw := range flaws {
		sentences = append(sentences, flaw.Message)
	}
	// What pods read when they start stays as it is.
	return one(v1alpha1.ConditionTelemetryReady, isFalse(flaws[0].Reason,
		"%s; correct it, then restart the pods: kubectl -n %s rollout restart deployment -l %s=%s",
		strings.Join(sentences, "; "), in.Tracker.Namespace, v1alpha1.LabelTracker, in.Tracker.Name))
}

// telemetryFlaws are what a person has to correct before the endpoint may take the traces.
func telemetryFlaws(spec *v1alpha1.TelemetrySpec, found snapshot.Telemetry) []Cause {
	var flaws []Cause
	add := func(what, notFound, invalid string, key snapshot.SelectedKey) {
		switch {
		case key.Problem != "":
			flaws = append(flaws, Cause{notFound, key.Problem + " (" + what + ")"})
		case key.Flaw != "":
			flaws = append(flaws, Cause{invalid, key.Flaw + " (" + what + ")"})
		}
	}
	add("telemetry.headers", v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonInvalidSecret, found.Headers)
	notFound := v1alpha1.ReasonSecretNotFound
	if ca := spec.CACertificate; ca != nil && ca.ConfigMapKeyRef != nil {
		notFound = v1alpha1.ReasonConfigMapNotFound
	}
	add("telemetry.caCertificate", notFound, v1alpha1.ReasonInvalidCertificate, found.CACertificate)
	return flaws
}
