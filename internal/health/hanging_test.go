// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"testing"
	"time"
)

// TestHanging checks that a pod which does not respond promptly after a readiness change
// is reported immediately, and a pod that hangs without one is not.
func TestHanging(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		target := targetOf(podOf("hiring", "a"))
		target.DependencyState = "database"
		h.Observe(hiring, target)
		h.advance(2 * time.Second)

		h.pods.respond(map[string]string{"hiring-a": hangs})
		h.advance(11 * time.Second) // The poll is in progress.
		if h.Observe(hiring, target).Hanging {
			t.Error("reported as hanging without a readiness change")
		}
		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(time.Minute)

		h.pods.respond(map[string]string{"hiring-a": hangs})
		target.DependencyState = ""
		h.Observe(hiring, target)
		h.advance(promptResponse - 1)
		if h.Observe(hiring, target).Hanging {
			t.Error("reported as hanging before it had time to respond")
		}
		h.changes()
		h.advance(1)
		if n := h.changes(); n != 1 || !h.Observe(hiring, target).Hanging {
			t.Errorf("not reported as hanging after %s (%d changes)", promptResponse, n)
		}
		h.pods.respond(map[string]string{"hiring-a": bad})
		h.advance(5 * time.Second)
		if a := h.Observe(hiring, target); a.Hanging || len(a.Failing) != 1 {
			t.Errorf("the pod reports the database as unhealthy, got %+v", a)
		}
	})
}

// TestHangingAfterAHealthyAnswer checks that an outage is reported as soon if it begins a
// moment after the readiness change.
func TestHangingAfterAHealthyAnswer(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		target := targetOf(podOf("hiring", "a"))
		target.DependencyState = "database"
		h.Observe(hiring, target)
		h.advance(2 * time.Second)
		target.DependencyState = ""
		h.Observe(hiring, target)
		h.advance(500 * time.Millisecond) // It has reported all as healthy.
		h.pods.respond(map[string]string{"hiring-a": hangs})
		h.advance(500*time.Millisecond + promptResponse)
		if !h.Observe(hiring, target).Hanging {
			t.Error("not reported as hanging")
		}
	})
}
