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
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A killed API is noticed, and recovers by itself.
func TestKilledAPIRecovers(t *testing.T) {
	if !onLocalCluster() {
		t.Skip("only the local cluster's node is this machine, on which the process is to be killed")
	}
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)

	kill(t, apiPod(t, tracker), "/tracker\x00api")
	eventually(t, tracker, "the kill is not noticed", func() bool { return !is(tracker, "Ready", "True Ready") })
	ready(t, tracker)
	if n := apiPod(t, tracker).Status.ContainerStatuses[0].RestartCount; n != 1 {
		t.Errorf("the container was restarted %d times, want once", n)
	}
	answers(t, tracker)
}

func apiPod(t *testing.T, tracker *v1alpha1.InterviewTracker) *corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	must(t, k8s.List(t.Context(), &pods, client.InNamespace(tracker.Namespace), client.MatchingLabels{
		v1alpha1.LabelTracker: tracker.Name, v1alpha1.LabelComponent: string(v1alpha1.ComponentAPI),
	}))
	if len(pods.Items) != 1 {
		t.Fatalf("there are %d API pods, want 1", len(pods.Items))
	}
	return &pods.Items[0]
}

// kill ends the one process of a pod that has a command line, as the kernel would
// for lack of memory. Its image has no shell and no kill, so this is done on the
// node, which is this machine in the local cluster.
func kill(t *testing.T, pod *corev1.Pod, command string) {
	t.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	must(t, err)
	for _, group := range groups {
		folder := filepath.Dir(group)
		cgroup, _ := os.ReadFile(group) // The process may have ended meanwhile.
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		if !strings.Contains(string(cgroup), string(pod.UID)) || !bytes.HasPrefix(line, []byte(command)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(folder))
		must(t, err)
		must(t, syscall.Kill(pid, syscall.SIGKILL))
		return
	}
	t.Fatalf("pod %s has no process %q on this machine", pod.Name, command)
}
