// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// partial tells whether some pods are known to be able to use what others can't, and
// a judgement would say so.
func partial(a snapshot.Application) bool {
	can, cannot := false, false
	for _, p := range a.Pods {
		for _, d := range p.Dependencies {
			can = can || d.Health == v1alpha1.DependencyHealthy
			cannot = cannot || d.Health == v1alpha1.DependencyUnhealthy
		}
	}
	return a.Settled && len(a.Failing) == 0 && can && cannot
}

// TestOutageOfAll holds that an outage that all pods see, and its end, look like
// nothing else on the way: what one says, the others are asked about at once.
func TestOutageOfAll(t *testing.T) {
	within(t, 4, func(b *bench) {
		say := func(words string) {
			b.pods.say(map[string]string{"hiring-a": words, "hiring-b": words, "hiring-c": words})
		}
		q := question(podOf("hiring", "a"), podOf("hiring", "b"), podOf("hiring", "c"))
		say(good)
		b.Observe(hiring, q)
		b.pass(time.Minute)
		for _, words := range []string{bad, good} {
			say(words)
			for range 150 {
				b.pass(100 * time.Millisecond)
				if a := b.Observe(hiring, q); partial(a) {
					t.Fatalf("on the way to %s: %+v", words, a)
				}
			}
			a := b.Observe(hiring, q)
			if down := len(a.Failing) == 1; !a.Settled || down != (words == bad) {
				t.Errorf("after 15 s of %s: %+v", words, a)
			}
		}
		b.pods.say(map[string]string{"hiring-b": bad})
		b.pass(15 * time.Second)
		if a := b.Observe(hiring, q); !partial(a) {
			t.Errorf("one pod can't use it, and that is not told: %+v", a)
		}
	})
}

// TestHangIsNotHiddenByAFlip holds that the kubelet's notice of a hang does not make
// the poller wait for longer.
func TestHangIsNotHiddenByAFlip(t *testing.T) {
	within(t, 4, func(b *bench) {
		q := question(podOf("hiring", "a"))
		q.Pods[0].Ready = true
		b.pods.say(map[string]string{"hiring-a": good})
		b.Observe(hiring, q)
		b.pass(time.Minute)
		b.pods.say(map[string]string{"hiring-a": hangs})
		b.pass(15 * time.Second)
		q.Pods = []Pod{q.Pods[0]}
		q.Pods[0].Ready = false
		b.Observe(hiring, q)
		b.pass(10 * time.Second)
		if a := b.Observe(hiring, q); !a.Settled || a.Pods[0].Failure == "" {
			t.Errorf("25 s after it has begun to hang: %+v", a)
		}
	})
}
