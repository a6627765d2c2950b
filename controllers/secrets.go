// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// indexSecret finds trackers by the name of a Secret that an external dependency
// of theirs names.
const indexSecret = "spec.external.secretKeyRef.name" //nolint:gosec // A field's name.

// indexSecrets makes the caches keep indexSecret.
func indexSecrets(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &v1alpha1.InterviewTracker{}, indexSecret, func(object client.Object) []string {
		var names []string
		if tracker, ok := object.(*v1alpha1.InterviewTracker); ok {
			for _, c := range []v1alpha1.Component{v1alpha1.ComponentDatabase, v1alpha1.ComponentRedis} {
				if external := tracker.Spec.GetDependency(c).External; external != nil {
					names = append(names, external.SecretKeyRef.Name)
				}
			}
		}
		return names
	})
	if err != nil {
		return fmt.Errorf("indexing trackers by their external Secrets: %w", err)
	}
	return nil
}

// trackersOfSecret names the trackers that a Secret is named in.
func trackersOfSecret(cached client.Reader) handler.MapFunc {
	return func(ctx context.Context, secret client.Object) []reconcile.Request {
		var trackers v1alpha1.InterviewTrackerList
		err := cached.List(ctx, &trackers, client.InNamespace(secret.GetNamespace()),
			client.MatchingFields{indexSecret: secret.GetName()}, client.UnsafeDisableDeepCopy)
		if err != nil {
			return nil // Only a cache that has stopped fails.
		}
		requests := make([]reconcile.Request, len(trackers.Items))
		for i := range trackers.Items {
			requests[i].NamespacedName = client.ObjectKeyFromObject(&trackers.Items[i])
		}
		return requests
	}
}
