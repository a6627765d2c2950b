// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// news brings what the poller finds out to the queue of trackers. It never blocks
// the poller, as a channel would.
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
