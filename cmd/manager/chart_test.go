// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The chart's schema lists the flags of the manager, so that it can refuse typos: all but those that other
// values of the chart set, and those that would contradict the ports, volumes and Roles of the operator.
func TestChartKnowsTheFlags(t *testing.T) {
	help := exec.CommandContext(t.Context(), os.Args[0], "--help")
	help.Env = append(os.Environ(), asManager+"=1")
	usage, err := help.Output()
	must(t, err)
	var want []string
	without := []string{
		"health-probe-bind-address", "kubeconfig", "leader-election-namespace", "metrics-bind-address",
		"metrics-cert-dir", "metrics-client-ca", "namespaces", "poll-through", "version",
	}
	for _, match := range regexp.MustCompile(`(?m)^  -(\S+)`).FindAllStringSubmatch(string(usage), -1) {
		if !slices.Contains(without, match[1]) {
			want = append(want, match[1])
		}
	}
	slices.Sort(want)

	file, err := os.ReadFile(filepath.Join("..", "..", "charts", "interview-tracker-operator", "values.schema.json"))
	must(t, err)
	var schema struct {
		Properties struct {
			Flags struct{ Properties map[string]any }
		}
	}
	must(t, json.Unmarshal(file, &schema))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Properties.Flags.Properties))); diff != "" {
		t.Errorf("the flags of the manager (-) and of values.schema.json (+) differ:\n%s", diff)
	}
}
