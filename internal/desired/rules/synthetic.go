// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"slices"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// synthetic are the alerts on what a blackbox exporter sees from outside.
func (b *builder) synthetic() []monitoringv1.Rule {
	if b.tracker.Spec.GetSynthetic() == nil {
		return nil
	}
	alerts := []alert{
		{
			name:        v1alpha1.AlertTrackerProbeFailing,
			severity:    severityCritical,
			patience:    2 * time.Minute,
			expr:        fmt.Sprintf("max by (namespace, tracker, component, instance) (%s) == 0", b.probes(promql.ProbeSuccess)),
			summary:     "A synthetic probe fails",
			description: "{{ $labels.instance }}, of the {{ $labels.component }} of " + b.name() + ", does not answer as it should.",
		},
		{
			name:     v1alpha1.AlertTrackerCertificateExpiring,
			severity: severityWarning,
			patience: time.Hour,
			expr: fmt.Sprintf("min by (namespace, tracker, component, instance) (%s) - time() < 14 * 24 * 3600",
				b.probes("probe_ssl_earliest_cert_expiry")),
			summary: "A certificate expires soon",
			description: "A certificate of {{ $labels.instance }}, of the {{ $labels.component }} of " + b.name() +
				", expires in {{ $value | humanizeDuration }}.",
		},
	}
	probed := slices.ContainsFunc(b.catalog.Present(&b.tracker.Spec), func(c catalog.Component) bool {
		return c.Synthetic != nil && c.Replicas(&b.tracker.Spec) > 0 // a stopped component has no Probe
	})
	if probed {
		alerts = append(alerts, alert{
			name: v1alpha1.AlertTrackerProbeFailing,
			// Users may be fine: only the check is missing.
			severity: severityWarning,
			patience: 10 * time.Minute,
			expr:     fmt.Sprintf("absent(%s)", b.probes(promql.ProbeSuccess)),
			summary:  "The synthetic probes don't run",
			description: "Prometheus has no result of the synthetic probes of " + b.name() +
				": the blackbox exporter doesn't respond, or Prometheus doesn't select the Probes.",
		})
	}
	return b.alertRules(alerts...)
}
