// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// keepsTemplate reports whether a child's pod template, where it exists, stays as it
// is: a Job's can't be changed, and a Deployment without containers stands for that.
func keepsTemplate(child client.Object) bool {
	switch o := child.(type) {
	case *batchv1.Job:
		return true
	case *appsv1.Deployment:
		return len(o.Spec.Template.Spec.Containers) == 0
	default:
		return false
	}
}

// keepTemplate puts into the apply what our applies own of the live pod template:
// what an apply leaves out and we own is removed, and what it restates and others
// own becomes ours too.
func (c *child) keepTemplate(ctx context.Context, live *object, body *unstructured.Unstructured) error {
	if !c.want.keepsTemplate {
		return nil
	}
	if !live.uncached { // The cache has no managedFields.
		var err error
		if live, err = c.readLive(ctx); err != nil {
			return err
		}
		if live == nil {
			return c.pending("it has just been deleted")
		}
	}
	// If it is not the version that was decided on, the apply is a conflict.
	value, err := c.types.ObjectToTyped(&unstructured.Unstructured{Object: live.fields})
	if err != nil {
		return fmt.Errorf("read %s: %w", c, err)
	}
	ours, _ := value.ExtractItems(newOwners(live).applied().Leaves()).AsValue().Unstructured().(map[string]any)
	template, found, err := unstructured.NestedMap(ours, "spec", "template")
	if err != nil {
		return fmt.Errorf("read %s: %w", c, err)
	}
	unstructured.RemoveNestedField(body.Object, "spec", "template")
	if !found {
		return nil
	}
	return unstructured.SetNestedMap(body.Object, template, "spec", "template")
}
