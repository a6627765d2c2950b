// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"testing"
	"time"
)

// TestHanging holds that a pod which does not answer promptly when the kubelet has
// changed its mind is told at once, and one that always takes its time is not.
func TestHanging(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		q := question(podOf("hiring", "a"))
		q.Ready = "database"
		b.Observe(hiring, q)
		b.pass(2 * time.Second)

		b.pods.say(map[string]string{"hiring-a": hangs})
		b.pass(11 * time.Second) // It is being asked, and hangs.
		if b.Observe(hiring, q).Hanging {
			t.Error("it hangs though the kubelet has said nothing new")
		}
		b.pods.say(map[string]string{"hiring-a": good})
		b.pass(time.Minute)

		b.pods.say(map[string]string{"hiring-a": hangs})
		q.Ready = ""
		b.Observe(hiring, q)
		b.pass(promptly - 1)
		if b.Observe(hiring, q).Hanging {
			t.Error("it hangs before it has had time to answer")
		}
		b.changes()
		b.pass(1)
		if n := b.changes(); n != 1 || !b.Observe(hiring, q).Hanging {
			t.Errorf("it does not hang after %s (%d changes)", promptly, n)
		}
		b.pods.say(map[string]string{"hiring-a": bad})
		b.pass(5 * time.Second)
		if a := b.Observe(hiring, q); a.Hanging || len(a.Failing) != 1 {
			t.Errorf("it answers that the database fails, and is %+v", a)
		}
	})
}

// TestHangingAfterAGoodAnswer holds that an outage which begins a moment after the
// kubelet has told of it is told as soon.
func TestHangingAfterAGoodAnswer(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		q := question(podOf("hiring", "a"))
		q.Ready = "database"
		b.Observe(hiring, q)
		b.pass(2 * time.Second)
		q.Ready = ""
		b.Observe(hiring, q)
		b.pass(500 * time.Millisecond) // It has answered that all is well.
		b.pods.say(map[string]string{"hiring-a": hangs})
		b.pass(500*time.Millisecond + promptly)
		if !b.Observe(hiring, q).Hanging {
			t.Error("it does not hang")
		}
	})
}
