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

// told is a tracker whose pods have each answered as the words say (see tell).
func told(stories ...string) *tracker {
	t := &tracker{question: question()}
	for i, story := range stories {
		p := &pod{Pod: podOf("hiring", string(rune('a'+i)))}
		for _, word := range story {
			tell(&p.state, word, t.question.thresholds())
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
		{"first round, nothing known", "- -", false, false},
		{"first round, one pod is left", "g -", false, false},
		{"first round, one pod is in doubt", "g bb", false, false},
		{"first round, one pod may be silent", "g xx", false, false},
		{"first round, all answer", "g bbbbbb", false, true},
		{"first round, all are silent", "xxx yyy", false, true},
		{"first round, one is silent", "xxx g", false, true},
		{"later, a pod is new", "g -", true, true},
		{"later, the only pod is new", "-", true, false},
		{"later, the only pod is in doubt", "b", true, false},
		{"later, one is silent and one is new", "xxx -", true, false},
		{"later, all are silent", "xxx yyy", true, true},
		{"later, the only pod may be silent", "gxx", true, true},
		{"later, the only pod answers after a silence", "xxxb", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracker := told(strings.Fields(c.pods)...)
			tracker.round = c.round
			now := time.Now()
			if got := tracker.settled(now); got != c.want {
				t.Errorf("settled is %v, want %v", got, c.want)
			}
			patience := 10*time.Second + (3+connecting)*4*time.Second
			if got := tracker.settled(now.Add(patience - 1)); got != c.want {
				t.Errorf("settled is %v before the deadline, want %v", got, c.want)
			}
			if !tracker.settled(now.Add(patience)) {
				t.Error("not settled at the deadline")
			}
		})
	}
}

// TestPatienceBeginsAnew holds that each time without a judgement has a deadline of
// its own.
func TestPatienceBeginsAnew(t *testing.T) {
	tracker, now := told("-"), time.Now()
	tracker.settled(now)
	if now = now.Add(time.Hour); !tracker.settled(now) {
		t.Error("not settled after the deadline")
	}
	tell(&tracker.pods[0].state, 'g', question().thresholds())
	tracker.settled(now)
	tracker.pods = told("-").pods
	if tracker.settled(now) {
		t.Error("settled although the only pod is new")
	}
	if !tracker.settled(now.Add(34 * time.Second)) {
		t.Error("not settled at the second deadline")
	}
}

func TestFailing(t *testing.T) {
	for _, c := range []struct {
		name, pods string
		want       []string
	}{
		{"no pod", "", nil},
		{"none has answered", "- -", nil},
		{"all work", "g g", nil},
		{"one pod can't use it", "g b", nil},
		{"no pod can use it", "b gb", []string{"database"}},
		{"a new pod says nothing", "gb -", []string{"database"}},
		{"a silent pod says nothing", "gb gxxx", []string{"database"}},
		{"a pod that just did not answer has said something", "gb gx", nil},
		{"a pod that does not name it", "b r", []string{"database"}},
		{"all are silent", "bxxx xxx", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, told(strings.Fields(c.pods)...).failing()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPodsByName holds that the order in which pods are observed changes nothing.
func TestPodsByName(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good, "hiring-b": bad, "hiring-c": good})
		b.Observe(hiring, question(podOf("hiring", "c"), podOf("hiring", "a"), podOf("hiring", "b")))
		b.pass(8 * time.Second)
		answer := func(pod string, health v1alpha1.DependencyHealth) snapshot.PodAnswer {
			a := database(health)
			a.Pod = pod
			return a
		}
		b.changes()
		b.want(question(podOf("hiring", "b"), podOf("hiring", "c"), podOf("hiring", "a")), snapshot.Application{Settled: true, Pods: []snapshot.PodAnswer{
			answer("hiring-a", v1alpha1.DependencyHealthy), answer("hiring-b", v1alpha1.DependencyUnhealthy), answer("hiring-c", v1alpha1.DependencyHealthy),
		}})
	})
}

// TestFirstRoundEnds holds that time alone ends the first round: nothing else
// happens when it does.
func TestFirstRoundEnds(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		q := question(podOf("hiring", "a"))
		q.SuccessThreshold = 100
		b.want(q, says(false, snapshot.PodAnswer{}))
		b.pass(34*time.Second - 1)
		b.want(q, says(false, database(v1alpha1.DependencyUnknown)))
		b.changes()
		b.pass(1)
		if n := b.changes(); n != 1 {
			t.Errorf("%d changes at the deadline, want 1", n)
		}
		overdue := says(true, database(v1alpha1.DependencyUnknown))
		overdue.Overdue = true
		b.want(q, overdue)
	})
}
