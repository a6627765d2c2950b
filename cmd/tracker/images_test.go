// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// The numbers are the specification's. The binary replaces its curl: the images of the API
// and the frontend contain nothing else.
func TestDockerfileHealthChecks(t *testing.T) {
	content, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{} // By stage.
	var stage string
	for line := range strings.Lines(strings.ReplaceAll(string(content), "\\\n", " ")) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case fields[0] == "FROM":
			stage = fields[len(fields)-1]
		case fields[0] == "HEALTHCHECK":
			got[stage] += strings.Join(fields[1:], " ")
		}
	}
	want := map[string]string{
		"tracker-api": `--interval=30s --timeout=10s --start-period=40s --retries=3 ` +
			`CMD ["/tracker", "healthcheck", "http://localhost:8000/health"]`,
		"tracker-frontend": `--interval=30s --timeout=10s --start-period=10s --retries=3 ` +
			`CMD ["/tracker", "healthcheck", "http://localhost:3000/health"]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("HEALTHCHECK by stage (-want +got):\n%s", diff)
	}
}

// As above; the commands of Postgres and Redis are the specification's, too.
func TestComposeHealthChecks(t *testing.T) {
	type check struct {
		Test        []string `json:"test"`
		Interval    string   `json:"interval"`
		Timeout     string   `json:"timeout"`
		StartPeriod string   `json:"start_period"`
		Retries     int      `json:"retries"`
	}
	var file struct {
		Services map[string]struct {
			HealthCheck check `json:"healthcheck"`
		} `json:"services"`
	}
	content, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	got := map[string]check{}
	for name, service := range file.Services {
		got[name] = service.HealthCheck
	}
	want := map[string]check{
		"api": {
			Test:     []string{"CMD", "/tracker", "healthcheck", "http://localhost:8000/health"},
			Interval: "30s", Timeout: "10s", StartPeriod: "40s", Retries: 3,
		},
		"frontend": {
			Test:     []string{"CMD", "/tracker", "healthcheck", "http://localhost:3000/health"},
			Interval: "30s", Timeout: "10s", StartPeriod: "10s", Retries: 3,
		},
		"database": {
			Test:     []string{"CMD-SHELL", "pg_isready -U postgres -d interview_tracker"},
			Interval: "10s", Timeout: "5s", Retries: 5,
		},
		"redis": {
			Test:     []string{"CMD", "redis-cli", "ping"},
			Interval: "10s", Timeout: "5s", Retries: 5,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("health checks by service (-want +got):\n%s", diff)
	}
}
