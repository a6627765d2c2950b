// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

const (
	buildTimeout   = time.Hour
	corednsPackage = "github.com/interview-tracker/interview-tracker-operator/hack/cluster/components/coredns"
)

// component is one folder below components: a go.mod whose tools are built together.
type component struct {
	folder  string
	module  string // The module whose version names the component.
	tags    string
	ldflags func(version string) string
	steps   []buildStep
}

// buildStep is what is built together: package path to the binary's name.
type buildStep struct {
	usually  time.Duration // From nothing, on two idle cores.
	binaries map[string]string
}

var kubernetesComponent = component{
	folder: "kubernetes",
	module: "k8s.io/kubernetes",
	ldflags: func(version string) string {
		// The version that the servers report is stamped by Kubernetes' own build scripts.
		const pkg = "k8s.io/component-base/version."
		parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
		return fmt.Sprintf("-s -w -X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s",
			pkg, version, parts[0], parts[1])
	},
	steps: []buildStep{{
		usually: 7 * time.Minute,
		binaries: map[string]string{
			"k8s.io/kubernetes/cmd/kube-apiserver": "kube-apiserver",
			"k8s.io/kubernetes/cmd/kubectl":        "kubectl",
			"go.etcd.io/etcd/server/v3":            "etcd",
		},
	}, {
		usually: 2 * time.Minute,
		binaries: map[string]string{
			"k8s.io/kubernetes/cmd/kube-controller-manager": "kube-controller-manager",
			"k8s.io/kubernetes/cmd/kube-scheduler":          "kube-scheduler",
			"k8s.io/kubernetes/cmd/kubelet":                 "kubelet",
			"k8s.io/kubernetes/cmd/kube-proxy":              "kube-proxy",
		},
	}},
}

var containerdComponent = component{
	folder:  "containerd",
	module:  "github.com/containerd/containerd/v2",
	tags:    "no_btrfs,no_devmapper,no_zfs",
	ldflags: plainLdflags,
	steps: []buildStep{{
		usually: time.Minute,
		binaries: map[string]string{
			"github.com/containerd/containerd/v2/cmd/containerd":              "containerd",
			"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2": "containerd-shim-runc-v2",
			"github.com/containerd/containerd/v2/cmd/ctr":                     "ctr",
		},
	}},
}

var corednsComponent = component{
	folder:  "coredns",
	module:  "github.com/coredns/coredns",
	ldflags: plainLdflags,
	steps: []buildStep{{
		usually:  time.Minute,
		binaries: map[string]string{corednsPackage: "coredns"},
	}},
}

var prometheusOperatorComponent = component{
	folder:  "prometheus-operator",
	module:  "github.com/prometheus-operator/prometheus-operator",
	ldflags: plainLdflags,
	steps: []buildStep{{
		usually: 150 * time.Second,
		binaries: map[string]string{
			"github.com/prometheus-operator/prometheus-operator/cmd/operator":                   "prometheus-operator",
			"github.com/prometheus-operator/prometheus-operator/cmd/prometheus-config-reloader": "prometheus-config-reloader",
		},
	}},
}

var prometheusComponent = component{
	folder:  "prometheus",
	module:  "github.com/prometheus/prometheus",
	tags:    "remove_all_sd,enable_kubernetes_sd", // Of all the places where targets can be found, this cluster.
	ldflags: plainLdflags,
	steps: []buildStep{{
		usually:  2 * time.Minute,
		binaries: map[string]string{"github.com/prometheus/prometheus/cmd/prometheus": "prometheus"},
	}},
}

func plainLdflags(string) string { return "-s -w" }

// assets returns the folder of what envtest starts, and of kubectl: the user's own, or one that it
// builds.
func assets(ctx context.Context, l layout) (string, error) {
	wanted := kubernetesComponent.steps[0]
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" && holds(dir, wanted.names()...) {
		return dir, nil
	}
	return kubernetesComponent.build(ctx, l, wanted)
}

