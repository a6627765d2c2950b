// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"fmt"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// probe has a blackbox exporter ask a component for its health, at the paths of the
// health-check specification. It names no job: its series must not pass for those of
// the API's own pods.
func (b *builder) probe(c v1alpha1.Component, spec *v1alpha1.SyntheticSpec) *monitoringv1.Probe {
	url, paths := spec.APIURL, []string{contract.PathHealth, contract.PathReady}
	if c == v1alpha1.ComponentFrontend {
		url, paths = spec.FrontendURL, []string{contract.PathHealth, contract.PathServiceWorker}
	}
	url = cmp.Or(url, fmt.Sprintf("http://%s.%s.svc:%d", b.tracker.ChildName(c), b.tracker.Namespace, b.tracker.Spec.GetPort(c)))
	targets := make([]string, 0, len(paths))
	for _, path := range paths {
		targets = append(targets, url+path)
	}
	return &monitoringv1.Probe{
		TypeMeta:   typeMeta(monitoringv1.SchemeGroupVersion, monitoringv1.ProbesKind),
		ObjectMeta: b.monitoringMeta(b.tracker.ChildName(c), spec.Labels),
		Spec: monitoringv1.ProbeSpec{
			ProberSpec:    monitoringv1.ProberSpec{URL: spec.ProberAddress, Path: "/probe"},
			Module:        spec.Module,
			Interval:      prometheusDuration(spec.Interval),
			ScrapeTimeout: prometheusDuration(spec.ScrapeTimeout),
			Targets: monitoringv1.ProbeTargets{StaticConfig: &monitoringv1.ProbeTargetStaticConfig{
				Targets: targets,
				Labels:  map[string]string{labelTrackerSeries: b.tracker.Name, "component": string(c)},
			}},
		},
	}
}
