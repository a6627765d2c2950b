// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

const (
	// keyDashboard ends as Grafana's sidecar wants it.
	keyDashboard = "dashboard.json"
	// annotationFolder is where Grafana's sidecar looks for the folder by default.
	annotationFolder = "grafana_folder"
)

// dashboardConfigMap holds the dashboard for Grafana's sidecar, which finds it by its
// labels.
func (b *builder) dashboardConfigMap(spec *v1alpha1.DashboardSpec) *corev1.ConfigMap {
	meta := b.monitoringMeta(b.tracker.Name+"-dashboard", spec.Labels)
	meta.Annotations = map[string]string{annotationFolder: spec.Folder}
	return &corev1.ConfigMap{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "ConfigMap"),
		ObjectMeta: meta,
		Data:       map[string]string{keyDashboard: dashboards.Tracker(b.tracker, b.catalog).JSON()},
	}
}

// grafanaDashboard makes grafana-operator load the same dashboard.
func (b *builder) grafanaDashboard(spec *v1alpha1.DashboardSpec) *grafana.GrafanaDashboard {
	return &grafana.GrafanaDashboard{
		TypeMeta:   typeMeta(grafana.GroupVersion, kinds.GrafanaDashboard.Kind),
		ObjectMeta: b.monitoringMeta(b.tracker.Name, nil),
		Spec: grafana.GrafanaDashboardSpec{
			InstanceSelector:          &metav1.LabelSelector{MatchLabels: plain(spec.InstanceSelector)},
			AllowCrossNamespaceImport: true,
			Folder:                    spec.Folder,
			ConfigMapRef:              &grafana.ConfigMapKeyRef{Name: b.tracker.Name + "-dashboard", Key: keyDashboard},
		},
	}
}
