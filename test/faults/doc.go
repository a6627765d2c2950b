// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package faults runs the operator behind a proxy that fails, delays and loses its requests, holds its
// watches back and shows it old data, and checks that it arrives at the same state as without. Its tests
// have the build tag faults: `make test-faults`.
package faults
