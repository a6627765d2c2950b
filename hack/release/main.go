// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Release makes what a release publishes, from a clean checkout: archives of the programs, the SBOM of each
// of them, images, manifests, the Helm chart, the manifest of the kubectl plugin for krew, and checksums of
// all. The same commit, version, registry and base URL, built with the same Go, give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/semver"
)

const repository = "https://github.com/interview-tracker/interview-tracker-operator"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var r release
	var out string
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&r.root, "root", ".", "`folder` of the checkout")
	flags.StringVar(&out, "out", "dist/release", "`folder` that is made, below the checkout if it is not absolute; what was in it is removed")
	flags.StringVar(&r.version, "version", "", "semantic `version` with v, such as v0.1.0")
	flags.StringVar(&r.registry, "registry", "",
		"`registry` and path of the images, such as registry.example.com/team; without it they are those of localhost, which nodes must have loaded")
	flags.StringVar(&r.baseURL, "base-url", "", "`URL` of the folder that the archives are downloaded from (default that of a release on GitHub)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := checkVersion(r.version); err != nil {
		return err
	}
	if r.baseURL == "" {
		r.baseURL = repository + "/releases/download/" + r.version
	}
	r.baseURL, r.registry = strings.TrimSuffix(r.baseURL, "/"), strings.TrimSuffix(r.registry, "/")
	var err error
	if r.root, err = filepath.Abs(r.root); err != nil {
		return err
	}
	if !filepath.IsAbs(out) {
		out = filepath.Join(r.root, out)
	}
	if err := replaceable(out); err != nil {
		return err
	}
	if r.commit, r.date, err = cleanCommit(ctx, r.root); err != nil {
		return err
	}
	if r.registry == "" {
		fmt.Println("release: without --registry, install.yaml and the chart name images that can't be pulled")
	}
	return r.make(ctx, out)
}

// replaceable returns an error unless a folder is missing, empty or that of a release: what is in it will be removed.
func replaceable(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, checksums)); err != nil {
		return fmt.Errorf("%s has files, and is no release: remove it, or give another folder by --out", out)
	}
	return nil
}

// checkVersion returns an error unless a version can be that of a release: tags of images have no build metadata.
func checkVersion(version string) error {
	if semver.Canonical(version) != version || version == "" {
		return fmt.Errorf("the version is %q, must be a semantic version such as v0.1.0 or v0.2.0-rc.1", version)
	}
	return nil
}

// cleanCommit returns the commit of a checkout and when it was made. A checkout with other files than that
// commit has is an error, which then does not say what was built.
func cleanCommit(ctx context.Context, root string) (commit string, date time.Time, err error) {
	changed, err := output(ctx, root, "git", "status", "--porcelain")
	if err != nil {
		return "", time.Time{}, err
	}
	if changed != "" {
		return "", time.Time{}, fmt.Errorf("the checkout has changes that are not committed; commit or remove them:\n%s", changed)
	}
	text, err := output(ctx, root, "git", "log", "-1", "--format=%H %cI")
	if err != nil {
		return "", time.Time{}, err
	}
	commit, at, _ := strings.Cut(strings.TrimSpace(text), " ")
	date, err = time.Parse(time.RFC3339, at)
	return commit, date.UTC(), err
}

// output runs a command in a folder and returns what it prints.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	return commandOutput(exec.CommandContext(ctx, name, args...), dir)
}

// commandOutput runs a command in a folder and returns what it prints to its standard output.
func commandOutput(cmd *exec.Cmd, dir string, env ...string) (string, error) {
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
