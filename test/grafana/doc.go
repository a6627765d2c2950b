// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package grafana tests the dashboards against Grafana's schema, as its foundation SDK has it.
package grafana
