// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package procedures reads docs/incident-response.md and docs/maintenance.md for the tests that
// run their commands: those of this package, on an API server, and those of test/e2e, on a
// cluster.
package procedures

import (
	"fmt"

	"github.com/interview-tracker/interview-tracker-operator/test/pages"
)

// Pages are the two pages.
var Pages = []string{"docs/incident-response.md", "docs/maintenance.md"}

// OnCluster are the sections whose commands need nodes, the operator or Prometheus, each as
// PAGE#HEADING. test/e2e runs them.
var OnCluster = []string{
	"docs/incident-response.md#Reach Alertmanager",
	"docs/incident-response.md#Run a drill",
	"docs/incident-response.md#Test a route",
	"docs/incident-response.md#What a message has",
	"docs/maintenance.md#External database or Redis",
	"docs/maintenance.md#Health endpoints",
	"docs/maintenance.md#Managed Redis",
	"docs/maintenance.md#Managed database",
	"docs/maintenance.md#The operator's certificate",
}

// Section is a section of one of the pages.
type Section = pages.Section

// Read returns the sections of all pages. root is the repository's folder.
func Read(root string) ([]Section, error) {
	var all []Section
	for _, page := range Pages {
		read, err := pages.Read(root, page)
		if err != nil {
			return nil, fmt.Errorf("reading the procedures: %w", err)
		}
		all = append(all, read...)
	}
	return all, nil
}
