// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package grafana has the types of grafana-operator's API that the operator uses. The
// project's own module depends on Grafana's client.
//
// +kubebuilder:object:generate=true
// +groupName=grafana.integreatly.org
package grafana

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of grafana-operator 5.
var GroupVersion = schema.GroupVersion{Group: "grafana.integreatly.org", Version: "v1beta1"}

// AddToScheme registers the kinds.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &GrafanaDashboard{}, &GrafanaDashboardList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}

// GrafanaDashboard adds a dashboard to instances of Grafana.
// +kubebuilder:object:root=true
type GrafanaDashboard struct { //nolint:revive // the name of the kind
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              GrafanaDashboardSpec `json:"spec"`
}

// GrafanaDashboardSpec specifies the dashboard and its destination.
type GrafanaDashboardSpec struct { //nolint:revive // the name of the kind
	// InstanceSelector selects the Grafana objects that get the dashboard.
	InstanceSelector *metav1.LabelSelector `json:"instanceSelector,omitempty"`
	// AllowCrossNamespaceImport includes Grafana objects in other namespaces.
	AllowCrossNamespaceImport bool `json:"allowCrossNamespaceImport,omitempty"`
	// Folder is the folder in Grafana.
	Folder string `json:"folder,omitempty"`
	// ConfigMapRef names the ConfigMap of this namespace with the JSON.
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
