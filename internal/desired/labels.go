// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const (
	applicationName = "interview-tracker"
	labelVersion    = "app.kubernetes.io/version"
)

// selectorLabels are what every selector of a component's pods has, and
// all that retained objects bear: GitOps tools prune what has their own
// instance label.
func (b *builder) selectorLabels(c v1alpha1.Component) map[string]string {
	return map[string]string{
		v1alpha1.LabelTracker:   b.tracker.Name,
		v1alpha1.LabelComponent: string(c),
	}
}

func (b *builder) selector(c v1alpha1.Component) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: b.selectorLabels(c)}
}

// labels are the labels of a component's objects. Dependencies don't bear the
// application's version, which is not theirs.
func (b *builder) labels(c v1alpha1.Component) map[string]string {
	labels := b.selectorLabels(c)
	maps.Copy(labels, map[string]string{
		"app.kubernetes.io/name":       applicationName,
		"app.kubernetes.io/instance":   b.tracker.Name,
		"app.kubernetes.io/component":  string(c),
		"app.kubernetes.io/part-of":    applicationName,
		"app.kubernetes.io/managed-by": v1alpha1.FieldManager,
	})
	if !b.catalog.IsDependency(c) {
		labels[labelVersion] = b.tracker.Spec.Version
	}
	return labels
}

// meta is the metadata of a component's main objects.
func (b *builder) meta(c v1alpha1.Component) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            b.tracker.ChildName(c),
		Namespace:       b.tracker.Namespace,
		Labels:          b.labels(c),
		OwnerReferences: b.ownerReferences(),
	}
}

func (b *builder) ownerReferences() []metav1.OwnerReference {
	return []metav1.OwnerReference{*metav1.NewControllerRef(b.tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))}
}
