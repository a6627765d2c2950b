// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// addMonitoring adds the objects that have the tracker monitored, of all kinds: what
// patches match must not depend on the cluster.
func (b *builder) addMonitoring() {
	spec := &b.tracker.Spec
	if monitor := spec.GetServiceMonitor(); *monitor.Enabled {
		b.add(b.serviceMonitor(monitor))
	}
	if synthetic := spec.GetSynthetic(); synthetic != nil {
		for _, c := range b.catalog.Components {
			if c.Synthetic != nil && c.Replicas(spec) > 0 { // a stopped component can't answer
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

// splitMonitoring moves the objects of the monitoring phase to where they can't keep the
// tracker itself from being applied, without those of kinds that the cluster lacks.
func (b *builder) splitMonitoring() {
	absent, unclear := sets.New[string](), sets.KeySet(b.snapshot.Monitoring.KindsUnclear)
	b.output.Objects = slices.DeleteFunc(b.output.Objects, func(object Object) bool {
		kind, _ := kinds.Of(object.GetObjectKind().GroupVersionKind().GroupKind())
		switch {
		case kind.Phase != kinds.Monitoring:
			return false
		case kind.Optional && !b.snapshot.Monitoring.Kinds.Has(kind.Kind):
			absent.Insert(kind.Kind)
		default:
			b.output.Monitoring = append(b.output.Monitoring, object)
		}
		return true
	})
	b.output.Unclear = sets.List(absent.Intersection(unclear))
	absent = absent.Difference(unclear)
	// GrafanaDashboards are a second way to Grafana, which no cluster has to have.
	b.output.Absent = sets.List(absent.Delete(kinds.GrafanaDashboard.Kind))
}
