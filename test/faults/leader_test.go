// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// process is a manager in a process of its own, which can be stopped and continued.
type process struct {
	*exec.Cmd
	*proxy
	ended  chan struct{}
	output bytes.Buffer
}

// runProcess starts a manager for one namespace behind a proxy.
func runProcess(t testing.TB, binary, ns string) *process {
	t.Helper()
	p := newProxy(t, cluster)
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: p.config().Host}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test"}
	config.CurrentContext = "test"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	must(t, clientcmd.WriteToFile(*config, file))
	m := &process{proxy: p, ended: make(chan struct{})}
	m.Cmd = exec.CommandContext(context.WithoutCancel(t.Context()), binary, "--kubeconfig="+file, "--leader-elect",
		"--leader-election-namespace="+ns, "--namespaces="+ns, "--metrics-bind-address=0", "--health-probe-bind-address=0",
		"--graceful-shutdown-timeout=5s", "--reconcile-timeout=5s",
		"--leader-elect-lease-duration=12s", "--leader-elect-renew-deadline=10s", "--leader-elect-retry-period=1s")
	m.Env = []string{"HOME=" + t.TempDir()}
	m.Stdout, m.Stderr = &m.output, &m.output
	must(t, m.Start())
	go func() {
		_ = m.Wait()
		close(m.ended)
	}()
	t.Cleanup(func() {
		_ = m.Process.Kill()
		<-m.ended
	})
	return m
}

// holder is who holds the Lease of a namespace's operators.
func holder(t testing.TB, ns string) string {
	t.Helper()
	lease := &coordinationv1.Lease{}
	must(t, client.IgnoreNotFound(k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: leaseName}, lease)))
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// redis returns the UIDs of the managed Redis' StatefulSet and credentials, empty of those that are not there.
func redis(t testing.TB, ns string) [2]string {
	t.Helper()
	set, secret := &appsv1.StatefulSet{}, externalRedis(ns)
	must(t, client.IgnoreNotFound(k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: trackerName + "-redis"}, set)))
	secret.UID = ""
	err := k8s.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: trackerName + "-redis-credentials"}, secret)
	must(t, client.IgnoreNotFound(err))
	return [2]string{string(set.UID), string(secret.UID)}
}

// observed reports whether a tracker's spec has been observed.
func observed(t testing.TB, ns string) bool {
	t.Helper()
	tracker := read(t, ns)
	return tracker.Status.ObservedGeneration == tracker.Generation
}

// pruneWrites is how many writes the passes take in which Redis becomes external, with their statuses.
const pruneWrites = 7

// The leader stops at one of its writes, as if its machine slept. Another one takes over, and has something
// else to do. The first one wakes up, and writes nothing any more.
func TestOvertaken(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "manager")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/manager")
	build.Stderr = os.Stderr
	must(t, build.Run())
	var points []point
	for k := range pruneWrites {
		for _, fate := range []string{"early", "late", "lost"} {
			points = append(points, point{fmt.Sprintf("%s-%d", fate, k+1), func(t *testing.T) { overtake(t, binary, k+1, fate) }})
		}
	}
	sortPoints(points)
	runPoints(t, 0.1, points)
}

// overtake stops a leader at its k-th write, which reaches the API server early, before another one takes
// over, late, when the first one wakes up, or never.
func overtake(t *testing.T, binary string, k int, fate string) {
	ns := newNamespace(t)
	first := runProcess(t, binary, ns)
	eventually(t, "a leader is elected", func() bool { return holder(t, ns) != "" })
	leader := holder(t, ns)
	scenario()[0].run(t, ns)
	eventually(t, "the tracker's objects are made", func() bool {
		uids := redis(t, ns)
		return observed(t, ns) && uids[0] != "" && uids[1] != ""
	})
	quiet(t, first.proxy)

	// The write is held back, and the process stopped.
	reached, opened := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(opened) })
	defer release()
	n := 0
	first.on(1, func(q request) bool {
		if q.isWrite() {
			n++
		}
		return q.isWrite() && n == k
	}, func(x *exchange) {
		then := x.drop
		switch fate {
		case "early":
			then = x.send()
		case "late":
			then = x.forward
		}
		close(reached)
		<-opened
		then()
	})
	edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = external() })
	select {
	case <-reached:
	case <-time.After(20 * time.Second):
		t.Logf("the passes have no write %d", k)
		return
	}
	must(t, first.Process.Signal(syscall.SIGSTOP))

	second := runProcess(t, binary, ns)
	eventually(t, "the second takes over", func() bool { h := holder(t, ns); return h != "" && h != leader })
	eventually(t, "the second removes the managed Redis", func() bool {
		return observed(t, ns) && redis(t, ns) == [2]string{} && len(identities(t, ns)) == 4
	})
	edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Redis = managed() })
	eventually(t, "the second makes another managed Redis", func() bool {
		uids := redis(t, ns)
		return observed(t, ns) && uids[0] != "" && uids[1] != ""
	})
	quiet(t, second.proxy)
	before := redis(t, ns)
	since := time.Now()
	release()
	must(t, first.Process.Signal(syscall.SIGCONT))
	select {
	case <-first.ended:
	case <-time.After(patience):
		t.Error("the first goes on without the Lease")
	}
	for _, q := range first.requests(anyWrite) {
		if q.answered >= 200 && q.answered < 300 && (q.at.After(since) || fate == "late" && q.write > 0 && heldBack(first, q, since)) {
			t.Errorf("the overtaken leader still wrote: %s", q)
		}
	}
	if after := redis(t, ns); after != before {
		t.Errorf("Redis' StatefulSet and credentials were %v, and are %v", before, after)
	}
	intact(t, ns, "overtaken")
}

// heldBack reports whether a write was the last one that came before a moment.
func heldBack(p *process, q request, moment time.Time) bool {
	earlier := p.requests(func(other request) bool { return other.isWrite() && other.at.Before(moment) })
	return len(earlier) > 0 && earlier[len(earlier)-1].write == q.write
}