// buildAll makes a component's binaries and returns their folder.
func (c component) buildAll(ctx context.Context, l layout) (string, error) {
	return c.build(ctx, l, c.steps...)
}

// build makes what is missing of the given steps in the component's folder of the cache, in one
// `go build`, which compiles each package once and links while it compiles.
func (c component) build(ctx context.Context, l layout, steps ...buildStep) (string, error) {
	version, key, err := c.identity(l)
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("%s-%s-%s", c.folder, version, key))
	missing := missingOf(dir, steps)
	if len(missing.binaries) == 0 {
		return dir, nil
	}
	return dir, c.buildStep(ctx, l, missing, dir, version)
}

// missingOf joins the steps that the folder lacks a binary of.
func missingOf(dir string, steps []buildStep) buildStep {
	missing := buildStep{binaries: map[string]string{}}
	for _, s := range steps {
		if !holds(dir, s.names()...) {
			missing.usually += s.usually
			maps.Copy(missing.binaries, s.binaries)
		}
	}
	return missing
}

func (c component) buildStep(ctx context.Context, l layout, s buildStep, dir, version string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	unlock, err := lock(ctx, filepath.Join(filepath.Dir(dir), c.folder+".lock"), buildTimeout)
	if err != nil {
		return err
	}
	defer unlock()
	if holds(dir, s.names()...) { // Another run has just built it.
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)

	what := fmt.Sprintf("building %s (%s)", strings.Join(s.names(), ", "), version)
	usually := fmt.Sprintf("about %s on 2 idle cores", s.usually)
	return step(what, usually, func() error {
		args := []string{"-tags", c.tags, "-ldflags", c.ldflags(version), "-o", temporary + "/"}
		build := goBuild(ctx, l.component(c.folder), append(args, s.packages()...)...)
		if err := runLogged(build, filepath.Join(dir, "build.log")); err != nil {
			return fmt.Errorf("building %s: %w", c.folder, err)
		}
		for pkg, name := range s.binaries {
			if err := os.Rename(filepath.Join(temporary, binaryName(pkg)), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// identity is the component's version, and a key of everything else that its binaries depend on.
func (c component) identity(l layout) (version, key string, err error) {
	sum := sha256.New()
	fmt.Fprintln(sum, c.tags, runtime.GOOS, runtime.GOARCH)
	var mod *modfile.File
	entries, err := os.ReadDir(l.component(c.folder))
	if err != nil {
		return "", "", err
	}
	for _, entry := range entries {
		path := filepath.Join(l.component(c.folder), entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			return "", "", err
		}
		sum.Write(content)
		if entry.Name() == "go.mod" {
			if mod, err = modfile.Parse(path, content, nil); err != nil {
				return "", "", err
			}
		}
	}
	i := slices.IndexFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == c.module })
	if i < 0 {
		return "", "", fmt.Errorf("%s/go.mod does not require %s", l.component(c.folder), c.module)
	}
	version = mod.Require[i].Mod.Version
	fmt.Fprintln(sum, c.ldflags(version))
	return version, hex.EncodeToString(sum.Sum(nil))[:8], nil
}

func (s buildStep) packages() []string { return slices.Sorted(maps.Keys(s.binaries)) }

func (s buildStep) names() []string {
	var names []string
	for _, pkg := range s.packages() {
		names = append(names, s.binaries[pkg])
	}
	return names
}

// binaryName is what `go build` calls a package's binary: the last part of its path that is not a
// major version.
func binaryName(pkg string) string {
	prefix, _, _ := module.SplitPathVersion(pkg)
	return path.Base(prefix)
}

// goBuild is a `go build` in a folder.
func goBuild(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return cmd
}

func holds(dir string, names ...string) bool {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// lock takes a lock that ends with this process at the latest.
func lock(ctx context.Context, path string, timeout time.Duration) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	sayWaiting := sync.OnceFunc(func() { say("waiting for another run, which holds %s", path) })
	err = waitFor(ctx, "another run, which holds "+path, timeout, func() error {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			sayWaiting()
		}
		return err
	})
	if err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}
