// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/log"
)

// skip leaves the object as it is.
func (c *child) skip(ctx context.Context, reason string) error {
	c.result.count(Skipped, c.kind.Kind)
	c.list()
	c.logSkip(ctx, reason)
	return nil
}

// logSkip logs why the object is not written. This happens in every reconciliation of
// every object: a log that is off costs nothing.
func (c *child) logSkip(ctx context.Context, reason string) {
	if logger := log.FromContext(ctx).V(1); logger.Enabled() {
		logger.Info("Object not written", "object", c.String(), "reason", reason)
	}
}

// logWrite logs a write, and the fields that it was for; none for a new object.
func (c *child) logWrite(ctx context.Context, action Action, found []difference) {
	fields := make([]string, len(found))
	for i, d := range found {
		fields[i] = formatPath(d.path)
	}
	log.FromContext(ctx).Info("Object written", "object", c.String(), "action", action, "fields", fields)
}
