// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// news brings what others find out to the queue of trackers. It never blocks them, as
// a channel would.
type news struct {
	queue atomic.Pointer[workqueue.TypedRateLimitingInterface[reconcile.Request]]
}

// source connects the news to a controller's queue.
func (n *news) source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		n.queue.Store(&queue)
		return nil
	})
}

// of has a pass made over a tracker of which something new is known. Nothing is
// known before the first pass, and so before the queue.
func (n *news) of(tracker types.NamespacedName) {
	if queue := n.queue.Load(); queue != nil {
		(*queue).Add(reconcile.Request{NamespacedName: tracker})
	}
}

// ofAll has passes made over several trackers.
func (n *news) ofAll(requests []reconcile.Request) {
	for _, r := range requests {
		n.of(r.NamespacedName)
	}
}

// all has a pass made over every tracker, or over some of them.
func (n *news) all(ctx context.Context, cached client.Reader, which ...client.ListOption) {
	if n.queue.Load() == nil {
		return
	}
	var trackers v1alpha1.InterviewTrackerList
	if err := cached.List(ctx, &trackers, append(which, client.UnsafeDisableDeepCopy)...); err != nil {
		return // Only a cache that has stopped fails.
	}
	for i := range trackers.Items {
		n.of(client.ObjectKeyFromObject(&trackers.Items[i]))
	}
}

// barrier is a source of nothing that holds a controller back until it is open.
type barrier <-chan struct{}

// Start implements source.Source.
func (barrier) Start(context.Context, workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	return nil
}

// WaitForSync implements source.SyncingSource.
func (b barrier) WaitForSync(ctx context.Context) error {
	select {
	case <-b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
