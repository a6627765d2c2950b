// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// SetupWithManager makes the manager run the Watcher, also while it does not lead.
func (w *Watcher) SetupWithManager(ctx context.Context, mgr manager.Manager) error {
	for _, k := range kinds.All() {
		definitions := k.GroupVersionKind == kinds.CustomResourceDefinition
		if !definitions && k.WatchedWith.Empty() {
			continue
		}
		may, err := w.mayWatch(ctx, k)
		switch {
		case err != nil:
			return err
		case definitions:
			w.fixed = !may
		case may:
			w.attached = append(w.attached, k)
		}
	}
	if w.fixed {
		w.log.Info("CustomResourceDefinitions may not be watched: kinds of monitoring objects that are installed " +
			"from now on will be noticed when the operator is restarted")
	} else {
		informer, err := w.others.GetInformer(ctx, kinds.Metadata(kinds.CustomResourceDefinition))
		if err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
		if _, err := informer.AddEventHandler(onChange(w.crdChanged)); err != nil {
			return fmt.Errorf("watching CustomResourceDefinitions: %w", err)
		}
	}
	if err := mgr.Add(w); err != nil {
		return fmt.Errorf("setting up the optional kinds: %w", err)
	}
	return nil
}

// mayWatch reports whether the operator may watch a kind of which the objects have no
// namespace. One that works in all namespaces must be allowed to; for one that doesn't,
// it is more than its work takes.
func (w *Watcher) mayWatch(ctx context.Context, k kinds.Kind) (bool, error) {
	if len(w.namespaces) == 0 {
		return true, nil
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "watch", Group: k.Group, Resource: k.Plural},
	}}
	if err := w.client.Create(ctx, review); err != nil {
		return false, fmt.Errorf("checking whether %s may be watched: %w", k.Plural, err)
	}
	return review.Status.Allowed, nil
}

// crdChanged queues the CRD of an optional kind.
func (w *Watcher) crdChanged(before, after client.Object) {
	if after == nil {
		after = before
	}
	if _, ok := kinds.OfCRD(after.GetName()); ok {
		w.queue.Add(after.GetName())
	}
}
