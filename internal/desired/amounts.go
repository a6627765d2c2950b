// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// minBytes is the least memory and storage of a container, as in the rules of the API: what
// is below was meant to have a unit, such as Mi, or another one than m, and no pod starts.
var minBytes = resource.MustParse("1Mi")

// validateTemplate refuses what a patch makes of a pod template. Both may be nil.
func validateTemplate(before, after *corev1.PodTemplateSpec) error {
	if err := validateNames(after); err != nil {
		return err
	}
	stored := validateAmounts(before) != nil // By the spec itself, from before the rules of the API.
	if stored {
		return nil
	}
	return validateAmounts(after)
}

// validateAmounts refuses containers with less memory or storage than minBytes, apart from
// none. The template may be nil.
func validateAmounts(template *corev1.PodTemplateSpec) error {
	if template == nil {
		return nil
	}
	for _, container := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
		for _, name := range []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
			for _, amounts := range []corev1.ResourceList{container.Resources.Requests, container.Resources.Limits} {
				if amount, ok := amounts[name]; ok && !amount.IsZero() && amount.Cmp(minBytes) < 0 {
					return fmt.Errorf("its container %q would have %s of %s, and needs 1Mi or more; write Mi or Gi, such as 512Mi",
						container.Name, name, amount.String())
				}
			}
		}
	}
	return nil
}
