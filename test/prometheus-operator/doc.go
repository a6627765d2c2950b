// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package prometheusoperator holds the tests of what prometheus-operator makes of the
// operator's PrometheusRules. It refuses an object as a whole: one rule that it can't
// read, and no alert of the tracker is left.
package prometheusoperator
