// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const samples = "../../../config/samples"

func TestSamplesRender(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	trackers := 0
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		trackers++
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rendersAPI(t, string(content))
		})
	}
	if trackers == 0 {
		t.Errorf("no tracker in %s", samples)
	}
}

// The README shows whole trackers, and specs alone.
func TestREADMERenders(t *testing.T) {
	content, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var whole, specs int
	for i, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(content), -1) {
		example := block[1]
		switch {
		case strings.Contains(example, "kind: InterviewTracker\n"):
			whole++
		case strings.HasPrefix(example, "spec:"):
			specs++
			example = "apiVersion: apps.interviewtracker.dev/v1alpha1\nkind: InterviewTracker\nmetadata: {name: hiring}\n" + example
		default:
			continue // of another kind
		}
		t.Run(fmt.Sprintf("block %d", i), func(t *testing.T) { rendersAPI(t, example) })
	}
	if whole == 0 || specs == 0 {
		t.Errorf("found %d trackers and %d specs", whole, specs)
	}
}

func rendersAPI(t *testing.T, tracker string) {
	t.Helper()
	out, err := renderText(t, tracker)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "name: hiring-api\n") {
		t.Errorf("it renders no API:\n%s", out)
	}
}
