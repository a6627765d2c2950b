//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// processes are the pids of a pod's processes whose command line begins with the command.
// An image may have no shell, so they are found on the node, which is this machine in the
// local cluster.
func processes(t testing.TB, pod *corev1.Pod, command string) []int {
	t.Helper()
	pids := runningIn(t, pod, command)
	if len(pids) == 0 {
		t.Fatalf("pod %s has no process %q on this machine: this test needs the local cluster", pod.Name, command)
	}
	return pids
}

// runningIn is the same for a pod that may have no such process now.
func runningIn(t testing.TB, pod *corev1.Pod, command string) []int {
	t.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	must(t, err)
	var pids []int
	for _, group := range groups {
		folder := filepath.Dir(group)
		cgroup, _ := os.ReadFile(group) // The process may have exited.
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		if !strings.Contains(string(cgroup), string(pod.UID)) || !bytes.HasPrefix(line, []byte(command)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(folder))
		must(t, err)
		pids = append(pids, pid)
	}
	return pids
}

// signal sends a signal to those processes.
func signal(t testing.TB, pod *corev1.Pod, command string, s syscall.Signal) {
	t.Helper()
	for _, pid := range processes(t, pod, command) {
		if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
			t.Fatal(err)
		}
	}
}
