// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package prometheusoperator tests that prometheus-operator accepts the operator's
// PrometheusRules. It rejects an object as a whole: with one invalid rule, the tracker would
// have no alerts.
package prometheusoperator
