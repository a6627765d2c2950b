// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// Each of these has a controller with wide rights do something outside of the namespace, which
// neither the right to make trackers nor that to make pods permits.
func TestAttackPatchesOfWhatOthersRead(t *testing.T) {
	for name, patch := range map[string]v1alpha1.Patch{
		"ConfigMap copied to all namespaces (emberstack/reflector)": of("ConfigMap",
			`metadata: {annotations: {reflector.v1.k8s.emberstack.com/reflection-allowed: "true", reflector.v1.k8s.emberstack.com/reflection-auto-enabled: "true"}}`),
		"ConfigMap copied over others' (mittwald/replicator)": of("ConfigMap", `metadata: {annotations: {replicator.v1.mittwald.de/replicate-to: "kube-system,.*"}}`),
		"ConfigMap of another namespace's content":            of("ConfigMap", `metadata: {annotations: {replicator.v1.mittwald.de/replicate-from: other/settings}}`),
		"folder outside of Grafana's, absolute":               of("ConfigMap", `metadata: {annotations: {grafana_folder: /etc/grafana/provisioning/alerting}}`),
		"folder outside of Grafana's, relative":               of("ConfigMap", `metadata: {annotations: {grafana_folder: ../../plugins}}`),
		"folder by the sidecar's default name":                of("ConfigMap", `metadata: {annotations: {k8s-sidecar-target-directory: /etc/grafana/provisioning}}`),
		"rules over other tenants (mimir.rules.kubernetes)":   of("PrometheusRule", `metadata: {annotations: {monitoring.grafana.com/source_tenants: "a,b"}}`),
		"Service exported to other clusters (Linkerd)":        of("Service", `metadata: {labels: {mirror.linkerd.io/exported: "true"}}`),
		"Service joined with those of other clusters":         of("Service", `metadata: {labels: {mirror.linkerd.io/federated: member, istio.io/global: "true"}}`),
		"Service scraped by another's ServiceMonitor":         of("Service", `metadata: {labels: {app.kubernetes.io/name: kube-state-metrics}}`),
		"metric of another namespace":                         of("HorizontalPodAutoscaler", `spec: {metrics: [{type: External, external: {metric: {name: "datadogmetric@finance:revenue"}, target: {type: Value, value: "1"}}}]}`),
		"nodes can't be drained":                              of("PodDisruptionBudget", `spec: {maxUnavailable: 0, unhealthyPodEvictionPolicy: IfHealthyBudget}`),
		"nodes can't be drained, in %":                        of("PodDisruptionBudget", `[{op: remove, path: /spec/maxUnavailable}, {op: add, path: /spec/minAvailable, value: 100%}]`),
		"part of another's Argo CD application":               of("Service", `metadata: {labels: {app.kubernetes.io/instance: theirs}}`),
	} {
		t.Run(name, func(t *testing.T) {
			tracker := patched(patch)
			if _, err := Build(t.Context(), tracker, nothing(), catalog.Default()); err == nil {
				t.Errorf("accepted: %s", patch.Patch)
			} else {
				t.Log(err)
			}
		})
	}
}
