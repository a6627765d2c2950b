// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/leaderelection"
	"sigs.k8s.io/controller-runtime/pkg/recorder"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
)

// errNotLeading is the error of a write that was not sent.
var errNotLeading = errors.New("not sent: this replica no longer holds the lease")

// lease is the lock of the leader election. It knows when it was renewed: a process that
// was paused, or a machine that slept, goes on in the middle of a pass, while another
// replica may lead since. Such a pass must not write.
type lease struct {
	resourcelock.Interface
	// deadline is how long after a renewal the leader may still write.
	deadline time.Duration

	mu sync.Mutex
	// renewed is when the last renewal was sent; zero when the lease is not held.
	renewed time.Time
}

// newLease returns the lock of the leader election. Its own requests depend neither on it
// nor on the limit of the others.
func newLease(config *rest.Config, o options) (*lease, error) {
	config = rest.CopyConfig(config)
	config.RateLimiter, config.QPS = nil, -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("creating a client for leader election: %w", err)
	}
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	lock, err := leaderelection.NewResourceLock(config, leaseEvents{broadcaster}, leaderelection.Options{
		LeaderElection:          true,
		LeaderElectionID:        leaderElectionID,
		LeaderElectionNamespace: o.leaderElectionNamespace,
		RenewDeadline:           o.renewDeadline,
	})
	if err != nil {
		return nil, fmt.Errorf("creating the lock of the leader election: %w", err)
	}
	return &lease{Interface: lock, deadline: o.renewDeadline}, nil
}

// leaseEvents records Events on the Lease, as the manager does not exist yet.
type leaseEvents struct{ record.EventBroadcaster }

// GetEventRecorderFor implements recorder.Provider.
func (e leaseEvents) GetEventRecorderFor(name string) record.EventRecorder {
	return e.NewRecorder(controllers.Scheme(), corev1.EventSource{Component: name})
}

// GetEventRecorder implements recorder.Provider. Leader election does not use it.
func (leaseEvents) GetEventRecorder(string) recorder.EventRecorder { return nil }

// Create implements resourcelock.Interface.
func (l *lease) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, r, l.Interface.Create)
}

// Update implements resourcelock.Interface.
func (l *lease) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, r, l.Interface.Update)
}

func (l *lease) write(
	ctx context.Context, r resourcelock.LeaderElectionRecord, write func(context.Context, resourcelock.LeaderElectionRecord) error,
) error {
	sent := time.Now()
	if r.HolderIdentity != l.Identity() {
		l.set(time.Time{}) // It is being released.
	}
	if err := write(ctx, r); err != nil {
		return err //nolint:wrapcheck // It is the lock's own.
	}
	if r.HolderIdentity == l.Identity() {
		l.set(sent)
	}
	return nil
}

func (l *lease) set(renewed time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renewed = renewed
}

// held reports whether no other replica can lead yet. It goes by both clocks: the
// monotonic one stops while the machine sleeps, and the other one may be set.
func (l *lease) held(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.renewed) < l.deadline && now.Round(0).Sub(l.renewed.Round(0)) < l.deadline
}

// guard sends writes only while the lease is held. Reviews of tokens and of access change
// nothing, and every replica serves metrics.
func (l *lease) guard(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		review := strings.Contains(r.URL.Path, "/apis/authentication.k8s.io/") || strings.Contains(r.URL.Path, "/apis/authorization.k8s.io/")
		if reads || review || l.held(time.Now()) {
			return next.RoundTrip(r) //nolint:wrapcheck // It is the transport's own.
		}
		if r.Body != nil {
			_ = r.Body.Close() // As a RoundTripper must.
		}
		return nil, errNotLeading
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// elect makes the manager elect a leader, if the options say so, and send writes only while
// it leads.
func elect(config *rest.Config, o options, manager *ctrl.Options) error {
	if !o.leaderElect {
		return nil
	}
	l, err := newLease(config, o)
	if err != nil {
		return err
	}
	manager.LeaderElectionResourceLockInterface = l
	config.Wrap(l.guard)
	return nil
}
