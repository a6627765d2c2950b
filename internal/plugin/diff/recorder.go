// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// change is an object as it is, nil if it does not exist, and as it would be, nil if it would be
// deleted.
type change struct {
	before, after *unstructured.Unstructured
}

// recorder records what the writes of an apply.Engine would change. Its client makes a dry run of
// each.
type recorder struct {
	client.Client
	// tracker stands for the stored one, which it would replace.
	tracker *v1alpha1.InterviewTracker
	changes []change
}

// Get implements client.Reader.
func (r *recorder) Get(ctx context.Context, key client.ObjectKey, into client.Object, o ...client.GetOption) error {
	metadata, ok := into.(*metav1.PartialObjectMetadata)
	if ok && metadata.Kind == v1alpha1.Kind && key == client.ObjectKeyFromObject(r.tracker) {
		metadata.ObjectMeta = *r.tracker.ObjectMeta.DeepCopy()
		return nil
	}
	return r.Client.Get(ctx, key, into, o...)
}

// applied is what the engine applies.
type applied interface {
	GetNamespace() string
	GetName() string
	GroupVersionKind() schema.GroupVersionKind
	UnstructuredContent() map[string]any
}

// Apply implements client.Writer.
func (r *recorder) Apply(ctx context.Context, object runtime.ApplyConfiguration, o ...client.ApplyOption) error {
	body, ok := object.(applied)
	if !ok {
		return fmt.Errorf("apply %T: it is not unstructured", object)
	}
	before, err := r.read(ctx, body.GroupVersionKind(), client.ObjectKey{Namespace: body.GetNamespace(), Name: body.GetName()})
	if err != nil {
		return err
	}
	if err := r.Client.Apply(ctx, object, o...); err != nil {
		return err
	}
	r.changes = append(r.changes, change{before, &unstructured.Unstructured{Object: runtime.DeepCopyJSON(body.UnstructuredContent())}})
	return nil
}

// Delete implements client.Writer.
func (r *recorder) Delete(ctx context.Context, object client.Object, o ...client.DeleteOption) error {
	before, err := r.same(ctx, object)
	if err != nil {
		return err
	}
	if err := r.Client.Delete(ctx, object, o...); err != nil {
		return err
	}
	r.changes = append(r.changes, change{before: before})
	return nil
}

// Patch implements client.Writer. The engine patches claims, and, after a write that was none, the
// managers of an object, of which nothing is shown.
func (r *recorder) Patch(ctx context.Context, object client.Object, patch client.Patch, o ...client.PatchOption) error {
	if _, ok := object.(*metav1.PartialObjectMetadata); ok {
		return nil
	}
	before, err := r.same(ctx, object)
	if err != nil {
		return err
	}
	if err := r.Client.Patch(ctx, object, patch, o...); err != nil {
		return err
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return fmt.Errorf("convert %s: %w", object.GetName(), err)
	}
	after := &unstructured.Unstructured{Object: content}
	if before != nil {
		after.SetGroupVersionKind(before.GroupVersionKind())
	}
	r.changes = append(r.changes, change{before, after})
	return nil
}

// same reads the object of which this is a version.
func (r *recorder) same(ctx context.Context, object client.Object) (*unstructured.Unstructured, error) {
	gvk, err := apiutil.GVKForObject(object, r.Scheme())
	if err != nil {
		return nil, err
	}
	return r.read(ctx, gvk, client.ObjectKeyFromObject(object))
}

// read returns an object with all of its fields, nil if it does not exist.
func (r *recorder) read(ctx context.Context, gvk schema.GroupVersionKind, key client.ObjectKey) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(gvk)
	err := r.Client.Get(ctx, key, object)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // documented above
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", gvk.Kind, key.Name, err)
	}
	return object, nil
}
