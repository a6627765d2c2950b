// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// networkPolicy lets only this tracker's API and migrations reach a managed
// dependency.
func (b *builder) networkPolicy(d dependency) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		TypeMeta:   typeMeta(networkingv1.SchemeGroupVersion, "NetworkPolicy"),
		ObjectMeta: b.meta(d.component),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: *b.selector(d.component),
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{
				From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{
					MatchLabels: map[string]string{v1alpha1.LabelTracker: b.tracker.Name},
					MatchExpressions: []metav1.LabelSelectorRequirement{{
						Key:      v1alpha1.LabelComponent,
						Operator: metav1.LabelSelectorOpIn,
						Values:   []string{string(v1alpha1.ComponentAPI), string(v1alpha1.ComponentMigrate)},
					}},
				}}},
				Ports: []networkingv1.NetworkPolicyPort{{
					Protocol: new(corev1.ProtocolTCP),
					Port:     new(intstr.FromInt32(d.port)),
				}},
			}},
		},
	}
}
