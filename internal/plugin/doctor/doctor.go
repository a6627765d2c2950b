// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package doctor is `kubectl tracker doctor`: the checks that an expert would make, in order, each with what to
// do. Gather reads the cluster as the user, Diagnose decides, Print shows.
package doctor
