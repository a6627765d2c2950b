// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Environment returns the environment variables that the operator sets for a component.
func (c Catalog) Environment(component Component, t *v1alpha1.InterviewTracker) []corev1.EnvVar {
	var env []corev1.EnvVar
	if port := component.Port(&t.Spec); port != 0 {
		env = append(env, envValue(contract.EnvPort, strconv.Itoa(int(port))))
	}
	env = append(env,
		envValue(contract.EnvEnvironment, strings.ToLower(string(t.Spec.GetEnvironment()))),
		envValue(contract.EnvVersion, t.Spec.Version),
		envValue(contract.EnvLogLevel, string(t.Spec.GetLogLevel())),
		envValue(contract.EnvLogFormat, string(t.Spec.GetLogFormat())),
	)
	if component.Env != nil {
		env = append(env, component.Env(t)...)
	}
	if component.UsesDependencies {
		for _, d := range c.Used(&t.Spec) {
			env = append(env, d.url(t))
		}
	}
	return env
}

func envValue(name, value string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, Value: value}
}

func envSecret(name, secret, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: secret},
		Key:                  key,
	}}}
}

// MountScratch gives a container an empty, writable folder.
func MountScratch(spec *corev1.PodSpec, container *corev1.Container, name, path string) {
	container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: name, MountPath: path})
	spec.Volumes = append(spec.Volumes, corev1.Volume{
		Name:         name,
		VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}},
	})
}
