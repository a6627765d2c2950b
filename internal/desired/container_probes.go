// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

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

func readinessOf(command []string) *corev1.Probe {
	return execProbe(command, dependencyFailureThreshold)
}

func startupOf(command []string) *corev1.Probe {
	return execProbe(command, dependencyStartupSeconds/dependencyPeriodSeconds)
}

func execProbe(command []string, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:     corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: command}},
		PeriodSeconds:    dependencyPeriodSeconds,
		TimeoutSeconds:   dependencyTimeoutSeconds,
		FailureThreshold: failures,
	}
}
