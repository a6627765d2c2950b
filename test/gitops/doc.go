// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package gitops tests how GitOps tools evaluate a tracker's status: kstatus (Flux, kpt,
// Helm) and Argo CD.
package gitops
