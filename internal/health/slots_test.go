// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// observeSlow adds a tracker whose pods answer after almost a minute.
func (h *harness) observeSlow(name types.NamespacedName, pods int) {
	target := targetOf()
	target.Interval, target.Timeout = time.Minute, time.Minute
	for i := range pods {
		target.Pods = append(target.Pods, podOf(name.Name, i))
	}
	h.Observe(name, target)
}

// slowBut makes all pods slow but those of one tracker.
func (h *harness) slowBut(prompt string) {
	h.pods.otherwise = good
	h.pods.takes = func(pod string) time.Duration {
		if podsOf(pod) == prompt+"-*" {
			return 0
		}
		return slowest
	}
}

// TestNamespacesShareSlots checks that slow polls of a namespace with few trackers take as
// much time as those of one with many, and so do the trackers of one namespace.
func TestNamespacesShareSlots(t *testing.T) {
	withPoller(t, 16, func(h *harness) { // Eight slots for slow pods.
		h.slowBut("none")
		var many, few, small int
		for i := range 10 {
			h.observeSlow(types.NamespacedName{Namespace: "many", Name: fmt.Sprint("many", i)}, 8)
		}
		h.observeSlow(types.NamespacedName{Namespace: "few", Name: "few"}, 8)
		h.observeSlow(types.NamespacedName{Namespace: "few", Name: "small"}, 4)
		h.advance(time.Hour)
		for _, r := range h.pods.log {
			switch podsOf(r.pod) {
			case "few-*":
				few++
			case "small-*":
				small++
			default:
				many++
			}
		}
		const each = 8 * 60 / 4 // Of eight slots for an hour, a quarter.
		for name, n := range map[string]int{"half of the many": many / 2, "few": few, "small": small} {
			if n < each*8/10 || n > each*12/10 {
				t.Errorf("%s: %d polls, want about %d", name, n, each)
			}
		}
	})
}

// TestNoNamespaceHasAllSlowSlots checks that the slow pods of other namespaces don't have
// to wait for those of one.
func TestNoNamespaceHasAllSlowSlots(t *testing.T) {
	withPoller(t, 64, func(h *harness) {
		h.slowBut("none")
		for i := range 20 {
			h.observeSlow(types.NamespacedName{Namespace: "many", Name: fmt.Sprint("many", i)}, 8)
		}
		h.advance(10 * time.Second)
		few, now := types.NamespacedName{Namespace: "few", Name: "few"}, time.Now()
		h.observeSlow(few, 1)
		h.advance(slowest - 1)
		if n := len(h.pods.times("few-0", now)); n != 1 {
			t.Errorf("begun %d times, want 1", n)
		}
		h.advance(initialSpread + 1)
		if !h.Observe(few, h.trackers[few].target).Pods[0].Answered {
			t.Error("its poll did not end")
		}
	})
}

// TestBrokenOffPollIsNoFailure checks that a poll which is broken off begins again when
// there is a slot, and counts neither as a failed poll nor as one that failed in a metric.
func TestBrokenOffPollIsNoFailure(t *testing.T) {
	withPoller(t, 2, func(h *harness) { // One slot for slow pods.
		h.slowBut("none")
		first, second := types.NamespacedName{Namespace: "a", Name: "first"}, types.NamespacedName{Namespace: "b", Name: "second"}
		start := time.Now()
		h.observeSlow(first, 1)
		h.observeSlow(second, 1)
		h.advance(2*slowest + 3*time.Second)
		if n := len(h.pods.times("first-0", start)) + len(h.pods.times("second-0", start)); n < 3 {
			t.Errorf("%d polls begun, want one that was broken off", n)
		}
		for _, name := range []types.NamespacedName{first, second} {
			if a := h.Observe(name, h.trackers[name].target); !a.Pods[0].Answered || a.Pods[0].Failure != "" {
				t.Errorf("%s: %+v", name, a)
			}
			if n := h.trackers[name].pods[0].state.failures; n > 0 {
				t.Errorf("%s: %d failures", name, n)
			}
		}
	})
}

// TestHangingWhileBrokenOff checks that a pod stays reported as hanging while it waits for a
// slot because its poll took too long.
func TestHangingWhileBrokenOff(t *testing.T) {
	withPoller(t, 2, func(h *harness) { // One slot for slow pods.
		h.slowBut("hiring")
		target := targetOf(podOf("hiring", "a"))
		h.Observe(hiring, target)
		h.observeSlow(types.NamespacedName{Namespace: "other", Name: "other"}, 1)
		h.advance(10 * time.Second)
		h.pods.respond(map[string]string{"hiring-a": hangs})
		target.DependencyState = "database=false"
		now := time.Now()
		h.Observe(hiring, target)
		h.advance(promptResponse)
		for range 20 {
			h.advance(time.Second)
			if !h.Observe(hiring, target).Hanging {
				t.Fatalf("not reported as hanging after %v", time.Since(now))
			}
		}
		if n := len(h.pods.times("hiring-a", now)); n != 1 {
			t.Errorf("%d polls begun, want one, which was broken off", n)
		}
		h.advance(time.Minute)
		if n := len(h.pods.times("hiring-a", now)); n < 2 {
			t.Error("the poll was not begun again")
		}
	})
}
