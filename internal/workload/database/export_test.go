// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database

import "context"

// StatementsInterval is the least time between two readings of Slowest.
const StatementsInterval = statementsInterval

// Read reads the statistics at once, and returns them.
func (s *Statements) Read(ctx context.Context) []Statement {
	s.read(ctx)
	return s.last
}
