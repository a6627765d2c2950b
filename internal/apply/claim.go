// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Grow asks for a larger volume: it raises the storage request of a claim, which
// the StatefulSet controller has made and which its template can't change. It
// never lowers it. An *InvalidError says that the volume can't grow.
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
		return nil
	case apierrors.IsForbidden(err): // The storage class does not allow it.
		return &InvalidError{"PersistentVolumeClaim", claim.Name, err}
	default:
		return refused("PersistentVolumeClaim", claim.Name, err)
	}
}
