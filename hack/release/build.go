// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// buildTimeout is for one platform, also where nothing is in Go's cache.
const buildTimeout = time.Hour

// platform is an operating system and an architecture, in Go's words.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

var (
	linux      = []platform{{"linux", "amd64"}, {"linux", "arm64"}}
	everywhere = append(linux[:2:2], platform{"darwin", "amd64"}, platform{"darwin", "arm64"},
		platform{"windows", "amd64"}, platform{"windows", "arm64"})
)

// program is a command of this repository that is released.
type program struct {
	name      string // That of its folder below cmd, and of the binary.
	archive   string // What the names of its archives begin with.
	platforms []platform
}

const plugin = "kubectl-tracker"

var programs = []program{
	{name: "manager", archive: "interview-tracker-operator", platforms: linux},
	{name: "tracker", archive: "tracker", platforms: linux},
	{name: plugin, archive: plugin, platforms: everywhere},
}

// binary is a program that has been built for a platform.
type binary struct {
	program  program
	platform platform
	path     string
}

// file is the binary's name.
func (b binary) file() string { return fileName(b.program.name, b.platform) }

func fileName(program string, p platform) string {
	if p.os == "windows" {
		return program + ".exe"
	}
	return program
}

// build builds programs below a folder: those of one platform in one `go build`, which compiles what they share once.
func (r release) build(ctx context.Context, dir string, programs []program) ([]binary, error) {
	ldflags, err := r.ldflags(ctx)
	if err != nil {
		return nil, err
	}
	var all []binary
	for _, p := range everywhere {
		var packages []string
		to := filepath.Join(dir, p.os+"_"+p.arch)
		for _, program := range programs {
			if slices.Contains(program.platforms, p) {
				packages = append(packages, "./cmd/"+program.name)
				all = append(all, binary{program, p, filepath.Join(to, fileName(program.name, p))})
			}
		}
		if len(packages) == 0 {
			continue
		}
		fmt.Printf("release: building %s for %s\n", strings.ReplaceAll(strings.Join(packages, ", "), "./cmd/", ""), p)
		if err := r.goBuild(ctx, p, ldflags, to, packages); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// goBuild builds packages into a folder. Nothing that the binaries depend on comes from this machine's settings.
func (r release) goBuild(ctx context.Context, p platform, ldflags, to string, packages []string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", to + string(filepath.Separator)}
	_, err := commandOutput(exec.CommandContext(ctx, "go", append(args, packages...)...), r.root,
		"CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off", "GOFLAGS=-mod=readonly",
		"GOEXPERIMENT=", "GOFIPS140=off")
	return err
}

// ldflags are the flags of the linker that `make build` uses too.
func (r release) ldflags(ctx context.Context) (string, error) {
	return commandOutput(exec.CommandContext(ctx, filepath.Join(r.root, "hack", "ldflags.sh")), r.root,
		"VERSION="+r.version, "COMMIT="+r.commit, "DATE="+r.date.Format(time.RFC3339))
}
