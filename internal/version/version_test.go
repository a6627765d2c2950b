// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestInfo(t *testing.T) {
	stamped := &debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Version: "v0.2.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123"}, {Key: "vcs.time", Value: "2026-01-02T15:04:05Z"}, {Key: "vcs.modified", Value: "false"},
		},
	}
	modified := *stamped
	modified.Main.Version = "(devel)"
	modified.Settings = slices.Concat(stamped.Settings[:2], []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}})
	for name, test := range map[string]struct {
		build                 *debug.BuildInfo
		version, commit, date string
		want                  Info
	}{
		"linked": {
			build: stamped, version: "v0.1.0", commit: "4567", date: "2025-01-02T15:04:05Z",
			want: Info{"v0.1.0", "4567", "2025-01-02T15:04:05Z", "go1.26.8"},
		},
		"stamped by the go command": {build: stamped, want: Info{"v0.2.0", "0123", "2026-01-02T15:04:05Z", "go1.26.8"}},
		"of changed files":          {build: &modified, want: Info{"dev", "0123-dirty", "2026-01-02T15:04:05Z", "go1.26.8"}},
		"of a test":                 {build: &debug.BuildInfo{GoVersion: "go1.26.8"}, want: Info{"dev", "unknown", "unknown", "go1.26.8"}},
		"without build info":        {want: Info{"dev", "unknown", "unknown", "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := info(test.build, test.version, test.commit, test.date); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestString(t *testing.T) {
	got := Info{Version: "v0.1.0", Commit: "0123abc", Date: "2026-01-02T15:04:05Z", GoVersion: "go1.26.8"}.String()
	if want := "v0.1.0 (commit 0123abc, 2026-01-02T15:04:05Z, go1.26.8)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestThisBuild(t *testing.T) {
	if got := Get(); got.GoVersion != runtime.Version() || got.Version == "" || got.Commit == "" || got.Date == "" {
		t.Errorf("got %+v", got)
	}
}

// The linker ignores a variable that there is not, so the names in the script are compared with those here.
func TestFlagsOfTheLinker(t *testing.T) {
	script, err := os.Open("../../hack/ldflags.sh")
	if err != nil {
		t.Fatal(err)
	}
	defer script.Close()
	program := filepath.Join(t.TempDir(), "program")
	flags := exec.CommandContext(t.Context(), "sh")
	flags.Stdin = script // rather than by its name, so that Go's test cache notices a change
	flags.Env = append(flags.Environ(), "VERSION=v1.2.3", "COMMIT=0123", "DATE=2026-01-02T15:04:05Z")
	ldflags, err := flags.Output()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", string(ldflags), "-o", program, "./testdata/program")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	output, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "v1.2.3 (commit 0123, 2026-01-02T15:04:05Z, " + runtime.Version() + ")"; strings.TrimSpace(string(output)) != want {
		t.Errorf("got %s, want %s", output, want)
	}
}
