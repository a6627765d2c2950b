// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The generated files in the repository are up to date.
func TestDashboardsAreFresh(t *testing.T) {
	dir := t.TempDir()
	if err := writeDashboards(dir); err != nil {
		t.Fatal(err)
	}
	if err := writeDashboardDocs(filepath.Join(dir, "dashboards.md")); err != nil {
		t.Fatal(err)
	}
	for name, committed := range map[string]string{
		"tracker.json":  "../../config/prometheus/dashboards/tracker.json",
		"fleet.json":    "../../config/prometheus/dashboards/fleet.json",
		"operator.json": "../../config/prometheus/dashboards/operator.json",
		"dashboards.md": "../../docs/dashboards.md",
	} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(committed)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is stale: run 'make manifests'", committed)
		}
	}
}
