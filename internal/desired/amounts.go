// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"errors"
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
	// The spec itself may have them, stored before the rules of the API.
	if found := tooLittle(after); found != "" && tooLittle(before) == "" {
		return errors.New(found)
	}
	return nil
}

// tooLittle says which container has less memory or storage than minBytes, apart from none;
// empty when none has. The template may be nil.
func tooLittle(template *corev1.PodTemplateSpec) string {
	if template == nil {
		return ""
	}
	for _, container := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
		for _, name := range []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceEphemeralStorage} {
			for _, amounts := range []corev1.ResourceList{container.Resources.Requests, container.Resources.Limits} {
				if amount, ok := amounts[name]; ok && !amount.IsZero() && amount.Cmp(minBytes) < 0 {
					return fmt.Sprintf("its container %q would have %s of %s, and needs 1Mi or more; write Mi or Gi, such as 512Mi",
						container.Name, name, amount.String())
				}
			}
		}
	}
	return ""
}
