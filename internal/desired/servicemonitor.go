// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// serviceMonitor makes Prometheus scrape the pods of this tracker's primary component and
// no others: those behind its Service, whose labels no patch can change. They are scraped
// ready or not, as their metrics matter most in an outage.
func (b *builder) serviceMonitor(spec *v1alpha1.ServiceMonitorSpec) *monitoringv1.ServiceMonitor {
	primary := b.catalog.Primary().Name
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.ServiceMonitorsKind),
		ObjectMeta: b.monitoringMeta(b.tracker.ChildName(primary), spec.Labels),
		Spec: monitoringv1.ServiceMonitorSpec{
			Selector:          *b.selector(primary),
			NamespaceSelector: monitoringv1.NamespaceSelector{MatchNames: []string{b.tracker.Namespace}},
			Endpoints: []monitoringv1.Endpoint{{
				Port:          portName,
				Path:          contract.PathMetrics,
				Interval:      prometheusDuration(spec.Interval),
				ScrapeTimeout: prometheusDuration(spec.ScrapeTimeout),
				// Ours come last, so that nothing can undo them.
				RelabelConfigs: append(relabelConfigs(spec.Relabelings),
					// prometheus-operator would put the port's name there, and the
					// application's own label endpoint would become exported_endpoint.
					monitoringv1.RelabelConfig{Action: "labeldrop", Regex: "endpoint"},
					monitoringv1.RelabelConfig{Action: string(relabelReplace), TargetLabel: promql.Tracker, Replacement: &b.tracker.Name},
				),
				MetricRelabelConfigs: relabelConfigs(spec.MetricRelabelings),
			}},
		},
	}
}

const relabelReplace v1alpha1.RelabelAction = "replace"

// relabelConfigs are the steps in prometheus-operator's form. The action is written
// out: the API server would add it to the list, which is compared as a whole.
func relabelConfigs(steps []v1alpha1.Relabeling) []monitoringv1.RelabelConfig {
	var out []monitoringv1.RelabelConfig
	for _, step := range steps {
		config := monitoringv1.RelabelConfig{
			Action:      string(cmp.Or(step.Action, relabelReplace)),
			Separator:   step.Separator,
			TargetLabel: step.TargetLabel,
			Regex:       step.Regex,
			Modulus:     step.Modulus,
			Replacement: step.Replacement,
		}
		for _, label := range step.SourceLabels {
			config.SourceLabels = append(config.SourceLabels, monitoringv1.LabelName(label))
		}
		out = append(out, config)
	}
	return out
}

// prometheusDuration is a duration in Prometheus's notation, which has no fractions.
func prometheusDuration(d *metav1.Duration) monitoringv1.Duration {
	return monitoringv1.Duration(model.Duration(d.Duration).String())
}
