// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package helm tests what hack/dist generates: the chart, by Helm itself, and install.yaml, by kubectl.
package helm
