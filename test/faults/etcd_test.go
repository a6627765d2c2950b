// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
)

// restoredWithin is how soon a tracker must be observed again after etcd was restored to older data.
const restoredWithin = 2 * time.Minute

// etcd is restored to an older snapshot while an operator runs, and versions go back. What the operator
// remembers of a tracker does not keep it from looking at the tracker that there is.
func TestEtcdRestored(t *testing.T) {
	environment := ownEnvironment(t)
	pause := beWorld(t)
	defer func() { pause() }()
	ns, p := newNamespace(t), newProxy(t, cluster)
	start(t, ns, p, func(o *ctrl.Options) { o.LeaderElection = false }) // It must not end while there is no API server.
	must(t, k8s.Create(t.Context(), externalRedis(ns)))
	must(t, k8s.Create(t.Context(), newTracker(ns)))
	eventually(t, "the tracker is ready", func() bool { return ready(t, ns) })

	plane := &environment.ControlPlane
	old, data := t.TempDir(), plane.Etcd.DataDir
	restart := func(between func()) {
		t.Helper()
		connect := p.hangUp() // An API server that stops waits for its clients.
		pause()
		must(t, plane.APIServer.Stop())
		must(t, plane.Etcd.Stop())
		between()
		must(t, plane.Etcd.Start())
		must(t, plane.APIServer.Start())
		eventually(t, "the API server is back", func() bool {
			return k8s.List(t.Context(), &v1alpha1.InterviewTrackerList{}, client.InNamespace(ns)) == nil
		})
		pause = beWorld(t)
		connect()
	}
	restart(func() { must(t, os.CopyFS(old, os.DirFS(data))) })

	before := read(t, ns).ResourceVersion
	for n := range 30 { // So that the versions of later writes are far ahead.
		edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = fmt.Sprintf("1.1.%d", n) })
	}
	if !holds(t.Context(), reconnected, func() bool { return ready(t, ns) }) {
		report(t, p)
		t.Fatalf("the tracker is not ready again within %s; its status is\n%s", reconnected, describe(t, ns))
	}
	after := read(t, ns).ResourceVersion

	var stopped time.Time
	restart(func() {
		stopped = time.Now()
		must(t, os.RemoveAll(data))
		must(t, os.CopyFS(data, os.DirFS(old)))
		// An API server that is told to watch from a version that is yet to come waits for that. Not so here:
		// operators that see nothing are another matter.
		told := map[string]bool{}
		p.on(-1, func(q request) bool {
			first := q.verb == "watch" && q.version != "" && q.version != "0" && !told[q.path]
			told[q.path] = told[q.path] || first
			return first
		}, failing(http.StatusGone, metav1.StatusReasonExpired))
		// Nothing makes it write a status before it sees the tracker of now: that would have a version of now.
		for _, resource := range watched()[1:] {
			p.freeze(resource)
		}
	})
	t.Logf("the tracker's version was %s, then %s, and is %s", before, after, read(t, ns).ResourceVersion)
	// A list may be followed by a watch from its version, or be a watch from the start on. What makes it
	// begin again is the end of its watch, or that the API server calls its version too large.
	again := func(q request) bool {
		return to("interviewtrackers", "watch", "list")(q) && q.at.After(stopped) && q.status == http.StatusOK && q.version == ""
	}
	if !holds(t.Context(), reconnected, func() bool { return len(p.requests(again)) > 0 }) {
		t.Errorf("the operator does not list trackers again within %s", reconnected)
		report(t, p)
	}
	edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	restored := time.Now()
	p.thaw()
	if !holds(t.Context(), restoredWithin, func() bool { return observed(t, ns) }) {
		t.Errorf("the tracker is not observed within %s; its status is\n%s", restoredWithin, describe(t, ns))
		report(t, p)
	}
	t.Logf("observed after %s", time.Since(restored).Round(time.Second))
}

// reconnected is how long an operator may take to see all of an API server that was restarted:
// each of its watches backs off, for up to a minute.
const reconnected = 3 * time.Minute

// ownEnvironment makes an API server of a test's own the one that everything in it works on.
func ownEnvironment(t *testing.T) *envtest.Environment {
	t.Helper()
	environment, err := newEnvironment(t.Context())
	must(t, err)
	environment.ControlPlane.Etcd = &envtest.Etcd{DataDir: t.TempDir()}
	environment.ControlPlane.GetAPIServer().CertDir = t.TempDir()
	config, err := environment.Start()
	must(t, err)
	config.QPS = -1
	shared, client0, world0 := cluster, k8s, everything
	t.Cleanup(func() {
		cluster, k8s, everything = shared, client0, world0
		_ = environment.Stop()
	})
	cluster = config
	k8s, err = client.NewWithWatch(config, client.Options{Scheme: controllers.Scheme()})
	must(t, err)
	return environment
}

// beWorld makes a world of a test's own the one that everything in it belongs to, until its end.
func beWorld(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var err error
	everything, err = startWorld(ctx, cluster)
	must(t, err)
	return cancel
}
