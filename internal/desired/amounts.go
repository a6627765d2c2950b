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
// is below was meant to have a unit, such as Mi, or another one than m, and no pod starts. It
// is also the unit in which amounts are written.
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

// spellAmounts writes each amount of the containers in the same way, however the spec or a patch
// does: by another spelling, a StatefulSet would replace its pods.
func (b *builder) spellAmounts() {
	for _, object := range b.output.Objects {
		template := templateOf(object)
		if template == nil {
			continue
		}
		for _, container := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
			for _, amounts := range []corev1.ResourceList{container.Resources.Requests, container.Resources.Limits} {
				for name, amount := range amounts {
					amounts[name] = spelled(amount)
				}
			}
		}
	}
}

// spelled is an amount in Mi, Gi and so on, where it is a multiple of 1Mi, and else in k, M and so on.
func spelled(amount resource.Quantity) resource.Quantity {
	if whole := amount.Value(); amount.CmpInt64(whole) == 0 && whole%minBytes.Value() == 0 {
		return *resource.NewQuantity(whole, resource.BinarySI)
	}
	if amount.Format == resource.DecimalSI {
		return amount
	}
	return *resource.NewDecimalQuantity(*amount.AsDec(), resource.DecimalSI)
}
