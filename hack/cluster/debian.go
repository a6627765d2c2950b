// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
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
