// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
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
