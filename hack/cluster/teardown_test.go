// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

func TestMountsBelow(t *testing.T) {
	// Of no folder that merely begins alike.
	for dir, want := range map[string]bool{"/proc": true, "/pro": false} {
		if got, err := mountsBelow(dir); err != nil || (len(got) > 0) != want {
			t.Errorf("on %s and below: %d mounts, error %v", dir, len(got), err)
		}
	}
}

func TestIsOurRuntime(t *testing.T) {
	for name, test := range map[string]struct {
		argv []string
		want bool
	}{
		"our shim":        {[]string{"/c/containerd-shim-runc-v2", "-address", containerdSocket}, true},
		"our runc":        {[]string{"runc", "--root", runDir + "/runc/k8s.io", "kill"}, true},
		"another's shim":  {[]string{"/usr/bin/containerd-shim-runc-v2", "-address", "/run/containerd/containerd.sock"}, false},
		"another program": {[]string{"tail", runDir + "/cluster.json"}, false},
		"a kernel thread": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isOurRuntime(test.argv); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestKubeletAndContainerdEndFirst(t *testing.T) {
	if killRank("kubelet") >= killRank("containerd") || killRank("containerd") >= killRank("etcd") {
		t.Error("what starts things must end before what it uses")
	}
}

func TestRemoveStateKeepsTheLogs(t *testing.T) {
	l := layout{root: t.TempDir()}
	if err := removeState(l); err != nil {
		t.Fatalf("a checkout without a cluster: %v", err)
	}
	for _, dir := range []string{"etcd", "logs/pods", "pki"} {
		if err := os.MkdirAll(l.state(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.leftInState(); err != nil || !slices.Equal(got, []string{l.state("etcd"), l.state("pki")}) {
		t.Errorf("to remove: %q, %v", got, err)
	}
	if err := removeState(l); err != nil {
		t.Fatal(err)
	}
	if got, err := l.leftInState(); err != nil || len(got) > 0 {
		t.Errorf("left: %q, %v", got, err)
	}
	if _, err := os.Stat(l.state("logs", "pods")); err != nil {
		t.Errorf("the logs are gone: %v", err)
	}
}

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
