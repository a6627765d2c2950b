// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// podSpec is what every pod has: no token, no environment variables of other
// Services, and no right that Pod Security's "restricted" denies. Pods that
// write to a volume get the fixed user given.
func (b *builder) podSpec(c v1alpha1.Component, user *int64) corev1.PodSpec {
	spec := corev1.PodSpec{
		ServiceAccountName:           b.tracker.ChildName(c),
		AutomountServiceAccountToken: new(false),
		EnableServiceLinks:           new(false),
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot:   new(true),
			RunAsUser:      user,
			RunAsGroup:     user,
			FSGroup:        user,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
	}
	if user != nil {
		// A change of owner of every file of a large volume takes minutes.
		spec.SecurityContext.FSGroupChangePolicy = new(corev1.FSGroupChangeOnRootMismatch)
	}
	return spec
}

// container is what every container has: a read-only root and no capabilities.
func container(name string, resources v1alpha1.ResourcesSpec) corev1.Container {
	return corev1.Container{
		Name:      name,
		Resources: corev1.ResourceRequirements{Requests: resources.Requests, Limits: resources.Limits},
		// The status reports the last output of a crash, and the operator may not read logs.
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false),
			ReadOnlyRootFilesystem:   new(true),
			Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		},
	}
}

func containerPorts(name string, port int32) []corev1.ContainerPort {
	return []corev1.ContainerPort{{Name: name, ContainerPort: port, Protocol: corev1.ProtocolTCP}}
}

// spread keeps a component's pods apart where the cluster has room for it. Pods
// of another revision don't count, or a rollout would end uneven.
func spread(selector *metav1.LabelSelector) []corev1.TopologySpreadConstraint {
	constraints := make([]corev1.TopologySpreadConstraint, 0, 2)
	for _, key := range []string{corev1.LabelHostname, corev1.LabelTopologyZone} {
		constraints = append(constraints, corev1.TopologySpreadConstraint{
			MaxSkew:           1,
			TopologyKey:       key,
			WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector:     selector,
			MatchLabelKeys:    []string{"pod-template-hash"},
		})
	}
	return constraints
}
