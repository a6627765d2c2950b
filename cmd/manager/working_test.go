// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// discovery are the paths that tell which kinds there are, and what one may do.
var discovery = regexp.MustCompile(`^/(api|api/v1|apis|apis/[^/]+/[^/]+|apis/authorization.k8s.io/v1/selfsubjectaccessreviews)$`)

// With --namespaces, the rights of config/rbac/role.yaml in those namespaces suffice.
func TestNamespacesRestrict(t *testing.T) {
	inside, outside := newNamespace(t), newNamespace(t)
	account := newAccount(t, inside)
	must(t, k8s.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: inside, Name: "operator"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "interview-tracker-operator"},
		Subjects:   subjects(account),
	}))
	foreign, tracker := newTracker(t, outside), newTracker(t, inside)
	m := start(t, account, "--namespaces="+inside)
	m.ready(t)
	observed(t, tracker)
	m.stop(t)

	refresh(t, foreign)
	if foreign.Status.ObservedGeneration != -1 || deployed(t, foreign) || !deployed(t, tracker) {
		t.Errorf("of a tracker in another namespace, generation %d was observed; it has a Deployment: %t; the other has: %t",
			foreign.Status.ObservedGeneration, deployed(t, foreign), deployed(t, tracker))
	}
	for _, e := range m.gateway.exchanges() {
		allowed := discovery.MatchString(e.path) || strings.Contains(e.path, "/namespaces/"+inside+"/")
		if e.status == http.StatusForbidden || !allowed {
			t.Errorf("it asked for %s %s, and was answered %d", e.method, e.path, e.status)
		}
	}
}

// soon is less than a Lease that nobody gives up has left to run.
const soon = 10 * time.Second

// One of two works. When it ends, it gives the Lease up, and the other takes over.
func TestOneLeadsAndTheOtherTakesOver(t *testing.T) {
	flags := []string{"--leader-elect", "--leader-election-namespace=" + system}
	first := start(t, operator, flags...)
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "interview-tracker-operator"}}
	eventually(t, "nobody leads", func() bool {
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
		t.Errorf("who doesn't lead wrote %v", got)
	}

	begin := time.Now()
	first.stop(t)
	refresh(t, lease)
	if now := holder(lease); now == leader {
		t.Error("who led has ended, and still holds the Lease")
	}
	tracker.Spec.Version = "1.1.0"
	must(t, k8s.Update(t.Context(), tracker))
	observed(t, tracker)
	if took := time.Since(begin); took > soon {
		t.Errorf("taking over took %s", took)
	}
	refresh(t, lease)
	if now := holder(lease); now == "" || now == leader {
		t.Errorf("the Lease is held by %q", now)
	}
	second.stop(t)
}

// A pass that the end of the process cuts short did not fail: there is nothing to tell.
func TestEndsInTheMiddleOfAPass(t *testing.T) {
	g := newGateway(t)
	open := g.hold(func(r *http.Request) bool {
		return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/deployments")
	})
	defer open()
	m := startBehind(t, g, operator, "--graceful-shutdown-timeout=10s")
	m.ready(t)
	tracker := newTracker(t, newNamespace(t))
	g.holding(t)
	if took := m.stop(t); took > soon {
		t.Errorf("it took %s to end", took)
	}
	refresh(t, tracker)
	if tracker.Status.ObservedGeneration != -1 || len(tracker.Status.Conditions) > 0 {
		t.Errorf("the status tells of a pass that was not finished: %+v", tracker.Status)
	}
	for _, e := range g.writes() {
		if strings.HasSuffix(e.path, "/status") {
			t.Errorf("it wrote %s: %d", e.path, e.status)
		}
	}
}

func TestEndsWhileItsCachesAreBeingFilled(t *testing.T) {
	g := newGateway(t)
	open := g.hold(secrets)
	defer open()
	m := startBehind(t, g, operator)
	g.holding(t)
	if took := m.stop(t); took > soon {
		t.Errorf("it took %s to end", took)
	}
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

// observed waits until a manager has seen a tracker's spec.
func observed(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	eventually(t, "no manager sees the spec of the tracker", func() bool {
		refresh(t, tracker)
		return tracker.Status.ObservedGeneration == tracker.Generation
	})
}

// deployed tells whether a tracker's API has a Deployment.
func deployed(t *testing.T, tracker *v1alpha1.InterviewTracker) bool {
	t.Helper()
	key := client.ObjectKey{Namespace: tracker.Namespace, Name: tracker.ChildName(v1alpha1.ComponentAPI)}
	err := k8s.Get(t.Context(), key, &appsv1.Deployment{})
	must(t, client.IgnoreNotFound(err))
	return !apierrors.IsNotFound(err)
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
