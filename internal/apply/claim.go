// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const claimKind = "PersistentVolumeClaim"

// Grow raises the storage request of a volume claim, which the StatefulSet controller
// has made and which its template can't change. It never lowers it. An *InvalidError
// means that the volume can't be expanded.
func (e *Engine) Grow(ctx context.Context, claim *corev1.PersistentVolumeClaim, size resource.Quantity) error {
	if size.Cmp(claim.Spec.Resources.Requests[corev1.ResourceStorage]) <= 0 {
		return nil
	}
	grown := claim.DeepCopy()
	grown.Spec.Resources.Requests[corev1.ResourceStorage] = size
	err := e.patchClaim(ctx, claim, grown, Applied, []string{"spec.resources.requests.storage"})
	if apierrors.IsForbidden(err) { // The storage class does not allow it.
		return &InvalidError{claimKind, claim.Name, err}
	}
	if err != nil {
		return refused(claimKind, claim.Name, err)
	}
	return nil
}

// RestoreLabels sets labels that a tracker's volume claim has lost, and without which
// the caches do not hold it.
func (e *Engine) RestoreLabels(ctx context.Context, claim *corev1.PersistentVolumeClaim, labels map[string]string) (Result, error) {
	labelled := claim.DeepCopy()
	var fields, changes []string
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if claim.Labels[label] != labels[label] {
			metav1.SetMetaDataLabel(&labelled.ObjectMeta, label, labels[label])
			field := formatPath(fieldpath.MakePathOrDie("metadata", "labels", label))
			change := field + " was removed"
			if _, changed := claim.Labels[label]; changed {
				change = field + " was changed"
			}
			fields, changes = append(fields, field), append(changes, change)
		}
	}
	var result Result
	if err := e.patchClaim(ctx, claim, labelled, Repaired, fields); err != nil {
		return result, refused(claimKind, claim.Name, err)
	}
	result.count(Repaired, claimKind)
	result.warn(ReasonRepaired, fmt.Sprintf("Repaired %s %s: %s", claimKind, claim.Name, enumerate(changes)))
	return result, nil
}

// patchClaim writes the changed fields of a claim, to exactly the object and version that
// was read.
func (e *Engine) patchClaim(ctx context.Context, read, changed *corev1.PersistentVolumeClaim, action Action, fields []string) error {
	before := read.DeepCopy()
	before.UID = "" // The patch then has the UID: it doesn't apply to a later claim of the same name.
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := e.client.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	logWrite(ctx, claimKind+" "+read.Name, action, fields)
	return nil
}
