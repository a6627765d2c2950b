// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

func (b *builder) service(c v1alpha1.Component, portName string, port int32) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   typeMeta(corev1.SchemeGroupVersion, "Service"),
		ObjectMeta: b.meta(c),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceTypeClusterIP,
			Selector: b.selectorLabels(c),
			Ports: []corev1.ServicePort{{
				Name:       portName,
				Protocol:   corev1.ProtocolTCP,
				Port:       port,
				TargetPort: intstr.FromString(portName),
			}},
		},
	}
}

// serviceAccount gives its pods no token: none of them uses the API server.
func (b *builder) serviceAccount(c v1alpha1.Component) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{
		TypeMeta:                     typeMeta(corev1.SchemeGroupVersion, "ServiceAccount"),
		ObjectMeta:                   b.meta(c),
		AutomountServiceAccountToken: new(false),
	}
}

// networkPolicy lets only the components of this tracker that use the dependencies, and
// its migrations, reach a managed dependency.
func (b *builder) networkPolicy(d catalog.Dependency) *networkingv1.NetworkPolicy {
	var users []string
	for _, c := range b.catalog.Components {
		if c.UsesDependencies {
			users = append(users, string(c.Name))
		}
	}
	return &networkingv1.NetworkPolicy{
		TypeMeta:   typeMeta(networkingv1.SchemeGroupVersion, "NetworkPolicy"),
		ObjectMeta: b.meta(d.Name),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: *b.selector(d.Name),
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{
				From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{
					MatchLabels: map[string]string{v1alpha1.LabelTracker: b.tracker.Name},
					MatchExpressions: []metav1.LabelSelectorRequirement{{
						Key:      v1alpha1.LabelComponent,
						Operator: metav1.LabelSelectorOpIn,
						Values:   append(users, string(v1alpha1.ComponentMigrate)),
					}},
				}}},
				Ports: []networkingv1.NetworkPolicyPort{{
					Protocol: new(corev1.ProtocolTCP),
					Port:     new(intstr.FromInt32(d.Managed.Port)),
				}},
			}},
		},
	}
}
