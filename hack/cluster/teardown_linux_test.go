// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A folder may be a link to the root of somebody's mount.
func TestUnmountingLeavesWhatALinkLeadsTo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	mounted, link := t.TempDir(), filepath.Join(t.TempDir(), "state")
	mount := func(target string) {
		t.Helper()
		if err := syscall.Mount("tmpfs", target, "tmpfs", 0, "size=1m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(target, syscall.MNT_DETACH) })
	}
	mount(mounted)
	if err := os.Symlink(mounted, link); err != nil {
		t.Fatal(err)
	}
	if err := unmountBelow(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if left, err := mountsBelow(mounted); err != nil || len(left) != 1 {
		t.Errorf("the mount behind the link: %v, %v", left, err)
	}
	below := filepath.Join(mounted, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	mount(below)
	if err := unmountBelow(t.Context(), mounted); err != nil {
		t.Fatal(err)
	}
	if left, err := mountsBelow(mounted); err != nil || len(left) != 0 {
		t.Errorf("mounts are left: %v, %v", left, err)
	}
}
