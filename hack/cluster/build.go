// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
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

const buildTimeout = time.Hour

// component is one folder below components: a go.mod whose tools, or else its own program, are built together.
type component struct {
	folder  string
	module  string // The module whose version names the component.
	tags    string
	usually time.Duration // From nothing, on two idle cores.
}

var (
	kubernetesComponent = component{folder: "kubernetes", module: "k8s.io/kubernetes", usually: 9 * time.Minute}
	containerdComponent = component{
		folder:  "containerd",
		module:  "github.com/containerd/containerd/v2",
		tags:    "no_btrfs,no_devmapper,no_zfs",
		usually: time.Minute,
	}
	corednsComponent            = component{folder: "coredns", module: "github.com/coredns/coredns", usually: time.Minute}
	prometheusOperatorComponent = component{
		folder:  "prometheus-operator",
		module:  "github.com/prometheus-operator/prometheus-operator",
		usually: 150 * time.Second,
	}
	prometheusComponent = component{
		folder:  "prometheus",
		module:  "github.com/prometheus/prometheus",
		tags:    "remove_all_sd,enable_kubernetes_sd", // Of all the places where targets can be found, this cluster.
		usually: 2 * time.Minute,
	}
	otelCollectorComponent = component{
		folder:  "otel-collector",
		module:  "go.opentelemetry.io/collector/otelcol",
		usually: 3 * time.Minute,
	}
)

// renamed are the binaries that don't keep the name that `go build` gives them.
var renamed = map[string]string{"server": "etcd", "operator": "prometheus-operator"}

// envtestPrograms are what envtest starts, and kubectl.
var envtestPrograms = []string{"kube-apiserver", "etcd", "kubectl"}

// assets returns the folder of the programs of envtest: the user's own, or one that it builds.
func assets(ctx context.Context, l layout) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" && len(missing(dir, envtestPrograms)) == 0 {
		return dir, nil
	}
	return kubernetesComponent.build(ctx, l, envtestPrograms...)
}

// build makes those of a component's binaries (by default all) that are missing in its folder of the cache,
// in one `go build`, which compiles each package once and links while it compiles. It returns the folder.
func (c component) build(ctx context.Context, l layout, names ...string) (string, error) {
	src, err := c.source(l)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		names = src.names()
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("%s-%s-%s", c.folder, src.version, src.key))
	if len(missing(dir, names)) == 0 {
		return dir, nil
	}
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	unlock, err := lock(ctx, filepath.Join(cache, c.folder+".lock"), buildTimeout)
	if err != nil {
		return "", err
	}
	defer unlock()
	if names = missing(dir, names); len(names) == 0 { // Another run has just built them.
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	what := fmt.Sprintf("building %s (%s)", strings.Join(names, ", "), src.version)
	usually := fmt.Sprintf("up to %s on 2 idle cores", c.usually)
	return dir, step(what, usually, func() error { return c.compile(ctx, l, src, dir, names) })
}

// compile builds binaries into a folder, each of which appears as a whole.
func (c component) compile(ctx context.Context, l layout, src source, dir string, names []string) error {
	temporary, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	args := []string{"-tags", c.tags, "-ldflags", src.ldflags, "-o", temporary + "/"}
	for _, name := range names {
		args = append(args, src.packages[name])
	}
	if err := runLogged(goBuild(ctx, l.component(c.folder), args...), filepath.Join(dir, "build.log")); err != nil {
		return fmt.Errorf("building %s: %w", c.folder, err)
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(temporary, binaryName(src.packages[name])), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// source is what a component is built from.
type source struct {
	version  string
	ldflags  string
	key      string            // A digest of everything that the binaries depend on.
	packages map[string]string // By the binary's name.
}

func (s source) names() []string { return slices.Sorted(maps.Keys(s.packages)) }

// source reads the component's folder.
func (c component) source(l layout) (source, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, c.tags, runtime.GOOS, runtime.GOARCH)
	var mod *modfile.File
	entries, err := os.ReadDir(l.component(c.folder))
	if err != nil {
		return source{}, err
	}
	for _, entry := range entries {
		path := filepath.Join(l.component(c.folder), entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			return source{}, err
		}
		sum.Write(content)
		if entry.Name() == "go.mod" {
			if mod, err = modfile.Parse(path, content, nil); err != nil {
				return source{}, err
			}
		}
	}
	i := slices.IndexFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == c.module })
	if i < 0 {
		return source{}, fmt.Errorf("%s/go.mod does not require %s", l.component(c.folder), c.module)
	}
	src := source{version: mod.Require[i].Mod.Version, ldflags: "-s -w", packages: map[string]string{}}
	if c.folder == "kubernetes" {
		// The version that the servers report is stamped by Kubernetes' own build scripts.
		parts := strings.Split(strings.TrimPrefix(src.version, "v"), ".")
		src.ldflags += fmt.Sprintf(" -X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s",
			"k8s.io/component-base/version.", src.version, parts[0], parts[1])
	}
	fmt.Fprintln(sum, src.ldflags)
	src.key = hex.EncodeToString(sum.Sum(nil))[:8]
	for _, tool := range mod.Tool {
		name := binaryName(tool.Path)
		src.packages[cmp.Or(renamed[name], name)] = tool.Path
	}
	if len(src.packages) == 0 {
		src.packages[c.folder] = mod.Module.Mod.Path
	}
	return src, nil
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

// missing are those of the programs that a folder lacks.
func missing(dir string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular()
	})
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
