// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"
)

func TestWriteConfigFillsInEverything(t *testing.T) {
	chosen, err := choosePorts(t.Context(), chosenListeners)
	if err != nil {
		t.Fatal(err)
	}
	l := layout{root: t.TempDir(), ports: chosen}
	if err := writeConfig(l, binaries{Containerd: "/cache/containerd"}); err != nil {
		t.Fatal(err)
	}
	for _, file := range configTemplates.Templates() {
		name := file.Name()
		content, err := os.ReadFile(l.config(name))
		if err != nil {
			t.Fatal(err)
		}
		if len(content) == 0 || strings.Contains(string(content), "{{") {
			t.Errorf("%s is not filled in", name)
		}
	}
}

func TestSocketPathsAreShortEnough(t *testing.T) {
	const longest, shimLongest = 107, 42 // unix(7); containerd appends a digest to the shims' folder.
	for _, path := range []string{containerdSocket + ".ttrpc", kubeletDir + "/pod-resources/kubelet.sock"} {
		if len(path) > longest {
			t.Errorf("%s has %d characters", path, len(path))
		}
	}
	if dir := runDir + "/shims"; len(dir) > shimLongest {
		t.Errorf("%s has %d characters", dir, len(dir))
	}
}
