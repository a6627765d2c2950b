// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package olm tests what the Operator Lifecycle Manager says about the bundle.
package olm
