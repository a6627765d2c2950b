// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
)

// The kinds of monitoring objects that a cluster may not know.
var (
	ServiceMonitorKind   = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ServiceMonitorsKind)
	PrometheusRuleKind   = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.PrometheusRuleKind)
	ProbeKind            = monitoringv1.SchemeGroupVersion.WithKind(monitoringv1.ProbesKind)
	GrafanaDashboardKind = grafana.GroupVersion.WithKind("GrafanaDashboard")
)

// OptionalKinds are those that are applied only where the cluster knows them.
var OptionalKinds = []schema.GroupVersionKind{ServiceMonitorKind, PrometheusRuleKind, ProbeKind, GrafanaDashboardKind}

// addMonitoring adds the objects that have the tracker monitored, of all kinds: what
// patches match must not depend on the cluster.
func (b *builder) addMonitoring() {
	spec := &b.tracker.Spec
	if monitor := spec.GetServiceMonitor(); *monitor.Enabled {
		b.add(b.serviceMonitor(monitor))
	}
	if synthetic := spec.GetSynthetic(); synthetic != nil {
		for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
			if spec.GetReplicas(c) > 0 { // whoever stops a component knows that it doesn't answer
				b.add(b.probe(c, synthetic))
			}
		}
	}
	if dashboard := spec.GetDashboard(); *dashboard.Enabled {
		b.add(b.dashboardConfigMap(dashboard), b.grafanaDashboard(dashboard))
	}
	b.addPrometheusRule()
}

// monitoringMeta is the metadata of a monitoring object, with labels of the user's by
// which others select it.
func (b *builder) monitoringMeta(name string, labels map[string]v1alpha1.LabelValue) metav1.ObjectMeta {
	meta := b.meta(v1alpha1.ComponentMonitoring)
	meta.Name = name
	meta.Labels = plain(labels)
	maps.Copy(meta.Labels, b.labels(v1alpha1.ComponentMonitoring))
	return meta
}

// setMonitoringApart moves the monitoring objects to where they can't keep the
// tracker itself from being applied, without those of kinds that the cluster does
// not know.
func (b *builder) setMonitoringApart() {
	optional, known := sets.New(OptionalKinds...), b.snapshot.Monitoring.Kinds
	absent, unclear := sets.New[string](), sets.KeySet(b.snapshot.Monitoring.KindsUnclear)
	b.output.Objects = slices.DeleteFunc(b.output.Objects, func(object Object) bool {
		gvk := object.GetObjectKind().GroupVersionKind()
		switch {
		case optional.Has(gvk) && !known.Has(gvk.Kind):
			absent.Insert(gvk.Kind)
		case optional.Has(gvk), gvk == corev1.SchemeGroupVersion.WithKind("ConfigMap"):
			b.output.Monitoring = append(b.output.Monitoring, object)
		default:
			return false
		}
		return true
	})
	b.output.Unclear = sets.List(absent.Intersection(unclear))
	absent = absent.Difference(unclear)
	// GrafanaDashboards are a second way to Grafana, which nobody has to have.
	b.output.Absent = sets.List(absent.Delete(GrafanaDashboardKind.Kind))
}
