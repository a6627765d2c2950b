// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// tooLong is what no test waits for: whatever would take that long fails it.
const tooLong = 3 * timeout

// Of two managers one is active. When it stops, it releases the Lease, and the other takes
// over.
func TestLeaderElection(t *testing.T) {
	flags := []string{"--leader-elect", "--leader-election-namespace=" + system, "--leader-elect-lease-duration=" + tooLong.String()}
	first := start(t, operator, flags...)
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "interview-tracker-operator"}}
	eventually(t, "no leader is elected", func() bool {
		err := k8s.Get(t.Context(), client.ObjectKeyFromObject(lease), lease)
		must(t, client.IgnoreNotFound(err))
		return holder(lease) != ""
	})
	leader := holder(lease)
	second := start(t, operator, flags...)
	second.ready(t)
	tracker := newTracker(t, newNamespace(t))
	observed(t, tracker)
	if got := second.gateway.writes(); len(got) > 0 {
		t.Errorf("the standby wrote %v", got)
	}

	first.stop(t)
	refresh(t, lease)
	if now := holder(lease); now == leader {
		t.Error("the leader has stopped and still holds the Lease")
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	observed(t, tracker)
	refresh(t, lease)
	if now := holder(lease); now == "" || now == leader {
		t.Errorf("the Lease is held by %q", now)
	}
	second.stop(t)
}

// A reconcile that is interrupted by the shutdown has not failed: the status stays as it is.
func TestStopsDuringReconcile(t *testing.T) {
	ns := newNamespace(t)
	g := newGateway(t)
	open := g.hold(func(r *http.Request) bool {
		return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/namespaces/"+ns+"/deployments")
	})
	defer open()
	m := startBehind(t, g, operator, "--graceful-shutdown-timeout="+tooLong.String())
	m.ready(t)
	tracker := newTracker(t, ns)
	g.holding(t)
	m.stop(t)
	refresh(t, tracker)
	if tracker.Status.ObservedGeneration != -1 || len(tracker.Status.Conditions) > 0 {
		t.Errorf("the status was written by an interrupted reconcile: %+v", tracker.Status)
	}
	for _, e := range g.writes() {
		if strings.HasSuffix(e.path, "/status") && strings.Contains(e.path, "/namespaces/"+ns+"/") { // Other tests have trackers too.
			t.Errorf("unexpected write of %s: %d", e.path, e.status)
		}
	}
}

func TestStopsWhileCachesAreBeingFilled(t *testing.T) {
	g := newGateway(t)
	open := g.hold(secrets)
	defer open()
	m := startBehind(t, g, operator, "--graceful-shutdown-timeout="+tooLong.String())
	g.holding(t)
	m.stop(t)
}

func newTracker(t *testing.T, namespace string) *v1alpha1.InterviewTracker {
	t.Helper()
	tracker := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring"},
		Spec:       v1alpha1.InterviewTrackerSpec{Version: "1.0.0"},
	}
	must(t, k8s.Create(t.Context(), tracker))
	return tracker
}

// observed waits until a manager has observed a tracker's spec.
func observed(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	eventually(t, "the tracker's spec is not observed", func() bool {
		refresh(t, tracker)
		return tracker.Status.ObservedGeneration == tracker.Generation
	})
}

// deployed reports whether a tracker's API has a Deployment.
func deployed(t *testing.T, tracker *v1alpha1.InterviewTracker) bool {
	t.Helper()
	key := client.ObjectKey{Namespace: tracker.Namespace, Name: tracker.ChildName(v1alpha1.ComponentAPI)}
	err := k8s.Get(t.Context(), key, &appsv1.Deployment{})
	must(t, client.IgnoreNotFound(err))
	return !apierrors.IsNotFound(err)
}

// edit changes the spec of a tracker, of whatever version: an operator writes its status beside it.
func edit(t *testing.T, tracker *v1alpha1.InterviewTracker, change func(*v1alpha1.InterviewTrackerSpec)) {
	t.Helper()
	before := tracker.DeepCopy()
	change(&tracker.Spec)
	must(t, k8s.Patch(t.Context(), tracker, client.MergeFrom(before)))
}

func refresh(t *testing.T, object client.Object) {
	t.Helper()
	must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(object), object))
}

func holder(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}
