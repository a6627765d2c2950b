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

// Optional returns the files with the CRDs of the kinds that a cluster may lack: those of the version of
// prometheus-operator that the local cluster runs, that of the Gateway API's HTTPRoute, and one with the
// name and fields of grafana-operator's, whose CRDs are not in a Go module.
func Optional(ctx context.Context) ([]string, error) {
	output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/interview-tracker/interview-tracker-operator").Output()
	if err != nil {
		return nil, fmt.Errorf("finding the root of this project: %w", err)
	}
	root := strings.TrimSpace(string(output))
	operator, err := downloaded(ctx, filepath.Join(root, "hack", "cluster", "components", "prometheus-operator"),
		"github.com/prometheus-operator/prometheus-operator")
	if err != nil {
		return nil, err
	}
	gateway, err := downloaded(ctx, root, "sigs.k8s.io/gateway-api")
	if err != nil {
		return nil, err
	}
	files := []string{
		filepath.Join(root, "test", "crds", "testdata", "grafana.integreatly.org_grafanadashboards.yaml"),
		filepath.Join(gateway, "config", "crd", "standard", "gateway.networking.k8s.io_httproutes.yaml"),
	}
	for _, plural := range []string{"servicemonitors", "prometheusrules", "probes", "alertmanagerconfigs", "prometheuses", "alertmanagers"} {
		files = append(files, filepath.Join(operator, "example", "prometheus-operator-crd", "monitoring.coreos.com_"+plural+".yaml"))
	}
	return files, nil
}

// downloaded is the folder of a module that another one, in a folder, requires.
func downloaded(ctx context.Context, from, path string) (string, error) {
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", path) //nolint:gosec // one of the two above
	download.Dir = from
	output, err := download.Output()
	if err != nil {
		return "", fmt.Errorf("finding the CRDs of %s: %w: %s", path, err, output)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(output, &module); err != nil {
		return "", fmt.Errorf("finding the CRDs of %s: %w", path, err)
	}
	return module.Dir, nil
}
