// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// addPrometheusRule adds the tracker's rules.
func (b *builder) addPrometheusRule() {
	alerts := b.tracker.Spec.GetAlerts()
	if !*alerts.Enabled {
		return
	}
	b.add(&monitoringv1.PrometheusRule{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.PrometheusRuleKind),
		ObjectMeta: b.monitoringMeta(b.tracker.Name, alerts.Labels),
		Spec:       rules.Build(b.tracker, b.catalog),
	})
}
