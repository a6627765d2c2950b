// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package flux tests what Flux makes of trackers, by its own libraries: the examples in
// config/flux, the health of recorded trackers, and that nothing differs from Git.
package flux
