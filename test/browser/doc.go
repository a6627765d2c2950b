// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package browser uses the frontend's pages in a real Chromium, and tests what its users do and what the pages measure
// of it.
package browser
