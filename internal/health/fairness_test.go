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

// TestOthersAreOnTime holds that a tracker whose 50 pods hang takes its share and
// no more, and that all of them are asked in turn.
func TestOthersAreOnTime(t *testing.T) {
	within(t, 16, func(b *bench) {
		var hostile []Pod
		for i := range 50 {
			hostile = append(hostile, podOf("hostile", i))
		}
		start := time.Now()
		b.Observe(types.NamespacedName{Namespace: "default", Name: "hostile"}, question(hostile...))
		for i := range 100 {
			a := podOf(fmt.Sprintf("friend%02d", i), "a")
			b.pods.say(map[string]string{a.Name: good})
			b.Observe(types.NamespacedName{Namespace: "default", Name: fmt.Sprintf("friend%02d", i)}, question(a))
		}
		b.pass(10 * time.Minute)
		for i := range 100 {
			b.onTime(fmt.Sprintf("friend%02d-a", i), start)
		}
		if n := b.pods.busiest["hostile-*"]; n != perTracker {
			t.Errorf("%d hanging pods of one tracker asked at a time, want %d", n, perTracker)
		}
		for _, pod := range hostile {
			// 8 at a time for 3 s each: 160 questions a minute to 50 pods.
			if n := len(b.pods.times(pod.Name, start)); n < 25 {
				t.Errorf("%s was asked %d times in 10 minutes", pod.Name, n)
			}
		}
	})
}

// TestRoomForThoseThatAnswer holds that pods that hang, of however many trackers,
// leave half of the room to the others.
func TestRoomForThoseThatAnswer(t *testing.T) {
	within(t, 16, func(b *bench) {
		for i := range 40 {
			name := fmt.Sprintf("hostile%02d", i)
			b.Observe(types.NamespacedName{Namespace: "default", Name: name}, question(podOf(name, "a"), podOf(name, "b")))
		}
		b.pass(time.Minute) // All have failed once.
		b.pods.say(map[string]string{"hiring-a": good})
		start := time.Now()
		b.Observe(hiring, question(podOf("hiring", "a")))
		b.pass(10 * time.Minute)
		b.onTime("hiring-a", start)
		if n := b.pods.busiest[""]; n > 16 {
			t.Errorf("%d pods asked at a time, want 16 at most", n)
		}

		// One of those that wait recovers, and the kubelet says so.
		waiting := 0
		for b.pods.busy[fmt.Sprintf("hostile%02d-a", waiting)] > 0 {
			waiting++
		}
		name := fmt.Sprintf("hostile%02d", waiting)
		recovered := podOf(name, "a")
		recovered.Ready = false
		b.pods.say(map[string]string{recovered.Name: good})
		now := time.Now()
		b.Observe(types.NamespacedName{Namespace: "default", Name: name}, question(recovered, podOf(name, "b")))
		b.pass(time.Millisecond)
		if times := b.pods.times(recovered.Name, now); !cmp.Equal(times, []time.Duration{0}) {
			t.Errorf("asked %v after the flip, want at once", times)
		}
		b.pass(10 * time.Minute)
		for i := range 40 {
			pod := fmt.Sprintf("hostile%02d-b", i)
			// 8 at a time for 3 s each: 160 questions a minute to 79 pods.
			if n := len(b.pods.times(pod, now)); n < 15 {
				t.Errorf("%s was asked %d times in 10 minutes", pod, n)
			}
		}
	})
}

// TestRoomPassesOn holds that room goes to the next that waits when the first has
// got what it waited for in another way, or is gone.
func TestRoomPassesOn(t *testing.T) {
	for name, change := range map[string]func(b *bench, first types.NamespacedName){
		"asked at once": func(b *bench, first types.NamespacedName) {
			a := podOf(first.Name, "a")
			a.Ready = false
			b.pods.say(map[string]string{a.Name: good})
			b.Observe(first, question(a))
		},
		"gone": func(b *bench, first types.NamespacedName) { b.Forget(first) },
	} {
		t.Run(name, func(t *testing.T) {
			within(t, 2, func(b *bench) { // Room for one that hangs.
				for _, name := range []string{"one", "two", "three"} {
					b.Observe(types.NamespacedName{Namespace: "default", Name: name}, question(podOf(name, "a")))
				}
				var waiting []key
				b.until(func() bool {
					b.Poller.mu.Lock()
					defer b.Poller.mu.Unlock()
					waiting = append(waiting[:0], b.suspects.waiting...)
					return len(waiting) == 2
				})
				now := time.Now()
				change(b, waiting[0].tracker)
				b.pass(3 * time.Second) // Whoever has the room gives it back.
				if times := b.pods.times(waiting[1].tracker.Name+"-a", now); len(times) == 0 {
					t.Error("the next was not asked")
				}
			})
		})
	}
}

// onTime checks that a pod that answers was asked as TestAsksEveryInterval wants.
func (b *bench) onTime(pod string, start time.Time) {
	b.t.Helper()
	times := b.pods.times(pod, start)
	for i := range times[1:] {
		if gap := times[i+1] - times[i]; gap < 9*time.Second || gap > 11*time.Second {
			b.t.Errorf("%s was asked again after %v, want 10s ±10%%", pod, gap)
		}
	}
	if times[0] >= time.Second {
		b.t.Errorf("%s was first asked after %v, want within 1s", pod, times[0])
	}
}
