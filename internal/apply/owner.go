// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// OutdatedError means that the tracker is no longer what a reconciliation is based on: it
// was deleted or changed, and the caches don't show that yet, or the process was paused
// meanwhile and another replica leads. Nothing more may be written on its behalf.
type OutdatedError struct {
	// Tracker is the tracker's name.
	Tracker string
	// Reason is what has happened to it.
	Reason string
}

func (e *OutdatedError) Error() string {
	return fmt.Sprintf("InterviewTracker %q %s, and the operator's cache does not show that yet", e.Tracker, e.Reason)
}

// confirmOwner reads the tracker from the API server, and returns an *OutdatedError unless
// it is the same object with the same spec. It precedes what can't be undone: each
// deletion, and each creation of an object that existed before, which may have gone with
// the tracker.
func (e *Engine) confirmOwner(ctx context.Context, owner *v1alpha1.InterviewTracker) error {
	live := kinds.Metadata(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	err := e.live.Get(ctx, client.ObjectKeyFromObject(owner), live)
	switch {
	case apierrors.IsNotFound(err):
		return &OutdatedError{owner.Name, "was deleted"}
	case err != nil:
		return fmt.Errorf("read %s %q: %w", v1alpha1.Kind, owner.Name, err)
	case live.UID != owner.UID:
		return &OutdatedError{owner.Name, "was replaced by another one of its name"}
	case live.DeletionTimestamp != nil:
		return &OutdatedError{owner.Name, "is being deleted"}
	case live.Generation != owner.Generation:
		return &OutdatedError{owner.Name, "was changed"}
	default:
		return nil
	}
}

// existed reports whether the child was applied before, by this process or by an earlier
// one.
func (c *child) existed() bool {
	entry := v1alpha1.NewInventoryEntry(c.kind.GroupKind(), c.key.Name)
	return c.record.uid != "" || slices.Contains(c.owner.Status.Inventory, entry)
}
