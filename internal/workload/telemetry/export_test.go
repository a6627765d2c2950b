// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"time"
)

// MaxQueue bounds Waiting.
const MaxQueue = maxQueue

// Waiting is the number of spans that have ended and are neither exported nor dropped.
func (t *Tracing) Waiting() int64 { return t.waiting.Load() }

// CloseWithin is Close with another limit: a busy machine may need longer to connect to an endpoint.
func (t *Tracing) CloseWithin(ctx context.Context, limit time.Duration) { t.closeWithin(ctx, limit) }

// Enabled is enabled.
var Enabled = enabled

// Check is check of the traces.
func Check(getenv func(string) string, readFile func(string) ([]byte, error)) (string, error) {
	return check(getenv, signalTraces, readFile)
}

// Warn is what the error handler logs.
var Warn = newWarner

// Secrets is secrets.
var Secrets = secrets
