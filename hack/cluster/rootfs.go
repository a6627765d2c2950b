// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
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
	base := filepath.Join(cache, fmt.Sprintf("rootfs-%s-%x", debianRelease, key[:4]))
	unlock, err := lock(ctx, filepath.Join(cache, "rootfs.lock"), buildTimeout)
	if err != nil {
		return blob{}, err
	}
	defer unlock()

	archive := base + ".tar"
	var layer blob
	if err := readJSON(base+".json", &layer); err != nil {
		err = step("installing "+r.holds+" into a root file system", r.usually, func() error {
			return mmdebstrap(ctx, r.options, archive)
		})
		if err != nil {
			return blob{}, err
		}
		if layer, err = digestFile(archive); err != nil {
			return blob{}, err
		}
		if err := writeJSON(base+".json", layer); err != nil {
			return blob{}, err
		}
	}
	layer.path = archive
	return layer, nil
}

func mmdebstrap(ctx context.Context, options []string, archive string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	logPath := archive + ".log"
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	args := append([]string{"--format=tar"}, options...)
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(args, debianRelease, archive+".new")...)
	cmd.Stdout, cmd.Stderr = log, log
	// On an interrupt it unmounts what it has mounted.
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
