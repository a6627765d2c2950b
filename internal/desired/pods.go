// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

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

// httpProbe is the kubelet's check of a component, nil for one that it doesn't have.
func httpProbe(p *v1alpha1.ProbeSpec) *corev1.Probe {
	if p == nil {
		return nil
	}
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: p.Path,
			Port: intstr.FromInt32(p.Port),
		}},
		InitialDelaySeconds: *p.InitialDelaySeconds,
		PeriodSeconds:       p.PeriodSeconds,
		TimeoutSeconds:      p.TimeoutSeconds,
		FailureThreshold:    p.FailureThreshold,
	}
}

// How often a managed dependency is checked: the health-check specification,
// "Docker Health Checks".
const (
	dependencyPeriodSeconds    = 10
	dependencyTimeoutSeconds   = 5
	dependencyFailureThreshold = 5
	// Recovery after a crash may take long, and must not be cut off.
	dependencyStartupSeconds = 30 * 60
)

func execProbe(command []string, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:     corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: command}},
		PeriodSeconds:    dependencyPeriodSeconds,
		TimeoutSeconds:   dependencyTimeoutSeconds,
		FailureThreshold: failures,
	}
}
