// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
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
// deletion, each creation of an object that existed before, which may have gone with the
// tracker, and each adoption: the garbage collector deletes what is controlled by a tracker
// that does not exist.
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

// confirmAdoption confirms the tracker before it becomes the controller of an object that has
// none.
func (c *child) confirmAdoption(ctx context.Context, live *object) error {
	if live == nil || metav1.GetControllerOf(live) != nil || metav1.GetControllerOf(c.Object) == nil {
		return nil
	}
	return c.confirmOwner(ctx, c.owner)
}

// adopted completes a write if it has taken up an object that was made for the tracker and had
// no controller.
func (c *child) adopted(ctx context.Context, live, written *object) error {
	if live == nil || ownership.Of(c.owner, c.kind.Kind, live) != ownership.Orphaned {
		return nil
	}
	message := fmt.Sprintf("Adopted %s: it was made for a tracker of this name, and nothing controlled it", c)
	c.result.Events = append(c.result.Events, Event{corev1.EventTypeNormal, ReasonAdopted, message})
	return c.takeFields(ctx, written)
}

// takeFields makes the applied fields of an adopted object the operator's alone. A restore
// with kubectl leaves them to its manager as well, and what the tracker later no longer wants
// would stay. (Velero restores managedFields.)
func (c *child) takeFields(ctx context.Context, adopted *object) error {
	applied := newOwners(adopted).applied()
	entries, taken := []metav1.ManagedFieldsEntry{}, false
	for _, entry := range adopted.GetManagedFields() {
		fields := &fieldpath.Set{}
		isUpdate := entry.Operation == metav1.ManagedFieldsOperationUpdate && entry.Subresource == "" && entry.FieldsV1 != nil
		if isUpdate && fields.FromJSON(entry.FieldsV1.GetRawReader()) == nil {
			rest := fields.RecursiveDifference(applied)
			encoded, err := rest.ToJSON()
			if err != nil {
				return fmt.Errorf("encode the fields of %s: %w", c, err)
			}
			taken = taken || !rest.Equals(fields)
			entry.FieldsV1 = metav1.NewFieldsV1(string(encoded))
			if rest.Empty() {
				continue
			}
		}
		entries = append(entries, entry)
	}
	if !taken {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": adopted.GetUID(), "resourceVersion": adopted.GetResourceVersion(), "managedFields": entries,
	}})
	if err != nil {
		return fmt.Errorf("encode the fields of %s: %w", c, err)
	}
	answer := kinds.Metadata(c.kind.GroupVersionKind)
	answer.SetNamespace(c.key.Namespace)
	answer.SetName(c.key.Name)
	if err := c.client.Patch(ctx, answer, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return refused(c.kind.Kind, c.key.Name, err)
	}
	return nil
}

// existed reports whether the child was applied before, by this process or by an earlier
// one.
func (c *child) existed() bool {
	entry := v1alpha1.NewInventoryEntry(c.kind.GroupKind(), c.key.Name)
	return c.record.uid != "" || slices.Contains(c.owner.Status.Applied(), entry)
}
