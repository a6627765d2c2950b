// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// fakeLock is a lock that anybody may write.
type fakeLock struct {
	resourcelock.Interface
	err error
}

func (fakeLock) Identity() string { return "me" }

func (f fakeLock) Update(context.Context, resourcelock.LeaderElectionRecord) error { return f.err }

func (f fakeLock) Create(context.Context, resourcelock.LeaderElectionRecord) error { return f.err }

// Writes are sent from when the lease is renewed until its deadline, by both clocks.
func TestWritesNeedTheLease(t *testing.T) {
	mine, nobodys := resourcelock.LeaderElectionRecord{HolderIdentity: "me"}, resourcelock.LeaderElectionRecord{}
	const deadline = time.Hour
	for name, test := range map[string]struct {
		happens func(*lease)
		want    bool
	}{
		"standby":        {func(*lease) {}, false},
		"acquired":       {func(l *lease) { must(t, l.Create(t.Context(), mine)) }, true},
		"renewed":        {func(l *lease) { must(t, l.Update(t.Context(), mine)) }, true},
		"renewal failed": {func(l *lease) { l.Interface = fakeLock{err: errors.New("conflict")}; _ = l.Update(t.Context(), mine) }, false},
		"released": {func(l *lease) {
			must(t, l.Update(t.Context(), mine))
			must(t, l.Update(t.Context(), nobodys))
		}, false},
		"release that may have succeeded": {func(l *lease) {
			must(t, l.Update(t.Context(), mine))
			l.Interface = fakeLock{err: errors.New("connection lost")}
			_ = l.Update(t.Context(), nobodys)
		}, false},
		"paused until the deadline": {func(l *lease) { l.set(time.Now().Add(-deadline)) }, false},
		// Without a monotonic reading, as the difference would be if that had stood still.
		"asleep until the deadline": {func(l *lease) { l.set(time.Now().Round(0).Add(-deadline)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &lease{Interface: fakeLock{}, deadline: deadline}
			test.happens(l)
			if sent := send(t, l, http.MethodPatch, "/apis/apps/v1/namespaces/a/deployments/b"); sent != test.want {
				t.Errorf("a write is sent: %t", sent)
			}
			if !send(t, l, http.MethodGet, "/api/v1/pods") || !send(t, l, http.MethodPost, "/apis/authentication.k8s.io/v1/tokenreviews") {
				t.Error("a read or a review is not sent")
			}
		})
	}
}

// send reports whether the guard lets a request pass.
func send(t *testing.T, l *lease, method, path string) bool {
	t.Helper()
	sent := false
	guarded := l.guard(roundTripper(func(*http.Request) (*http.Response, error) {
		sent = true
		return httptest.NewRecorder().Result(), nil
	}))
	request, err := http.NewRequestWithContext(t.Context(), method, "http://api"+path, strings.NewReader("{}"))
	must(t, err)
	response, err := guarded.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
	}
	if sent == (err != nil) || !sent && !errors.Is(err, errNotLeading) {
		t.Errorf("sent: %t, error %v", sent, err)
	}
	return sent
}

// A leader is stopped in the middle of a pass, another one takes over and applies a new
// spec, and the first goes on: it writes nothing more, and deletes nothing of the new spec.
func TestOvertakenLeaderWritesNothing(t *testing.T) {
	flags := []string{
		"--leader-elect", "--leader-election-namespace=" + system, "--reconcile-timeout=10s",
		"--leader-elect-lease-duration=20s", "--leader-elect-renew-deadline=15s", "--leader-elect-retry-period=1s",
	}
	g := newGateway(t)
	first := startBehind(t, g, operator, flags...)
	namespace := newNamespace(t)
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "cache"}, StringData: map[string]string{"url": "redis://cache:6379/0"},
	}))
	tracker := &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring"},
		Spec: v1alpha1.InterviewTrackerSpec{Version: "1.0.0", Redis: &v1alpha1.DependencySpec{
			External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "cache"}, Key: "url",
			}},
		}},
	}
	must(t, k8s.Create(t.Context(), tracker))
	observed(t, tracker)
	second := start(t, operator, flags...)
	second.ready(t)

	open := g.hold(func(r *http.Request) bool {
		return r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/namespaces/"+namespace+"/deployments/hiring-api")
	})
	defer open()
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	g.holding(t)
	must(t, first.Process.Signal(syscall.SIGSTOP))
	defer func() { _ = first.Process.Signal(syscall.SIGCONT) }()
	held := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: leaderElectionID}}
	refresh(t, held)
	leader := holder(held)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Retention: v1alpha1.RetentionDelete}}
	})
	observed(t, tracker)
	refresh(t, held)
	if holder(held) == leader {
		t.Fatal("the Lease is still held by the stopped leader")
	}
	redis := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring-redis"}}
	refresh(t, redis)
	before := len(g.writes())

	must(t, first.Process.Signal(syscall.SIGCONT))
	select {
	case <-first.ended:
	case <-time.After(timeout):
		t.Fatal("the overtaken leader does not end")
	}
	after := slices.DeleteFunc(g.writes()[before:], func(e exchange) bool {
		return strings.Contains(e.path, "/namespaces/"+system+"/") // The Lease, and Events about it.
	})
	if len(after) > 0 {
		t.Errorf("the overtaken leader wrote %v", after)
	}
	refresh(t, redis)
	if redis.DeletionTimestamp != nil {
		t.Error("the overtaken leader deleted Redis")
	}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: tracker.CredentialsName(v1alpha1.ComponentRedis)}, &corev1.Secret{}))
	second.stop(t)
}
