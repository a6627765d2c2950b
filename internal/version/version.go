// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package version says which build of the programs runs.
package version

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// The linker sets these: see hack/ldflags.sh. A build without them, such as those of tests and of the
// local cluster, has the same bytes after each commit, and so is cached.
var version, commit, date string

const (
	// development is the version of a build that has no other.
	development = "dev"
	// unknown stands for a commit or a date that the build does not have.
	unknown = "unknown"
)

// Info identifies a build. No field is empty.
type Info struct {
	// Version is a semantic version such as v0.1.0, what `git describe` says between two of them, or "dev".
	Version string `json:"version"`
	// Commit is the hash of the Git commit, with the suffix -dirty if files were changed since, or "unknown".
	Commit string `json:"commit"`
	// Date is when that commit was made, as RFC 3339 has it, in UTC, or "unknown".
	Date string `json:"date"`
	// GoVersion is that of the compiler, such as go1.26.8.
	GoVersion string `json:"goVersion"`
}

// Get returns which build this program is.
func Get() Info {
	build, _ := debug.ReadBuildInfo()
	return info(build, version, commit, date)
}

// info completes what the linker has set with what the go command stamps by itself.
func info(build *debug.BuildInfo, version, commit, date string) Info {
	if build == nil {
		build = &debug.BuildInfo{}
	}
	settings := map[string]string{}
	for _, setting := range build.Settings {
		settings[setting.Key] = setting.Value
	}
	revision := settings["vcs.revision"]
	if revision != "" && settings["vcs.modified"] == "true" {
		revision += "-dirty"
	}
	stamped := build.Main.Version
	if stamped == "(devel)" {
		stamped = ""
	}
	return Info{
		Version:   cmp.Or(version, stamped, development),
		Commit:    cmp.Or(commit, revision, unknown),
		Date:      cmp.Or(date, settings["vcs.time"], unknown),
		GoVersion: cmp.Or(build.GoVersion, unknown),
	}
}

// String is one line for people: v0.1.0 (commit 0123abc, 2026-01-02T15:04:05Z, go1.26.8).
func (i Info) String() string {
	return fmt.Sprintf("%s (commit %s, %s, %s)", i.Version, i.Commit, i.Date, i.GoVersion)
}
