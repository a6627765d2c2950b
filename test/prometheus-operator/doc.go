// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package prometheusoperator tests that prometheus-operator accepts the operator's
// PrometheusRules, which it rejects as a whole: with one invalid rule, the tracker would
// have no alerts. And what Prometheus does by the configuration that it makes of the
// operator's ServiceMonitors and Probes, and Alertmanager by that of AlertmanagerConfigs.
package prometheusoperator
