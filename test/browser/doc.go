// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package browser tests the frontend's pages in a real Chromium: what its users do, and what the pages measure
// of it.
package browser
