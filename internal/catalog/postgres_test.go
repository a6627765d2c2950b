// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestPostgresMajor(t *testing.T) {
	for _, test := range []struct{ image, want string }{
		{"postgres:15", "15"},
		{"postgres:15.4", "15"},
		{"postgres:15.4-alpine", "15"},
		{"postgres:17beta1", "17"},
		{"postgres:9.6.24", "9.6"},
		{"postgres:v14.2", "14"},
		{"registry:5000/x/postgres:16@sha256:0123", "16"},
		{"registry:5000/x/postgres", ""},
		{"registry.example.com/postgis/postgis:15-3", "15"},
		{"pgvector/pgvector:pg16", "16"},
		{"timescale/timescaledb:2.17.2-pg16", "16"},
		{"postgres@sha256:0123456789", ""},
		{"postgres", ""},
		{"postgres:latest", ""},
		{"postgres:2024-05-01", ""},
		{"postgres:8", ""},
		{"postgres:", ""},
		{"", ""},
		{"@:/", ""},
	} {
		if got := postgresMajor(test.image); got != test.want {
			t.Errorf("%s: got %q, want %q", test.image, got, test.want)
		}
	}
}

// Without a tag that says so, an image is not taken for an old one.
func TestPostgresArgs(t *testing.T) {
	for image, want := range map[string]bool{
		"postgres:9.6": false, "postgres:12.4": false, "timescale/timescaledb:2.11.0-pg12": false,
		"postgres:13": true, "postgres:15": true, "postgres:latest": true, "postgres@sha256:0123456789": true,
	} {
		args := postgresArgs(image, 1500*time.Microsecond)
		if got := slices.Contains(args, "log_min_duration_statement=1ms"); got != want || got != (args != nil) {
			t.Errorf("%s: %q", image, args)
		}
	}
}

// The tests of the application run a real server with the arguments of compose.yaml.
func TestComposeStartsPostgresAsTheOperatorDoes(t *testing.T) {
	content, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services struct {
			Database struct {
				Command []string `json:"command"`
			} `json:"database"`
		} `json:"services"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(postgresArgs("postgres:15", time.Second), file.Services.Database.Command); diff != "" {
		t.Errorf("command (-operator +compose.yaml):\n%s", diff)
	}
}
