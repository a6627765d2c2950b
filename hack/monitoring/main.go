// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Monitoring writes what config/prometheus and the docs hold of the code that builds
// monitoring objects. It runs in the repository's root: `make manifests`.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := writeDashboards("config/prometheus/dashboards"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if err := writeDashboardDocs("docs/dashboards.md"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
