// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rules builds the alerting and recording rules: those of a tracker, the
// user's own among them, and those of the operator. It is pure.
package rules

import (
	"github.com/prometheus/prometheus/promql/parser"
)

var _ = parser.NewParser
