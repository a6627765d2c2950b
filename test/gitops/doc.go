// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package gitops holds the tests of what GitOps tools make of a tracker's status:
// kstatus (Flux, kpt, Helm) and Argo CD.
package gitops
