// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// probe makes a blackbox exporter request the health of a component, at the paths of
// the health-check specification. It names no job: its series must not be taken for
// those of the API's own pods.
func (b *builder) probe(c catalog.Component, spec *v1alpha1.SyntheticSpec) *monitoringv1.Probe {
	url := cmp.Or(c.Synthetic.URL(spec),
		fmt.Sprintf("http://%s.%s.svc:%d", b.tracker.ChildName(c.Name), b.tracker.Namespace, c.Port(&b.tracker.Spec)))
	targets := make([]string, 0, len(c.Synthetic.Paths))
	for _, path := range c.Synthetic.Paths {
		targets = append(targets, url+path)
	}
	return &monitoringv1.Probe{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.ProbesKind),
		ObjectMeta: b.monitoringMeta(b.tracker.ChildName(c.Name), spec.Labels),
		Spec: monitoringv1.ProbeSpec{
			ProberSpec:    monitoringv1.ProberSpec{URL: spec.ProberAddress, Path: "/probe"},
			Module:        spec.Module,
			Interval:      prometheusDuration(spec.Interval),
			ScrapeTimeout: prometheusDuration(spec.ScrapeTimeout),
			Targets: monitoringv1.ProbeTargets{StaticConfig: &monitoringv1.ProbeTargetStaticConfig{
				Targets: targets,
				Labels:  map[string]string{promql.Tracker: b.tracker.Name, "component": string(c.Name)},
			}},
		},
	}
}
