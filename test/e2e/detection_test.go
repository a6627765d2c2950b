//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// outages is how often each outage is repeated.
const outages = 20

// BenchmarkDetection measures how long it takes until DatabaseHealthy reports the beginning
// and the end of an outage: from the outage itself, and from the kubelet's first update
// about it.
func BenchmarkDetection(b *testing.B) {
	localOnly(b)
	tracker, seen := watchedTracker(b)
	b.Run("deleted pod", func(b *testing.B) {
		measure(b, seen, func() {
			must(b, k8s.Delete(b.Context(), pod(b, tracker, "hiring-database-0")))
		}, func() {}) // It is recreated.
	})
	b.Run("hang", func(b *testing.B) {
		measure(b, seen,
			func() { signal(b, pod(b, tracker, "hiring-database-0"), postgresProcess, syscall.SIGSTOP) },
			func() { signal(b, pod(b, tracker, "hiring-database-0"), postgresProcess, syscall.SIGCONT) })
	})
}

// measure repeats an outage, and reports the percentiles in seconds.
func measure(b *testing.B, seen *sightings, begin, end func()) {
	b.Helper()
	down, downAfterFlip := make([]time.Duration, 0, outages), make([]time.Duration, 0, outages)
	up, upAfterFlip := slices.Clone(down), slices.Clone(down)
	for range outages {
		seen.await(b, metav1.ConditionTrue)
		seen.allReady(b)
		from := time.Now()
		begin()
		reported, flipped := seen.await(b, metav1.ConditionFalse), seen.flip(b, from, false)
		down, downAfterFlip = append(down, reported.Sub(from)), append(downAfterFlip, max(reported.Sub(flipped), 0))

		from = time.Now()
		end()
		reported, flipped = seen.await(b, metav1.ConditionTrue), seen.flip(b, from, true)
		up, upAfterFlip = append(up, reported.Sub(from)), append(upAfterFlip, max(reported.Sub(flipped), 0))
	}
	for name, sample := range map[string][]time.Duration{
		"down": down, "down-after-flip": downAfterFlip, "up": up, "up-after-flip": upAfterFlip,
	} {
		slices.Sort(sample)
		b.ReportMetric(sample[len(sample)/2].Seconds(), "s-p50-"+name)
		b.ReportMetric(sample[len(sample)*95/100].Seconds(), "s-p95-"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// sightings are the changes of a tracker as the API server sent them.
type sightings struct {
	mu     sync.Mutex
	status metav1.ConditionStatus // Of DatabaseHealthy.
	since  time.Time
	ready  map[string]bool // Pods of the API and the database.
	flips  []flip
}

// flip is a change of a pod's readiness.
type flip struct {
	ready bool
	at    time.Time
}

// watchedTracker creates a tracker and watches it and its pods.
func watchedTracker(b *testing.B) (*v1alpha1.InterviewTracker, *sightings) {
	b.Helper()
	tracker := create(b, namespace(b), "hiring", nil)
	watching, err := client.NewWithWatch(config, client.Options{Scheme: k8s.Scheme()})
	must(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	s := &sightings{ready: map[string]bool{}}
	for _, list := range []client.ObjectList{&v1alpha1.InterviewTrackerList{}, &corev1.PodList{}} {
		w, err := watching.Watch(ctx, list, client.InNamespace(tracker.Namespace))
		must(b, err)
		go func() {
			for event := range w.ResultChan() {
				s.see(event.Object, time.Now())
			}
		}()
	}
	return tracker, s
}

func (s *sightings) see(object runtime.Object, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch seen := object.(type) {
	case *v1alpha1.InterviewTracker:
		c := meta.FindStatusCondition(seen.Status.Conditions, v1alpha1.ConditionDatabaseHealthy)
		if c != nil && c.Status != s.status {
			s.status, s.since = c.Status, now
		}
	case *corev1.Pod:
		component := v1alpha1.Component(seen.Labels[v1alpha1.LabelComponent])
		ready := snapshot.PodReady(seen)
		if (component == v1alpha1.ComponentAPI || component == v1alpha1.ComponentDatabase) && ready != s.ready[seen.Name] {
			s.ready[seen.Name] = ready
			s.flips = append(s.flips, flip{ready, now})
		}
	}
}

// await waits until the condition has a status, and returns since when.
func (s *sightings) await(b *testing.B, status metav1.ConditionStatus) (since time.Time) {
	b.Helper()
	s.eventually(b, "the condition is not "+string(status), func() bool {
		since = s.since
		return s.status == status
	})
	return since
}

// allReady waits until all pods are ready.
func (s *sightings) allReady(b *testing.B) {
	b.Helper()
	s.eventually(b, "the pods are not ready", func() bool {
		for _, ready := range s.ready {
			if !ready {
				return false
			}
		}
		return len(s.ready) > 0
	})
}

// flip waits for the first pod that has changed to a readiness after a time, and returns
// when it did.
func (s *sightings) flip(b *testing.B, after time.Time, ready bool) (at time.Time) {
	b.Helper()
	s.eventually(b, "no pod changes", func() bool {
		i := slices.IndexFunc(s.flips, func(f flip) bool { return f.ready == ready && f.at.After(after) })
		if i < 0 {
			return false
		}
		at = s.flips[i].at
		return true
	})
	return at
}

func (s *sightings) eventually(b *testing.B, what string, condition func() bool) {
	b.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		s.mu.Lock()
		ok := condition()
		s.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			b.Fatal(what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func pod(b *testing.B, tracker *v1alpha1.InterviewTracker, name string) *corev1.Pod {
	b.Helper()
	return fetch(b, tracker, name, &corev1.Pod{})
}
