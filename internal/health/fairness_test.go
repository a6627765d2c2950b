// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

// TestHangingPodsDelayNoOtherTracker checks that a tracker whose 50 pods hang takes only
// its share of the slots, and that all of its pods get their turn.
func TestHangingPodsDelayNoOtherTracker(t *testing.T) {
	withPoller(t, 16, func(h *harness) {
		var hostile []Pod
		for i := range 50 {
			hostile = append(hostile, podOf("hostile", i))
		}
		start := time.Now()
		h.Observe(types.NamespacedName{Namespace: "default", Name: "hostile"}, targetOf(hostile...))
		for i := range 100 {
			a := podOf(fmt.Sprintf("normal%02d", i), "a")
			h.pods.respond(map[string]string{a.Name: good})
			h.Observe(types.NamespacedName{Namespace: "default", Name: fmt.Sprintf("normal%02d", i)}, targetOf(a))
		}
		h.advance(10 * time.Minute)
		for i := range 100 {
			h.onTime(fmt.Sprintf("normal%02d-a", i), start)
		}
		if n := h.pods.maxActive["hostile-*"]; n != maxPerTracker {
			t.Errorf("%d hanging pods of one tracker polled at the same time, want %d", n, maxPerTracker)
		}
		for _, pod := range hostile {
			// 8 at a time for 3 s each: 160 polls a minute of 50 pods.
			if n := len(h.pods.times(pod.Name, start)); n < 25 {
				t.Errorf("%s was polled %d times in 10 minutes", pod.Name, n)
			}
		}
	})
}

// TestHangingPodsTakeHalfOfTheSlots checks that hanging pods, of any number of
// trackers, leave half of the slots to the others.
func TestHangingPodsTakeHalfOfTheSlots(t *testing.T) {
	withPoller(t, 16, func(h *harness) {
		for i := range 40 {
			name := fmt.Sprintf("hostile%02d", i)
			h.Observe(types.NamespacedName{Namespace: "default", Name: name}, targetOf(podOf(name, "a"), podOf(name, "b")))
		}
		h.advance(time.Minute) // Every poll has failed once.
		h.pods.respond(map[string]string{"hiring-a": good})
		start := time.Now()
		h.Observe(hiring, targetOf(podOf("hiring", "a")))
		h.advance(10 * time.Minute)
		h.onTime("hiring-a", start)
		if n := h.pods.maxActive[""]; n > 16 {
			t.Errorf("%d pods polled at the same time, want at most 16", n)
		}

		// A pod that waits for its turn recovers, and becomes ready.
		waiting := 0
		for h.pods.active[fmt.Sprintf("hostile%02d-a", waiting)] > 0 {
			waiting++
		}
		name := fmt.Sprintf("hostile%02d", waiting)
		recovered := podOf(name, "a")
		recovered.Ready = false
		h.pods.respond(map[string]string{recovered.Name: good})
		now := time.Now()
		h.Observe(types.NamespacedName{Namespace: "default", Name: name}, targetOf(recovered, podOf(name, "b")))
		h.advance(time.Millisecond)
		if times := h.pods.times(recovered.Name, now); !cmp.Equal(times, []time.Duration{0}) {
			t.Errorf("polled %v after its readiness changed, want immediately", times)
		}
		h.advance(10 * time.Minute)
		for i := range 40 {
			pod := fmt.Sprintf("hostile%02d-b", i)
			// 8 at a time for 3 s each: 160 polls a minute of 79 pods.
			if n := len(h.pods.times(pod, now)); n < 15 {
				t.Errorf("%s was polled %d times in 10 minutes", pod, n)
			}
		}
	})
}

// TestFreeSlotGoesToTheNext checks that the next waiting pod gets the free slot when the
// first one no longer waits for it.
func TestFreeSlotGoesToTheNext(t *testing.T) {
	for name, change := range map[string]func(h *harness, first types.NamespacedName){
		"polled for another reason": func(h *harness, first types.NamespacedName) {
			a := podOf(first.Name, "a")
			a.Ready = false
			h.pods.respond(map[string]string{a.Name: good})
			h.Observe(first, targetOf(a))
		},
		"removed": func(h *harness, first types.NamespacedName) { h.Forget(first) },
	} {
		t.Run(name, func(t *testing.T) {
			withPoller(t, 2, func(h *harness) { // One slot for slow pods.
				for _, name := range []string{"one", "two", "three"} {
					h.Observe(types.NamespacedName{Namespace: "default", Name: name}, targetOf(podOf(name, "a")))
				}
				var waiting []types.NamespacedName
				h.until(func() bool {
					h.Poller.mu.Lock()
					defer h.Poller.mu.Unlock()
					waiting = waiting[:0]
					for _, w := range h.slots.waiting[slow] {
						waiting = append(waiting, w.tracker.name)
					}
					return len(waiting) == 2
				})
				now := time.Now()
				change(h, waiting[0])
				h.advance(3 * time.Second) // The poll that has the slot times out.
				if times := h.pods.times(waiting[1].Name+"-a", now); len(times) == 0 {
					t.Error("the next pod was not polled")
				}
			})
		})
	}
}

// onTime checks that a pod was polled every interval, as in TestPollsEveryInterval.
func (h *harness) onTime(pod string, start time.Time) {
	h.t.Helper()
	times := h.pods.times(pod, start)
	for i := range times[1:] {
		if gap := times[i+1] - times[i]; gap < 9*time.Second || gap > 11*time.Second {
			h.t.Errorf("%s was polled again after %v, want 10s ±10%%", pod, gap)
		}
	}
	if times[0] >= time.Second {
		h.t.Errorf("%s was first polled after %v, want within 1s", pod, times[0])
	}
}
