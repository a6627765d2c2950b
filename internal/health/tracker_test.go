// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// trackerWith returns a tracker with a pod for each sequence of events (see apply).
func trackerWith(sequences ...string) *tracker {
	t := &tracker{target: targetOf()}
	for i, sequence := range sequences {
		p := &pod{Pod: podOf("hiring", string(rune('a'+i)))}
		for _, event := range sequence {
			apply(&p.state, event, t.target.thresholds())
		}
		t.pods = append(t.pods, p)
	}
	return t
}

func TestSettled(t *testing.T) {
	for _, c := range []struct {
		name, pods string
		round      bool
		want       bool
	}{
		{"no pod", "", false, true},
		{"first round, no answers", "- -", false, false},
		{"first round, one pod is missing", "g -", false, false},
		{"first round, one pod is undecided", "g bb", false, false},
		{"first round, one pod may be unresponsive", "g xx", false, false},
		{"first round, all answer", "g bbbbbb", false, true},
		{"first round, all are unresponsive", "xxx yyy", false, true},
		{"first round, one is unresponsive", "xxx g", false, true},
		{"later, a pod is new", "g -", true, true},
		{"later, the only pod is new", "-", true, false},
		{"later, the only pod is undecided", "b", true, false},
		{"later, one is unresponsive and one is new", "xxx -", true, false},
		{"later, all are unresponsive", "xxx yyy", true, true},
		{"later, the only pod may be unresponsive", "gxx", true, true},
		{"later, the only pod answers again", "xxxb", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracker := trackerWith(strings.Fields(c.pods)...)
			tracker.firstRoundDone = c.round
			now := time.Now()
			if got := tracker.settled(now); got != c.want {
				t.Errorf("settled is %v, want %v", got, c.want)
			}
			timeout := 10*time.Second + (3+startupFailures)*4*time.Second
			if got := tracker.settled(now.Add(timeout - 1)); got != c.want {
				t.Errorf("settled is %v before the deadline, want %v", got, c.want)
			}
			if !tracker.settled(now.Add(timeout)) {
				t.Error("not settled at the deadline")
			}
		})
	}
}

// TestDeadlineStartsAgain checks that each unsettled period has its own deadline.
func TestDeadlineStartsAgain(t *testing.T) {
	tracker, now := trackerWith("-"), time.Now()
	tracker.settled(now)
	if now = now.Add(time.Hour); !tracker.settled(now) {
		t.Error("not settled after the deadline")
	}
	apply(&tracker.pods[0].state, 'g', targetOf().thresholds())
	tracker.settled(now)
	tracker.pods = trackerWith("-").pods
	if tracker.settled(now) {
		t.Error("settled although the only pod is new")
	}
	if !tracker.settled(now.Add(34 * time.Second)) {
		t.Error("not settled at the second deadline")
	}
}

func TestUnhealthy(t *testing.T) {
	for _, c := range []struct {
		name, pods string
		want       []string
	}{
		{"no pod", "", nil},
		{"none has answered", "- -", nil},
		{"healthy for all", "g g", nil},
		{"unhealthy for one pod", "g b", nil},
		{"unhealthy for all", "b gb", []string{"database"}},
		{"a new pod does not count", "gb -", []string{"database"}},
		{"an unresponsive pod does not count", "gb gxxx", []string{"database"}},
		{"a pod whose latest poll failed counts", "gb gx", nil},
		{"a pod that does not name it", "b r", []string{"database"}},
		{"all are unresponsive", "bxxx xxx", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, trackerWith(strings.Fields(c.pods)...).unhealthy()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPodsByName checks that the order of the pods in the target doesn't matter.
func TestPodsByName(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good, "hiring-b": bad, "hiring-c": good})
		h.Observe(hiring, targetOf(podOf("hiring", "c"), podOf("hiring", "a"), podOf("hiring", "b")))
		h.advance(8 * time.Second)
		answer := func(pod string, health v1alpha1.DependencyHealth) snapshot.PodAnswer {
			a := database(health)
			a.Pod = pod
			return a
		}
		h.changes()
		h.want(targetOf(podOf("hiring", "b"), podOf("hiring", "c"), podOf("hiring", "a")), snapshot.Application{Settled: true, Pods: []snapshot.PodAnswer{
			answer("hiring-a", v1alpha1.DependencyHealthy), answer("hiring-b", v1alpha1.DependencyUnhealthy), answer("hiring-c", v1alpha1.DependencyHealthy),
		}})
	})
}

// TestFirstRoundEnds checks that the first round ends at the deadline if nothing else
// happens.
func TestFirstRoundEnds(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		target := targetOf(podOf("hiring", "a"))
		target.SuccessThreshold = 100
		h.want(target, application(false, snapshot.PodAnswer{}))
		h.advance(34*time.Second - 1)
		h.want(target, application(false, database(v1alpha1.DependencyUnknown)))
		h.changes()
		h.advance(1)
		if n := h.changes(); n != 1 {
			t.Errorf("%d changes at the deadline, want 1", n)
		}
		overdue := application(true, database(v1alpha1.DependencyUnknown))
		overdue.Overdue = true
		h.want(target, overdue)
	})
}
