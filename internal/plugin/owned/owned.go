// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package owned finds the objects of trackers: those that the operator makes, and those that
// Kubernetes makes from them, such as pods and volume claims.
package owned

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Depth is how much of the objects is read.
type Depth int

// The depths.
const (
	// Metadata is that of the objects alone.
	Metadata Depth = iota
	// Whole is all of them, as the API server sends it. Of Secrets it is the metadata too: their
	// data is not asked for.
	Whole
)

// pageSize bounds what one answer holds.
const pageSize = 250

// List returns the objects of a tracker; without a name, those of all trackers of a namespace. They
// are in the order of the table of kinds, and in each kind of their names. What could not be listed
// is among the errors. A kind that the cluster lacks has no objects.
func List(ctx context.Context, c client.Reader, namespace, tracker string, depth Depth) ([]client.Object, []error) {
	var objects []client.Object
	var problems []error
	for _, kind := range kinds.All() {
		if !kind.BelongsToTracker() {
			continue
		}
		found, err := listKind(ctx, c, kind, namespace, tracker, depth)
		objects = append(objects, found...)
		if err != nil && !missing(err) {
			problems = append(problems, fmt.Errorf("listing the %s of namespace %s: %w", kind.Plural, namespace, err))
		}
	}
	return objects, problems
}

// missing reports whether an error says that the cluster lacks a kind.
func missing(err error) bool {
	status := apierrors.APIStatus(nil)
	// A list of a kind that there is is never "not found", but for a CustomResourceDefinition
	// that has gone since the kinds were looked up.
	return meta.IsNoMatchError(err) || errors.As(err, &status) && status.Status().Code == http.StatusNotFound
}

func listKind(ctx context.Context, c client.Reader, kind kinds.Kind, namespace, tracker string, depth Depth) ([]client.Object, error) {
	selector := client.ListOption(client.HasLabels{v1alpha1.LabelTracker})
	if tracker != "" {
		selector = client.MatchingLabels{v1alpha1.LabelTracker: tracker}
	}
	var objects []client.Object
	next := ""
	for {
		list := newList(kind, depth)
		if err := c.List(ctx, list, client.InNamespace(namespace), selector, client.Limit(pageSize), client.Continue(next)); err != nil {
			return objects, err
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			object, isObject := item.(client.Object)
			if !isObject {
				return fmt.Errorf("the API server has sent a %T", item)
			}
			object.GetObjectKind().SetGroupVersionKind(kind.GroupVersionKind)
			objects = append(objects, object)
			return nil
		})
		if err != nil {
			return objects, err
		}
		if next = list.GetContinue(); next == "" {
			return objects, nil
		}
	}
}

func newList(kind kinds.Kind, depth Depth) client.ObjectList {
	gvk := kind.GroupVersion().WithKind(kind.Kind + "List")
	if depth == Metadata || kind.GroupVersionKind == kinds.Secret {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(gvk)
		return list
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(gvk)
	return list
}
