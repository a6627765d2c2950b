// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package gitops tests what GitOps tools make of trackers: kstatus (Flux, kpt, Helm) and, by its
// own libraries and configured by config/argocd, Argo CD. It evaluates their statuses, runs the
// actions, and proves that nothing differs from Git without a change.
package gitops
