// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package scenarios holds trackers that were recorded on a cluster, one a file.
package scenarios

import (
	"embed"
	"io/fs"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

//go:embed *.yaml
var files embed.FS

// Read reads a recorded tracker by the name of its file, and returns the time a minute after its last transition.
func Read(t *testing.T, name string) (tracker plugin.Tracker, now metav1.Time) {
	t.Helper()
	content, err := files.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(content, &object.Object); err != nil {
		t.Fatal(err)
	}
	if tracker, err = plugin.Decode(object); err != nil {
		t.Fatal(err)
	}
	now = tracker.CreationTimestamp
	for _, c := range tracker.Status.Conditions {
		if c.LastTransitionTime.After(now.Time) {
			now = c.LastTransitionTime
		}
	}
	return tracker, metav1.NewTime(now.Add(time.Minute))
}

// Each runs a test of each recorded tracker, with its name, in alphabetical order.
func Each(t *testing.T, test func(t *testing.T, name string)) {
	t.Helper()
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range names {
		name := strings.TrimSuffix(file, ".yaml")
		t.Run(name, func(t *testing.T) { test(t, name) })
	}
}
