// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package scenarios holds trackers that were recorded on a cluster, one a file.
package scenarios

import (
	"embed"
	"io/fs"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

//go:embed *.yaml
var files embed.FS

// Each runs a test of each recorded tracker, named as its file, in alphabetical order.
func Each(t *testing.T, test func(t *testing.T, tracker *unstructured.Unstructured)) {
	t.Helper()
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			content, err := files.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tracker := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(content, &tracker.Object); err != nil {
				t.Fatal(err)
			}
			test(t, tracker)
		})
	}
}
