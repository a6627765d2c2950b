// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The targets beside a tracker's own that its alerts read, as the labels of their Services
// name them.
const (
	TargetKubelet  = "kubelet"
	TargetOperator = v1alpha1.FieldManager
)

// Scrapes reports whether a ServiceMonitor that is no tracker's, whole or as it is cached,
// scrapes a target: it has its name, or selects a label of this value.
func Scrapes(m *monitoringv1.ServiceMonitor, target string) bool {
	for _, value := range m.Spec.Selector.MatchLabels {
		if value == target {
			return true
		}
	}
	return m.Name == target || slices.ContainsFunc(m.Spec.Selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) bool {
		return r.Operator == metav1.LabelSelectorOpIn && slices.Contains(r.Values, target)
	})
}

// keepTargets keeps of a ServiceMonitor that is no tracker's which of the targets it scrapes.
func keepTargets(kept, object Object) {
	m, is := object.(*monitoringv1.ServiceMonitor)
	into, both := kept.(*monitoringv1.ServiceMonitor)
	if !is || !both {
		return
	}
	for _, target := range []string{TargetKubelet, TargetOperator} {
		if Scrapes(m, target) {
			metav1.AddLabelToSelector(&into.Spec.Selector, target, target)
		}
	}
}
