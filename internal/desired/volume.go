// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
)

// VolumeExpansion is a volume claim that should request more than it does.
type VolumeExpansion struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Size is what it should request.
	Size resource.Quantity
}

// ClaimLabels is a volume claim that has lost its labels.
type ClaimLabels struct {
	// Claim is the live claim, shared with the snapshot.
	Claim *corev1.PersistentVolumeClaim
	// Labels are those that it should have.
	Labels map[string]string
}

// expandVolume requests a larger volume where the spec does: the StatefulSet's template
// can't be changed once it exists. A label that the claim has lost is set again.
func (b *builder) expandVolume(d catalog.Dependency, managed *v1alpha1.ManagedSpec) {
	claim := b.snapshot.Claims[d.Name]
	if claim == nil || claim.DeletionTimestamp != nil {
		return
	}
	size := d.StorageSize(managed)
	grows := size.Cmp(*claim.Spec.Resources.Requests.Storage()) > 0
	if claim.Labels[v1alpha1.LabelTracker] == "" {
		switch set, credentials := b.snapshot.StatefulSets[d.Name], b.snapshot.Credentials[d.Name]; {
		case set == nil || credentials == nil: // Whose data these are is not known yet.
			return
		case ownership.OfClaim(b.tracker, set, credentials, claim):
			b.output.LostLabels = append(b.output.LostLabels, ClaimLabels{Claim: claim, Labels: b.selectorLabels(d.Name)})
		case grows:
			b.output.UnsupportedChanges = append(b.output.UnsupportedChanges, fmt.Sprintf(
				"storage is not expanded to %s: PersistentVolumeClaim %s has no label %s and can't be identified as this tracker's; "+
					"if it holds the tracker's data, set %s=%s on it",
				size.String(), claim.Name, v1alpha1.LabelTracker, v1alpha1.LabelTracker, b.tracker.Name))
			return
		}
	}
	if grows {
		b.output.VolumeExpansions = append(b.output.VolumeExpansions, VolumeExpansion{Claim: claim, Size: size})
	}
}

// claimTemplate sets the fields that the API server would default: the template read
// back from a live StatefulSet then equals this one.
func (b *builder) claimTemplate(d catalog.Dependency, managed *v1alpha1.ManagedSpec) corev1.PersistentVolumeClaim {
	return corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name:   catalog.VolumeName,
			Labels: b.selectorLabels(d.Name),
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: managed.GetStorageClassName(),
			VolumeMode:       new(corev1.PersistentVolumeFilesystem),
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: d.StorageSize(managed)},
			},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending},
	}
}
