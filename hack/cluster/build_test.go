// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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

// A component's binaries are the tools of its go.mod.
func TestComponentsMatchTheirModules(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	l := layout{root: filepath.Join(here, "..", "..")}
	for c, want := range map[component][]string{
		kubernetesComponent: {
			"etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet",
		},
		containerdComponent:         {"containerd", "containerd-shim-runc-v2", "ctr"},
		corednsComponent:            {"coredns"},
		prometheusOperatorComponent: {"prometheus-config-reloader", "prometheus-operator"},
		prometheusComponent:         {"prometheus"},
		otelCollectorComponent:      {"otel-collector"},
	} {
		src, err := c.source(l)
		if err != nil || !strings.HasPrefix(src.version, "v") {
			t.Errorf("%s: version %q, error %v", c.folder, src.version, err)
		}
		if got := src.names(); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", c.folder, got, want)
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

// What is there is not built again.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	all := []string{"kubelet", "kubectl"}
	if got := missing(dir, all); !slices.Equal(got, all) {
		t.Errorf("of an empty folder: %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "kubelet"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := missing(dir, all); !slices.Equal(got, []string{"kubectl"}) {
		t.Errorf("beside the first: %q", got)
	}
	if got := missing(dir, all[:1]); len(got) > 0 {
		t.Errorf("of a complete folder: %q", got)
	}
}
