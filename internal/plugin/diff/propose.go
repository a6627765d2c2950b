// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The managers of kubectl's own applies.
const (
	clientSideManager = client.FieldOwner("kubectl-client-side-apply")
	serverSideManager = client.FieldOwner("kubectl")
)

// propose returns a tracker as it is, nil if it does not exist, and as it would be once it is applied.
func (s *session) propose(ctx context.Context, wanted *unstructured.Unstructured) (live, proposed *unstructured.Unstructured, err error) {
	live = &unstructured.Unstructured{}
	live.SetGroupVersionKind(wanted.GroupVersionKind())
	err = s.client.Get(ctx, client.ObjectKeyFromObject(wanted), live)
	switch {
	case apierrors.IsNotFound(err):
		live = nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading it: %w", err)
	}
	switch {
	case s.options.serverSide:
		proposed, err = s.applyServerSide(ctx, wanted)
	case live == nil:
		proposed = wanted.DeepCopy()
		err = s.client.Create(ctx, proposed, clientSideManager)
	default:
		proposed, err = s.applyClientSide(ctx, wanted, live)
	}
	return live, proposed, err
}

func (s *session) applyServerSide(ctx context.Context, wanted *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	o := []client.ApplyOption{serverSideManager}
	if s.options.forceConflicts {
		o = append(o, client.ForceOwnership)
	}
	proposed := wanted.DeepCopy()
	return proposed, s.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(proposed), o...)
}

// applyClientSide changes a tracker as kubectl apply does: what was applied last and is left out now
// goes, and what others have set stays.
func (s *session) applyClientSide(ctx context.Context, wanted, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	modified, err := wanted.MarshalJSON()
	if err != nil {
		return nil, err
	}
	current, err := live.MarshalJSON()
	if err != nil {
		return nil, err
	}
	applied := []byte(live.GetAnnotations()[corev1.LastAppliedConfigAnnotation])
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(applied, modified, current,
		mergepatch.RequireKeyUnchanged("apiVersion"), mergepatch.RequireKeyUnchanged("kind"), mergepatch.RequireMetadataKeyUnchanged("name"))
	if err != nil {
		return nil, fmt.Errorf("comparing it with what was applied last: %w", err)
	}
	proposed := live.DeepCopy()
	return proposed, s.client.Patch(ctx, proposed, client.RawPatch(types.MergePatchType, patch), clientSideManager)
}
