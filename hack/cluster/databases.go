// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"fmt"
	"io/fs"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

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
