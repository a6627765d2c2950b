// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// attack is a number of trackers whose pods answer correctly, but as late as they may.
type attack struct {
	// namespaces is their number, trackers that of each, and pods that of each tracker.
	namespaces, trackers, pods int
	// interval is that of the polls, and their timeout; a minute if it is zero.
	interval time.Duration
	// takes is how long the nth poll of a pod takes; 59 s if nil.
	takes func(n int) time.Duration
	// change is what changes about a tracker every so often.
	change func(h *harness, name types.NamespacedName, target *PollTarget, round int)
	every  time.Duration
}

const slowest = 59 * time.Second

// run observes the trackers, again and again if something changes.
func (a attack) run(h *harness, length time.Duration) {
	rounds := 1
	if a.change != nil {
		rounds = int(length / a.every)
	}
	for round := range rounds {
		for n := range a.namespaces {
			for i := range a.trackers {
				name := types.NamespacedName{Namespace: fmt.Sprintf("team-%d", n), Name: fmt.Sprintf("slow-%d-%d", n, i)}
				target := targetOf()
				target.Interval = cmp.Or(a.interval, time.Minute)
				target.Timeout = target.Interval
				for pod := range a.pods {
					target.Pods = append(target.Pods, podOf(name.Name, pod))
				}
				if a.change != nil {
					a.change(h, name, &target, round)
				}
				h.Observe(name, target)
			}
		}
		h.advance(length / time.Duration(rounds))
	}
}

// lag returns the p99 in milliseconds of how late the pods of other trackers, which take
// 100 ms to answer, are polled. The first moments don't count.
func (a attack) lag(t *testing.T) (milliseconds float64) {
	const trackers, warmUp, length = 100, 5 * time.Second, 10 * time.Minute
	withPoller(t, 64, func(h *harness) {
		meter := &lagMeter{Transport: h.pods, due: map[string]time.Time{}}
		h.options.Transport = meter
		polls := map[string]int{}
		h.pods.otherwise = good
		h.pods.takes = func(pod string) time.Duration {
			if strings.HasPrefix(pod, "normal") {
				return 100 * time.Millisecond
			}
			if polls[pod]++; a.takes != nil {
				return a.takes(polls[pod])
			}
			return slowest
		}
		done := make(chan struct{})
		defer close(done)
		go meter.watch(h.Poller, time.Second/2, done)
		for i := range trackers { // Most of them are in a namespace with slow pods, too.
			name := fmt.Sprintf("normal%d", i)
			h.Observe(types.NamespacedName{Namespace: fmt.Sprintf("team-%d", i%25), Name: name}, targetOf(podOf(name, "a"), podOf(name, "b")))
		}
		time.AfterFunc(warmUp, func() { meter.lags.take(1) })
		a.run(h, warmUp+length)
		n, lag := meter.lags.take(.99)
		if polled := int(2 * trackers * length / (10 * time.Second)); n < polled*9/10 {
			t.Errorf("%d polls were measured, want about %d", n, polled)
		}
		milliseconds = lag
	})
	return milliseconds
}

// together is a second, two of each ten seconds.
func together(int) time.Duration {
	if time.Now().Second()%10 >= 8 {
		return time.Second - 1
	}
	return 0
}

func replacePods(_ *harness, _ types.NamespacedName, target *PollTarget, round int) {
	for i := range target.Pods {
		target.Pods[i].UID += types.UID(fmt.Sprint(" ", round))
	}
}

// TestSlowPodsDelayNoOther checks that pods which answer correctly, but late, make the
// polls of others no later than they are without them.
func TestSlowPodsDelayNoOther(t *testing.T) {
	const ratio = 1.2
	without := attack{}.lag(t)
	for name, a := range map[string]attack{
		"one tracker":               {namespaces: 1, trackers: 1, pods: 160},
		"20 trackers":               {namespaces: 1, trackers: 20, pods: 8},
		"20 namespaces":             {namespaces: 20, trackers: 1, pods: 8},
		"160 trackers with one pod": {namespaces: 20, trackers: 8, pods: 1},
		"every other poll": {namespaces: 20, trackers: 1, pods: 8, takes: func(n int) time.Duration {
			return time.Duration(n%2) * slowest
		}},
		"every seventh poll": {namespaces: 20, trackers: 1, pods: 8, takes: func(n int) time.Duration {
			return time.Duration(n%7/6) * slowest
		}},
		"all at the same time": {namespaces: 20, trackers: 1, pods: 8, interval: time.Second, takes: together},
		"all at the same time, and new": {
			namespaces: 20, trackers: 1, pods: 8, interval: time.Second, takes: together, every: 20 * time.Second, change: replacePods,
		},
		"almost promptly": {namespaces: 20, trackers: 1, pods: 8, takes: func(int) time.Duration { return promptResponse - 1 }},
		"pods are new all the time": {
			namespaces: 20, trackers: 1, pods: 8, every: 5 * time.Second, change: replacePods,
		},
		"trackers are new all the time": {
			namespaces: 20, trackers: 1, pods: 8, every: 5 * time.Second,
			change: func(h *harness, name types.NamespacedName, _ *PollTarget, _ int) { h.Forget(name) },
		},
		"readiness changes all the time": {
			namespaces: 20, trackers: 1, pods: 8, every: 2 * time.Second,
			change: func(_ *harness, _ types.NamespacedName, target *PollTarget, round int) {
				for i := range target.Pods {
					target.Pods[i].Ready = round%2 == 0
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if with := a.lag(t); with > ratio*without {
				t.Errorf("p99 of the lag is %.1f ms with them, and %.1f ms without", with, without)
			}
		})
	}
}
