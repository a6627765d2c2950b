// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// kind is that of the trackers.
var kind = v1alpha1.GroupVersion.WithKind(v1alpha1.Kind)

// Tracker is an InterviewTracker as far as this version of the plugin can read it.
type Tracker struct {
	*v1alpha1.InterviewTracker
	// Unreadable are the fields that this version can't read, such as status.inventory: those
	// of an older or a newer operator.
	Unreadable []string
}

// Readable returns an error if a field, such as spec.api, is one that this version can't read.
func (t Tracker) Readable(field string) error {
	if slices.Contains(t.Unreadable, field) {
		return fmt.Errorf("%s of InterviewTracker %s/%s has another form than this version of kubectl tracker can read: "+
			"use the one of the operator's own version", field, t.Namespace, t.Name)
	}
	return nil
}

// GetTracker reads one tracker of the cluster's namespace.
func (c *Cluster) GetTracker(ctx context.Context, name string) (Tracker, error) {
	object, err := c.GetWholeTracker(ctx, name)
	if err != nil {
		return Tracker{}, err
	}
	return Decode(object)
}

// GetWholeTracker reads one tracker of the cluster's namespace with all of its fields, also those that this
// version doesn't know.
func (c *Cluster) GetWholeTracker(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	key := types.NamespacedName{Namespace: c.Namespace, Name: name}
	if err := c.Client.Get(ctx, key, object); err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", v1alpha1.Kind, key, explain(err, key))
	}
	return object, nil
}

// ListTrackers reads the trackers of a namespace; of all, if it is empty.
func (c *Cluster) ListTrackers(ctx context.Context, namespace string) ([]Tracker, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	if err := c.Client.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("listing the %ss: %w", v1alpha1.Kind, explain(err, types.NamespacedName{Namespace: namespace}))
	}
	trackers := make([]Tracker, 0, len(list.Items))
	for i := range list.Items {
		tracker, err := Decode(&list.Items[i])
		if err != nil {
			return nil, err
		}
		trackers = append(trackers, tracker)
	}
	return trackers, nil
}

// explain adds to an error of a request for trackers what to do about it.
func explain(err error, key types.NamespacedName) error {
	switch {
	case meta.IsNoMatchError(err):
		return fmt.Errorf("%w: the operator is not installed in this cluster, or has another version of the API than the %s of this plugin "+
			"(see kubectl api-resources --api-group=%s)", err, kind.Version, kind.Group)
	case apierrors.IsNotFound(err) && key.Name != "":
		return fmt.Errorf("%w: see kubectl tracker status -A for those that there are", err)
	}
	return err
}

// Decode reads a tracker without the fields of its spec and status that this version of the
// plugin can't read. It ignores those that it doesn't know.
func Decode(object *unstructured.Unstructured) (Tracker, error) {
	content := runtime.DeepCopyJSON(object.Object)
	decoded := Tracker{}
	for _, part := range []string{"spec", "status"} {
		fields, ok := content[part].(map[string]any)
		if !ok {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			one := map[string]any{part: map[string]any{name: fields[name]}}
			if runtime.DefaultUnstructuredConverter.FromUnstructured(one, &v1alpha1.InterviewTracker{}) != nil {
				delete(fields, name)
				decoded.Unreadable = append(decoded.Unreadable, part+"."+name)
			}
		}
	}
	decoded.InterviewTracker = &v1alpha1.InterviewTracker{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, decoded.InterviewTracker); err != nil {
		return Tracker{}, fmt.Errorf("reading %s %s/%s: %w", v1alpha1.Kind, object.GetNamespace(), object.GetName(), err)
	}
	return decoded, nil
}
