// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// partial reports whether a dependency is healthy for some pods and unhealthy for others,
// and the status would say so.
func partial(a snapshot.Application) bool {
	healthy, unhealthy := false, false
	for _, p := range a.Pods {
		for _, d := range p.Dependencies {
			healthy = healthy || d.Health == v1alpha1.DependencyHealthy
			unhealthy = unhealthy || d.Health == v1alpha1.DependencyUnhealthy
		}
	}
	return a.Settled && len(a.Failing) == 0 && healthy && unhealthy
}

// TestOutageOfAll checks that an outage for all pods, and its end, never look like an
// outage for some of them: when one pod's answer changes, the others are polled
// immediately.
func TestOutageOfAll(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		respond := func(response string) {
			h.pods.respond(map[string]string{"hiring-a": response, "hiring-b": response, "hiring-c": response})
		}
		target := targetOf(podOf("hiring", "a"), podOf("hiring", "b"), podOf("hiring", "c"))
		respond(good)
		h.Observe(hiring, target)
		h.advance(time.Minute)
		for _, response := range []string{bad, good} {
			respond(response)
			for range 150 {
				h.advance(100 * time.Millisecond)
				if a := h.Observe(hiring, target); partial(a) {
					t.Fatalf("in transition to %s: %+v", response, a)
				}
			}
			a := h.Observe(hiring, target)
			if down := len(a.Failing) == 1; !a.Settled || down != (response == bad) {
				t.Errorf("after 15 s of %s: %+v", response, a)
			}
		}
		h.pods.respond(map[string]string{"hiring-b": bad})
		h.advance(15 * time.Second)
		if a := h.Observe(hiring, target); !partial(a) {
			t.Errorf("unhealthy for one pod, which is not reported: %+v", a)
		}
	})
}

// TestReadinessChangeHidesNoHang checks that an unresponsive pod is reported as soon when
// its readiness changes.
func TestReadinessChangeHidesNoHang(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		target := targetOf(podOf("hiring", "a"))
		target.Pods[0].Ready = true
		h.pods.respond(map[string]string{"hiring-a": good})
		h.Observe(hiring, target)
		h.advance(time.Minute)
		h.pods.respond(map[string]string{"hiring-a": hangs})
		h.advance(15 * time.Second)
		target.Pods = []Pod{target.Pods[0]}
		target.Pods[0].Ready = false
		h.Observe(hiring, target)
		h.advance(10 * time.Second)
		if a := h.Observe(hiring, target); !a.Settled || a.Pods[0].Failure == "" {
			t.Errorf("25 s after it began to hang: %+v", a)
		}
	})
}
