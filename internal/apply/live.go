// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
)

// object is a live object, of a Secret its metadata alone. One from the cache must not be
// changed.
type object struct {
	client.Object
	// fields is the object in the form of an intent's fields.
	fields map[string]any
	// uncached means that it came from the API server, with its managedFields.
	uncached bool
}

// read returns the object as a reader shows it, nil when it shows none.
func (c *child) read(ctx context.Context, from client.Reader) (*object, error) {
	live := c.kind.New()
	// What is read is not changed: it needs no copy.
	err := from.Get(ctx, c.key, live, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if notCached(err) {
		return nil, c.pending("the cluster has just lost its kind")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c, err)
	}
	live.GetObjectKind().SetGroupVersionKind(c.kind.GroupVersionKind) // Typed clients leave it out.
	return &object{Object: live}, nil
}

// readCached returns the object as the cache shows it, nil when it shows none, or one that
// is known to be gone.
func (c *child) readCached(ctx context.Context) (*object, error) {
	cached, err := c.read(ctx, c.client)
	if err != nil || cached == nil || c.isGone(c.owner.UID, cached.GetUID()) {
		return nil, err
	}
	return cached, nil
}

// readLive returns the tracker's own object as the API server has it, nil when
// there is none of that name, and an error when it belongs to anyone else.
func (c *child) readLive(ctx context.Context) (*object, error) {
	live, err := c.read(ctx, c.live)
	if err != nil || live == nil {
		return nil, err
	}
	c.record.exists, live.uncached = true, true
	if err := manageable(c.owner, c.kind.Kind, live); err != nil {
		return nil, err
	}
	return live, live.convert()
}

// convert fills in the object's fields.
func (o *object) convert() error {
	var err error
	if o.fields, err = runtime.DefaultUnstructuredConverter.ToUnstructured(o.Object); err != nil {
		return fmt.Errorf("convert %s: %w", o.GetName(), err)
	}
	omitUnset(reflect.ValueOf(o.Object), o.fields)
	return nil
}

// manageable returns nil if the tracker may change an existing object.
func manageable(owner *v1alpha1.InterviewTracker, kind string, object metav1.Object) error {
	switch relation := ownership.Of(owner, kind, object); {
	case relation == ownership.Leftover:
		return &PendingError{kind, object.GetName(), "it belongs to a deleted tracker of the same name, and is not deleted yet", false}
	case !relation.Manageable():
		conflict := &ConflictError{Kind: kind, Name: object.GetName()}
		if controller := metav1.GetControllerOf(object); controller != nil {
			conflict.Controller = controller.Kind + " " + controller.Name
		}
		return conflict
	case object.GetDeletionTimestamp() != nil:
		return &PendingError{kind, object.GetName(), "it is being deleted", false}
	default:
		return nil
	}
}
