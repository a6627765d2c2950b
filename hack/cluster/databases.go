// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed rootfs/postgres-entrypoint.sh
var postgresEntrypoint []byte

const (
	debianRelease  = "bookworm"
	databaseUser   = 999 // As in the official images.
	databaseUserID = "999:999"
)

// rootfsOptions make one small Debian with both databases. Without documentation, translations
// and the compiler for queries it is a fourth of its size.
var rootfsOptions = []string{
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
	// The package shall not make a database of its own.
	`--essential-hook=mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"`,
}

// databaseImages are compatible with the official images in what the operator uses of them.
func databaseImages(ctx context.Context) ([]image, error) {
	rootfs, err := buildRootfs(ctx)
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
	const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	return []image{{
		name: registry + "postgres:15",
		config: imageConfig{
			User:       databaseUserID,
			Env:        []string{"PATH=" + path + ":/usr/lib/postgresql/15/bin", "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data/pgdata"},
			Entrypoint: []string{"docker-entrypoint.sh"},
			Cmd:        []string{"postgres"},
		},
		layers: []blob{rootfs, postgres},
	}, {
		name: registry + "redis:7",
		config: imageConfig{
			User:       databaseUserID,
			Env:        []string{"PATH=" + path},
			Cmd:        []string{"redis-server"},
			WorkingDir: "/data",
		},
		layers: []blob{rootfs, redis},
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

// buildRootfs makes the databases' root file system, or finds it in the cache.
func buildRootfs(ctx context.Context) (blob, error) {
	cache, err := cacheDir()
	if err != nil {
		return blob{}, err
	}
	key := sha256.Sum256([]byte(strings.Join(rootfsOptions, "\n")))
	base := filepath.Join(cache, fmt.Sprintf("rootfs-%s-%x", debianRelease, key[:4]))
	unlock, err := lock(ctx, filepath.Join(cache, "rootfs.lock"), buildTimeout)
	if err != nil {
		return blob{}, err
	}
	defer unlock()

	archive := base + ".tar"
	var rootfs blob
	if err := readJSON(base+".json", &rootfs); err != nil {
		err = step("installing PostgreSQL and Redis into a root file system", "about 1m30s", func() error {
			return mmdebstrap(ctx, archive)
		})
		if err != nil {
			return blob{}, err
		}
		if rootfs, err = digestFile(archive); err != nil {
			return blob{}, err
		}
		if err := writeJSON(base+".json", rootfs); err != nil {
			return blob{}, err
		}
	}
	rootfs.path = archive
	return rootfs, nil
}

func mmdebstrap(ctx context.Context, archive string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	logPath := archive + ".log"
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	args := append([]string{"--format=tar"}, rootfsOptions...)
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(args, debianRelease, archive+".new")...)
	cmd.Stdout, cmd.Stderr = log, log
	// Asked to stop, it unmounts what it has mounted.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Run(); err != nil {
		return withLog(fmt.Errorf("mmdebstrap: %w", err), logPath)
	}
	return os.Rename(archive+".new", archive)
}

func digestFile(path string) (blob, error) {
	file, err := os.Open(path)
	if err != nil {
		return blob{}, err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return blob{Digest: "sha256:" + hex.EncodeToString(sum.Sum(nil)), Size: size, path: path}, err
}
