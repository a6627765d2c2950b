// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
)

var (
	statementLabels  = []string{"queryid", "statement"}
	statementSeconds = prometheus.NewDesc("database_statement_seconds_total",
		"Time that the database took for a statement, of those that take longest. All pods report the same.", statementLabels, nil)
	statementCalls = prometheus.NewDesc("database_statement_calls_total",
		"Executions of a statement, of those that take longest. All pods report the same.", statementLabels, nil)
)

// statements collects what the database has counted. It is the database's: a pod that starts
// does not begin at 0.
type statements func() []database.Statement

// Describe implements prometheus.Collector.
func (statements) Describe(descs chan<- *prometheus.Desc) {
	descs <- statementSeconds
	descs <- statementCalls
}

// Collect implements prometheus.Collector.
func (read statements) Collect(out chan<- prometheus.Metric) {
	for _, s := range read() {
		out <- prometheus.MustNewConstMetric(statementSeconds, prometheus.CounterValue, s.Seconds, s.ID, s.Text)
		out <- prometheus.MustNewConstMetric(statementCalls, prometheus.CounterValue, s.Calls, s.ID, s.Text)
	}
}
