// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBinaryName(t *testing.T) {
	for pkg, want := range map[string]string{
		"k8s.io/kubernetes/cmd/kubelet": "kubelet",
		"go.etcd.io/etcd/server/v3":     "server",
		"github.com/coredns/coredns":    "coredns",
		"example.com/vault":             "vault",
	} {
		if got := binaryName(pkg); got != want {
			t.Errorf("%s: got %s, want %s", pkg, got, want)
		}
	}
}

// Every binary is built from a package that its component's go.mod pins as a tool.
func TestComponentsMatchTheirModules(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	l := layout{root: filepath.Join(here, "..", "..")}
	for _, c := range []component{kubernetesComponent, containerdComponent, corednsComponent, prometheusOperatorComponent, prometheusComponent} {
		version, _, err := c.identity(l)
		if err != nil || !strings.HasPrefix(version, "v") {
			t.Errorf("%s: version %q, error %v", c.folder, version, err)
		}
		mod, err := os.ReadFile(filepath.Join(l.component(c.folder), "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.steps {
			for pkg := range s.binaries {
				if !strings.Contains(string(mod), pkg+"\n") {
					t.Errorf("%s/go.mod has no tool %s", c.folder, pkg)
				}
			}
		}
	}
}

func TestAssetsPrefersTheUsers(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	for _, name := range []string{"kube-apiserver", "etcd", "kubectl"} {
		// What lacks one of them is not enough; building them fails here, where there is no source.
		if got, err := assets(t.Context(), layout{root: dir}); err == nil {
			t.Errorf("without %s, got %s", name, got)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := assets(t.Context(), layout{root: dir}); err != nil || got != dir {
		t.Errorf("got %s, error %v", got, err)
	}
}

// A machine without any of them builds all in one go; what is there is not built again.
func TestMissingStepsAreBuiltTogether(t *testing.T) {
	dir := t.TempDir()
	steps := kubernetesComponent.steps
	all := missingOf(dir, steps)
	if len(all.binaries) != 7 || all.usually != 9*time.Minute {
		t.Errorf("of an empty folder: %d binaries in %s", len(all.binaries), all.usually)
	}
	for _, name := range steps[0].names() {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if rest := missingOf(dir, steps); !maps.Equal(rest.binaries, steps[1].binaries) || rest.usually != steps[1].usually {
		t.Errorf("beside the first step's: %v in %s", rest.binaries, rest.usually)
	}
	if none := missingOf(dir, steps[:1]); len(none.binaries) != 0 {
		t.Errorf("of a complete folder: %v", none.binaries)
	}
}
