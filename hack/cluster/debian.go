// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const debianRelease = "bookworm"

// rootfs is a root file system of Debian packages.
type rootfs struct {
	holds   string // For people.
	usually string // How long it takes to make.
	options []string
}

// build makes the root file system, or finds it in the cache.
func (r rootfs) build(ctx context.Context) (blob, error) {
	cache, err := cacheDir()
	if err != nil {
		return blob{}, err
	}
	key := sha256.Sum256([]byte(strings.Join(r.options, "\n")))
	archive := filepath.Join(cache, fmt.Sprintf("rootfs-%s-%x.tar", debianRelease, key[:4]))
	unlock, err := lock(ctx, filepath.Join(cache, "rootfs.lock"), buildTimeout)
	if err != nil {
		return blob{}, err
	}
	defer unlock()
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		err := step("installing "+r.holds+" into a root file system", r.usually, func() error {
			return mmdebstrap(ctx, r.options, archive)
		})
		if err != nil {
			return blob{}, err
		}
	}
	return fileLayer(archive)
}

func mmdebstrap(ctx context.Context, options []string, archive string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	args := append([]string{"--format=tar"}, options...)
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(args, debianRelease, archive+".new")...)
	// On an interrupt it unmounts what it has mounted.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := runLogged(cmd, archive+".log"); err != nil {
		return err
	}
	return os.Rename(archive+".new", archive)
}

func fileLayer(path string) (blob, error) {
	file, err := os.Open(path)
	if err != nil {
		return blob{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return blob{}, err
	}
	sum, err := digest.FromReader(file)
	layer := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayer, Digest: sum, Size: info.Size()}
	return blob{Descriptor: layer, path: path}, err
}

// needed are the programs that come from Debian, and their packages.
var needed = map[string]string{
	"/usr/lib/cni/bridge": "containernetworking-plugins",
	"conntrack":           "conntrack",
	"ip":                  "iproute2",
	"iptables":            "iptables",
	"mmdebstrap":          "mmdebstrap",
	"mount":               "mount", // The kubelet runs it.
	"runc":                "runc",
}

// installPackages installs those that are missing.
func installPackages(l layout) error {
	var missing []string
	for program, pkg := range needed {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	list := strings.Join(missing, " ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("programs are missing, and there is no apt-get to install their Debian packages: install %s", list)
	}
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	return step("installing the Debian packages "+list, "about 20s", func() error {
		install := exec.Command(filepath.Join(l.root, "hack", "apt-install.sh"), missing...)
		return runLogged(install, filepath.Join(cache, "apt-get.log"))
	})
}

//go:embed rootfs/postgres-entrypoint.sh
var postgresEntrypoint []byte

const (
	databaseUser   = 999 // As in the official images.
	databaseUserID = "999:999"
)

// databaseRootfs is one small Debian with both databases. Without documentation, translations
// and the compiler for queries it is a fourth of its size.
var databaseRootfs = rootfs{
	holds:   "PostgreSQL and Redis",
	usually: "about 1m30s",
	options: []string{
		"--variant=minbase",
		"--include=postgresql-15,redis-server",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/info/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/lib/*/libLLVM*",
		"--dpkgopt=path-exclude=/usr/lib/*/libz3*",
		"--dpkgopt=path-exclude=/usr/lib/postgresql/*/lib/llvmjit*",
		"--dpkgopt=path-exclude=/usr/lib/postgresql/*/lib/bitcode/*",
		// Without this, the package creates a database.
		`--essential-hook=mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"`,
	},
}

// databaseImages are compatible with the official images in what the operator uses of them.
func databaseImages(ctx context.Context) ([]image, error) {
	debian, err := databaseRootfs.build(ctx)
	if err != nil {
		return nil, err
	}
	postgres, err := newLayer(append(accounts("postgres", "/var/lib/postgresql"),
		file{path: "usr/local/bin/docker-entrypoint.sh", mode: 0o755, content: postgresEntrypoint},
		file{path: "var/lib/postgresql", mode: fs.ModeDir | 0o755, owner: databaseUser},
		file{path: "var/lib/postgresql/data", mode: fs.ModeDir | 0o700, owner: databaseUser},
		file{path: "run/postgresql", mode: fs.ModeDir | 0o775, owner: databaseUser},
	)...)
	if err != nil {
		return nil, err
	}
	redis, err := newLayer(append(accounts("redis", "/data"),
		file{path: "data", mode: fs.ModeDir | 0o755, owner: databaseUser},
	)...)
	if err != nil {
		return nil, err
	}
	return []image{{
		name: registry + "postgres:15",
		config: ocispec.ImageConfig{
			User:       databaseUserID,
			Env:        []string{"PATH=" + searchPath + ":/usr/lib/postgresql/15/bin", "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data/pgdata"},
			Entrypoint: []string{"docker-entrypoint.sh"},
			Cmd:        []string{"postgres"},
		},
		layers: []blob{debian, postgres},
	}, {
		name: registry + "redis:7",
		config: ocispec.ImageConfig{
			User:       databaseUserID,
			Env:        []string{"PATH=" + searchPath},
			Cmd:        []string{"redis-server"},
			WorkingDir: "/data",
		},
		layers: []blob{debian, redis},
	}}, nil
}

// accounts name the one user that the image's containers run as: initdb wants a name for its uid.
func accounts(name, home string) []file {
	passwd := fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\n%s:x:%d:%d::%s:/bin/sh\n", name, databaseUser, databaseUser, home)
	group := fmt.Sprintf("root:x:0:\n%s:x:%d:\n", name, databaseUser)
	return []file{
		{path: "etc/passwd", mode: 0o644, content: []byte(passwd)},
		{path: "etc/group", mode: 0o644, content: []byte(group)},
	}
}
