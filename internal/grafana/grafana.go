// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package grafana is what the operator uses of grafana-operator's API: its own
// module would bring Grafana's client along.
//
// +kubebuilder:object:generate=true
// +groupName=grafana.integreatly.org
package grafana

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is that of grafana-operator 5.
var GroupVersion = schema.GroupVersion{Group: "grafana.integreatly.org", Version: "v1beta1"}

// AddToScheme registers the kinds.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &GrafanaDashboard{}, &GrafanaDashboardList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}

// GrafanaDashboard puts a dashboard into instances of Grafana.
// +kubebuilder:object:root=true
type GrafanaDashboard struct { //nolint:revive // the name of the kind
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              GrafanaDashboardSpec `json:"spec"`
}

// GrafanaDashboardSpec says which dashboard, and where it goes.
type GrafanaDashboardSpec struct { //nolint:revive // the name of the kind
	// InstanceSelector selects the Grafana objects that take the dashboard.
	InstanceSelector *metav1.LabelSelector `json:"instanceSelector,omitempty"`
	// AllowCrossNamespaceImport lets those of other namespaces take it too.
	AllowCrossNamespaceImport bool `json:"allowCrossNamespaceImport,omitempty"`
	// Folder is Grafana's folder.
	Folder string `json:"folder,omitempty"`
	// ConfigMapRef names the ConfigMap of this namespace that holds the JSON.
	ConfigMapRef *ConfigMapKeyRef `json:"configMapRef,omitempty"`
}

// ConfigMapKeyRef names one key of a ConfigMap.
type ConfigMapKeyRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// GrafanaDashboardList is a list of dashboards.
// +kubebuilder:object:root=true
type GrafanaDashboardList struct { //nolint:revive // the name of the kind
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GrafanaDashboard `json:"items"`
}
