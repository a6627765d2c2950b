// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The manifests are of the release: by the digest of a published image, and by the tag of one that is not.
func TestManifests(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	digest := "sha256:" + strings.Repeat("0a", 32)
	for registry, image := range map[string]string{
		"registry.example.com/team": "registry.example.com/team/interview-tracker-operator@" + digest,
		"":                          "localhost/interview-tracker-operator:0.1.0",
	} {
		r := release{root: root, version: "v0.1.0", date: date, registry: registry}
		one, other := t.TempDir(), t.TempDir()
		for _, to := range []string{one, other} {
			if err := r.writeManifests(t.Context(), digest, t.TempDir(), to); err != nil {
				t.Fatal(err)
			}
		}
		equalFolders(t, one, other)
		install, err := os.ReadFile(filepath.Join(one, "install.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(install), "image: "+image+"\n") {
			t.Errorf("install.yaml does not have the image %s", image)
		}
		for _, name := range []string{"crds.yaml", "interview-tracker-operator-0.1.0.tgz"} {
			if _, err := os.Stat(filepath.Join(one, name)); err != nil {
				t.Error(err)
			}
		}
	}
}
