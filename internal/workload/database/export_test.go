// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database

import "context"

// Read reads the statistics at once, and returns them.
func (s *Statements) Read(ctx context.Context) []Statement {
	s.read(ctx)
	return s.last
}
