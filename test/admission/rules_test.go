// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// A testCase is one write of the base tracker and the exact answer to it.
type testCase struct {
	// Name says what is odd in the write.
	Name string `json:"name"`
	// Stored, if present, is what differs from the base in the tracker that is
	// updated. Without it, a tracker is created.
	Stored json.RawMessage `json:"stored,omitempty"`
	// Written is what differs from the base in the tracker that is written.
	Written json.RawMessage `json:"written"`
	// Refused is every cause of the refusal, as "field: message"; the write is
	// accepted when there is none.
	Refused []string `json:"refused,omitempty"`
}

// TestRules runs the cases of testdata.
func TestRules(t *testing.T) {
	for file, cases := range testCases(t) {
		for _, tc := range cases {
			t.Run(file+"/"+tc.Name, func(t *testing.T) {
				written := tracker(t, string(tc.Written))
				if tc.Stored == nil {
					expectRefused(t, kube.Create(t.Context(), written, client.DryRunAll), tc.Refused...)
					return
				}
				stored := tracker(t, string(tc.Stored))
				create(t, stored)
				written.SetResourceVersion(stored.GetResourceVersion())
				expectRefused(t, kube.Update(t.Context(), written, client.DryRunAll), tc.Refused...)
			})
		}
	}
}

var functions = template.FuncMap{
	"repeat": strings.Repeat,
	"list":   func(items ...string) []string { return items },
}

// testCases reads testdata: templates, so that long strings and lists stay
// short to read.
func testCases(t *testing.T) map[string][]testCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test cases: %v", err)
	}
	all := map[string][]testCase{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := template.New(file).Funcs(functions).Parse(string(text))
		if err != nil {
			t.Fatal(err)
		}
		var rendered bytes.Buffer
		if err := parsed.Execute(&rendered, nil); err != nil {
			t.Fatal(err)
		}
		var cases []testCase
		if err := yaml.UnmarshalStrict(rendered.Bytes(), &cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = cases
	}
	return all
}
