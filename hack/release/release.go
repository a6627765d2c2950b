// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// release is what is released.
type release struct {
	root     string // The folder of the checkout.
	version  string // Such as v0.1.0.
	commit   string
	date     time.Time // Of the commit, in UTC.
	registry string    // Of the images, with a path but without a slash at its end; empty if they are not published.
	baseURL  string    // That the archives are downloaded from.
}

// number is the version without v, as tags of images and Helm have it.
func (r release) number() string { return strings.TrimPrefix(r.version, "v") }

// imageRegistry is what the names of images begin with.
func (r release) imageRegistry() string { return cmp.Or(r.registry, "localhost") }

// make makes the folder out, which appears as a whole.
func (r release) make(ctx context.Context, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	built, published := filepath.Join(work, "built"), filepath.Join(work, "published")
	if err := os.Mkdir(published, 0o755); err != nil {
		return err
	}
	binaries, err := r.build(ctx, built, programs)
	if err != nil {
		return err
	}
	if err := r.publish(ctx, binaries, work, published); err != nil {
		return err
	}
	if err := writeChecksums(published); err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.Rename(published, out)
}

// publish writes what is made of the binaries, and the manifests, to a folder.
func (r release) publish(ctx context.Context, binaries []binary, work, to string) error {
	fmt.Println("release: archives and SBOMs")
	archives, err := r.writeArchives(binaries, to)
	if err != nil {
		return fmt.Errorf("writing the archives: %w", err)
	}
	if err := r.writeSBOMs(ctx, binaries, to); err != nil {
		return fmt.Errorf("writing the SBOMs: %w", err)
	}
	if err := r.writeKrewManifest(archives, to); err != nil {
		return fmt.Errorf("writing the manifest for krew: %w", err)
	}
	fmt.Println("release: images")
	digests, err := r.writeImages(binaries, filepath.Join(work, "layouts"), to)
	if err != nil {
		return fmt.Errorf("writing the images: %w", err)
	}
	fmt.Println("release: manifests and chart")
	if err := r.writeManifests(ctx, digests[operatorImage], filepath.Join(work, "manifests"), to); err != nil {
		return fmt.Errorf("writing the manifests: %w", err)
	}
	return nil
}
