// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Grow raises the storage request of a volume claim, which the StatefulSet controller
// has made and which its template can't change. It never lowers it. An *InvalidError
// means that the volume can't be expanded.
func (e *Engine) Grow(ctx context.Context, claim *corev1.PersistentVolumeClaim, size resource.Quantity) error {
	if size.Cmp(claim.Spec.Resources.Requests[corev1.ResourceStorage]) <= 0 {
		return nil
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": claim.UID, "resourceVersion": claim.ResourceVersion},
		"spec":     map[string]any{"resources": map[string]any{"requests": map[string]any{"storage": size}}},
	})
	if err != nil {
		return fmt.Errorf("grow PersistentVolumeClaim %q: %w", claim.Name, err)
	}
	err = e.client.Patch(ctx, claim.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
	switch {
	case err == nil:
		log.FromContext(ctx).Info("Object written", "object", "PersistentVolumeClaim "+claim.Name, "action", Applied,
			"fields", []string{"spec.resources.requests.storage"})
		return nil
	case apierrors.IsForbidden(err): // The storage class does not allow it.
		return &InvalidError{"PersistentVolumeClaim", claim.Name, err}
	default:
		return refused("PersistentVolumeClaim", claim.Name, err)
	}
}

// RestoreLabels sets labels that a tracker's volume claim has lost, and without which
// the caches do not hold it.
func (e *Engine) RestoreLabels(ctx context.Context, claim *corev1.PersistentVolumeClaim, labels map[string]string) (Result, error) {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": claim.UID, "resourceVersion": claim.ResourceVersion, "labels": labels},
	})
	if err != nil {
		return Result{}, fmt.Errorf("label PersistentVolumeClaim %q: %w", claim.Name, err)
	}
	err = e.client.Patch(ctx, claim.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
	if err != nil {
		return Result{}, refused("PersistentVolumeClaim", claim.Name, err)
	}
	var fields, changes []string
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if claim.Labels[label] != labels[label] {
			field := formatPath(fieldpath.MakePathOrDie("metadata", "labels", label))
			fields, changes = append(fields, field), append(changes, field+" was removed")
		}
	}
	log.FromContext(ctx).Info("Object written", "object", "PersistentVolumeClaim "+claim.Name, "action", Repaired, "fields", fields)
	var result Result
	result.count(Repaired, "PersistentVolumeClaim")
	result.warn(ReasonRepaired, fmt.Sprintf("Repaired PersistentVolumeClaim %s: %s", claim.Name, enumerate(changes)))
	return result, nil
}
