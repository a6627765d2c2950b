// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// SecretsOf returns the names of the Secrets that the pods of an object read: an object that
// the API server refuses stops only what depends on it.
func SecretsOf(object Object) []string {
	template := templateOf(object)
	if template == nil {
		return nil
	}
	var names []string
	for _, containers := range [][]corev1.Container{template.Spec.InitContainers, template.Spec.Containers} {
		for i := range containers {
			for _, e := range containers[i].Env {
				if from := e.ValueFrom; from != nil && from.SecretKeyRef != nil {
					names = append(names, from.SecretKeyRef.Name)
				}
			}
		}
	}
	for _, v := range template.Spec.Volumes {
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
