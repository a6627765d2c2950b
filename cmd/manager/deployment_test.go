// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// The network policy is of the manager's pods, and closes all but the ports that they have.
func TestNetworkPolicy(t *testing.T) {
	objects, err := build(filepath.Join("..", "..", "config", "default"))
	must(t, err)
	var d appsv1.Deployment
	var policy networkingv1.NetworkPolicy
	for _, object := range objects {
		switch object.GetKind() {
		case "Deployment":
			must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &d))
		case "NetworkPolicy":
			must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &policy))
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	must(t, err)
	if policy.Name == "" || selector.Empty() || policy.Namespace != d.Namespace || !selector.Matches(labels.Set(d.Spec.Template.Labels)) {
		t.Errorf("the policy %q does not select the manager's pods", policy.Name)
	}
	if !slices.Equal(policy.Spec.PolicyTypes, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}) {
		t.Errorf("the policy is of %v", policy.Spec.PolicyTypes)
	}
	var open, served []string
	for _, rule := range policy.Spec.Ingress {
		for _, port := range rule.Ports {
			open = append(open, port.Port.String())
		}
		if len(rule.From) > 0 {
			t.Error("the kubelet, or a Prometheus in whichever namespace, is left out")
		}
	}
	for _, port := range d.Spec.Template.Spec.Containers[0].Ports {
		served = append(served, port.Name)
	}
	if !slices.Equal(open, served) {
		t.Errorf("open are %q, served are %q", open, served)
	}
}
