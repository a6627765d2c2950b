// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package crds finds the CRDs of other projects for tests.
package crds

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Monitoring returns the files with the CRDs of the monitoring kinds: those of the version of
// prometheus-operator that the local cluster runs, and one with the name and fields of
// grafana-operator's, whose CRDs are not in a Go module.
func Monitoring(ctx context.Context) ([]string, error) {
	output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/interview-tracker/interview-tracker-operator").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the root of this project: %w", err)
	}
	root := strings.TrimSpace(string(output))
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/prometheus-operator/prometheus-operator")
	download.Dir = filepath.Join(root, "hack", "cluster", "components", "prometheus-operator")
	if output, err = download.Output(); err != nil {
		return nil, fmt.Errorf("finding the CRDs of prometheus-operator: %w: %s", err, output)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(output, &module); err != nil {
		return nil, fmt.Errorf("finding the CRDs of prometheus-operator: %w", err)
	}
	files := []string{filepath.Join(root, "test", "crds", "testdata", "grafana.integreatly.org_grafanadashboards.yaml")}
	for _, plural := range []string{"servicemonitors", "prometheusrules", "probes", "alertmanagerconfigs", "prometheuses", "alertmanagers"} {
		files = append(files, filepath.Join(module.Dir, "example", "prometheus-operator-crd", "monitoring.coreos.com_"+plural+".yaml"))
	}
	return files, nil
}
