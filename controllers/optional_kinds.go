// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"net/http"
	"slices"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/grafana"
	"github.com/interview-tracker/interview-tracker-operator/internal/observe"
)

// optionalKind is a kind that a cluster may lack.
type optionalKind struct {
	schema.GroupVersionKind
	plural string
	object client.Object
	// made tells that the operator makes objects of the kind.
	made bool
}

// optionalKinds are those that the operator makes objects of, and Prometheus, whose
// objects tell which of them are selected.
var optionalKinds = []optionalKind{
	{desired.ServiceMonitorKind, "servicemonitors", &monitoringv1.ServiceMonitor{}, true},
	{desired.PrometheusRuleKind, "prometheusrules", &monitoringv1.PrometheusRule{}, true},
	{desired.ProbeKind, "probes", &monitoringv1.Probe{}, true},
	{desired.GrafanaDashboardKind, "grafanadashboards", &grafana.GrafanaDashboard{}, true},
	{observe.PrometheusKind, "prometheuses", &monitoringv1.Prometheus{}, false},
}

// crd is the name of the kind's CustomResourceDefinition.
func (k optionalKind) crd() string { return k.plural + "." + k.Group }

// optionalKindOf finds a kind by the name of its CustomResourceDefinition.
func optionalKindOf(crd string) (optionalKind, bool) {
	i := slices.IndexFunc(optionalKinds, func(k optionalKind) bool { return k.crd() == crd })
	if i < 0 {
		return optionalKind{}, false
	}
	return optionalKinds[i], true
}

// servedBy tells whether a CustomResourceDefinition, nil when there is none, serves
// the kind in our version and will go on doing so; and the schema of that.
func (k optionalKind) servedBy(crd *apiextensionsv1.CustomResourceDefinition) (*apiextensionsv1.JSONSchemaProps, bool) {
	if crd == nil || crd.DeletionTimestamp != nil {
		return nil, false
	}
	established := slices.ContainsFunc(crd.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
	i := slices.IndexFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == k.Version && v.Served
	})
	if !established || i < 0 {
		return nil, false
	}
	if s := crd.Spec.Versions[i].Schema; s != nil {
		return s.OpenAPIV3Schema, true
	}
	return nil, true
}

// Mapper returns the manager's REST mapper. It knows the optional kinds by heart, be
// they there or not: their names and scope are part of what their version is, so that
// there is nothing to find out when they come, and nothing to forget when they go. The
// others it looks up.
func Mapper(config *rest.Config, c *http.Client) (meta.RESTMapper, error) {
	dynamic, err := apiutil.NewDynamicRESTMapper(config, c)
	if err != nil {
		return nil, fmt.Errorf("making the REST mapper: %w", err)
	}
	fixed := meta.NewDefaultRESTMapper(nil)
	for _, k := range optionalKinds {
		resources := k.GroupVersion().WithResource(k.plural)
		fixed.AddSpecific(k.GroupVersionKind, resources, resources, meta.RESTScopeNamespace)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{fixed, dynamic}}, nil
}

// crdMetadata stands for CustomResourceDefinitions of which the caches hold that they
// are there, and in which version.
func crdMetadata() *metav1.PartialObjectMetadata {
	crd := &metav1.PartialObjectMetadata{}
	crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	return crd
}

// stripCRD leaves of a CustomResourceDefinition only what tells that it is there and
// that it has changed.
func stripCRD(in any) (any, error) {
	crd, ok := in.(*metav1.PartialObjectMetadata)
	if !ok {
		return in, nil // What is known of a deletion that the watch missed, stripped before.
	}
	return &metav1.PartialObjectMetadata{
		TypeMeta:   crd.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{Name: crd.Name, UID: crd.UID, ResourceVersion: crd.ResourceVersion},
	}, nil
}

// stripNamespace leaves of a namespace only its labels.
func stripNamespace(in any) (any, error) {
	namespace, ok := in.(*metav1.PartialObjectMetadata)
	if !ok {
		return in, nil // As above.
	}
	return &metav1.PartialObjectMetadata{
		TypeMeta: namespace.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Name: namespace.Name, UID: namespace.UID, ResourceVersion: namespace.ResourceVersion, Labels: namespace.Labels,
		},
	}, nil
}

// stripPrometheus leaves of a Prometheus object only how it selects others.
func stripPrometheus(in any) (any, error) {
	p, ok := in.(*monitoringv1.Prometheus)
	if !ok {
		return in, nil // As above.
	}
	return &monitoringv1.Prometheus{
		TypeMeta: p.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion, DeletionTimestamp: p.DeletionTimestamp,
		},
		Spec: monitoringv1.PrometheusSpec{
			CommonPrometheusFields: monitoringv1.CommonPrometheusFields{
				ServiceMonitorSelector:          p.Spec.ServiceMonitorSelector,
				ServiceMonitorNamespaceSelector: p.Spec.ServiceMonitorNamespaceSelector,
				ProbeSelector:                   p.Spec.ProbeSelector,
				ProbeNamespaceSelector:          p.Spec.ProbeNamespaceSelector,
			},
			RuleSelector:          p.Spec.RuleSelector,
			RuleNamespaceSelector: p.Spec.RuleNamespaceSelector,
		},
	}, nil
}
