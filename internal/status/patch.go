// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Patch stores a status, by one request when it differs from the one that the
// tracker was read with and by none otherwise. The tracker then bears the status
// and the resourceVersion that are stored. It reports whether it wrote.
func Patch(ctx context.Context, w client.SubResourceClientConstructor, t *v1alpha1.InterviewTracker, next v1alpha1.InterviewTrackerStatus) (bool, error) {
	if equality.Semantic.DeepEqual(t.Status, next) {
		return false, nil
	}
	before := t.DeepCopy()
	before.UID = "" // The patch then has the UID: it doesn't apply to a later object of the same name.
	t.Status = next
	err := w.SubResource("status").Patch(ctx, t, client.MergeFrom(before), client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return false, nil // Deleted, or replaced by another one of its name: nothing reads its status.
	}
	if err != nil {
		return false, fmt.Errorf("writing the status: %w", err)
	}
	return true, nil
}
