// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// changeOf names what differs between two pod templates, such as "image and resources";
// empty when nothing does.
func changeOf(before, after corev1.PodTemplateSpec) string {
	before, after = *before.DeepCopy(), *after.DeepCopy()
	image, resources := false, false
	if len(before.Spec.Containers) == len(after.Spec.Containers) {
		for i := range before.Spec.Containers {
			from, to := &before.Spec.Containers[i], &after.Spec.Containers[i]
			image = image || from.Image != to.Image
			resources = resources || !equality.Semantic.DeepEqual(from.Resources, to.Resources)
			from.Image, from.Resources = to.Image, to.Resources
		}
	}
	var changes []string
	if image {
		changes = append(changes, "image")
	}
	if resources {
		changes = append(changes, "resources")
	}
	if !equality.Semantic.DeepEqual(before, after) {
		changes = append(changes, "configuration")
	}
	return strings.Join(changes, " and ")
}
