// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// tracker is the poller's state of one tracker.
type tracker struct {
	name      types.NamespacedName
	namespace *namespace
	target    PollTarget
	pods      []*pod // By name.
	load      load
	// slow is true if the latest poll of one of its pods was slow: new pods are expected
	// to be as slow.
	slow bool
	// firstRoundDone is true if the first round of polls is over.
	firstRoundDone bool
	// unsettledSince is when the answers stopped being sufficient; zero if they are.
	unsettledSince time.Time
	// overdue is true if the tracker counts as settled only because of the deadline.
	overdue bool
	// reported is what Observe last returned, or would have when Changed was called.
	reported snapshot.Application
	// exported are the dependencies that have a metric series.
	exported []string
}

// pod is the poller's state of one pod.
type pod struct {
	Pod
	state state
	route route
	// due is when the next poll starts; zero while a poll is in progress, unless
	// another one is to follow immediately.
	due time.Time
	// waitingSince is when the poll in progress or that was broken off began, or the
	// readiness changed during it; zero if there is none.
	waitingSince time.Time
	// prompt is true if the latest answer took a fraction of promptResponse.
	prompt bool
	// measured is true if the pod has been polled, and slow if its latest poll was slow.
	// slowAt is when one last was, or when one of its namespace was before it was added.
	measured, slow bool
	slowAt         time.Time
	// secondChance is true from a readiness change to the next poll, which may well be
	// quicker.
	secondChance bool
	// cancel cancels the poll in progress; nil if there is none.
	cancel  context.CancelFunc
	removed bool
}

func (t *tracker) pod(uid types.UID) *pod {
	for _, p := range t.pods {
		if p.UID == uid {
			return p
		}
	}
	return nil
}

func (t *tracker) sortPods() {
	slices.SortFunc(t.pods, func(a, b *pod) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	})
}

// settled reports whether there are enough answers to evaluate the tracker. The first
// round needs every pod; later one answering pod is enough, or that none answers. There
// is a deadline, because pods may be replaced before they are decided, or never give
// the same answer twice.
func (t *tracker) settled(now time.Time) bool {
	undecided, answering, stale, recheck := false, false, 0, false
	for _, p := range t.pods {
		if p.state.stale {
			stale++
		}
		recheck = recheck || p.state.recheck
		if !p.state.decided() {
			undecided = true
		} else if p.state.answered {
			answering = true
		}
	}
	// Answers from before a readiness change are outdated if no pod has been polled
	// since. If one pod's answer has just changed, the others' may be about to.
	outdated := recheck || len(t.pods) > 0 && stale == len(t.pods)
	if !outdated && (!undecided || t.firstRoundDone && answering) {
		t.firstRoundDone, t.unsettledSince, t.overdue = true, time.Time{}, false
		return true
	}
	if t.unsettledSince.IsZero() {
		t.unsettledSince = now
	}
	if now.Before(t.deadline()) {
		return false
	}
	t.firstRoundDone, t.overdue = true, true
	return true
}

// deadline is when an unsettled tracker counts as settled.
func (t *tracker) deadline() time.Time { return t.unsettledSince.Add(t.target.settleTimeout()) }

func (t *tracker) application(now time.Time) snapshot.Application {
	a := snapshot.Application{Settled: t.settled(now), Failing: t.unhealthy(), Hanging: t.hanging(now)}
	a.Overdue = t.overdue
	for _, p := range t.pods {
		a.Pods = append(a.Pods, p.state.report(p.Name))
	}
	return a
}

// hangsAt is when every pod that is being polled after a readiness change will have
// taken longer than promptResponse; zero if a pod has answered, or none is being
// polled. Pods that wait for their turn don't count.
func (t *tracker) hangsAt() time.Time {
	var at time.Time
	for _, p := range t.pods {
		polling := !p.waitingSince.IsZero()
		if p.state.followUps == 0 || polling && !p.prompt || !polling && !p.state.stale {
			return time.Time{}
		}
		if polling && p.waitingSince.Add(promptResponse).After(at) {
			at = p.waitingSince.Add(promptResponse)
		}
	}
	return at
}

func (t *tracker) hanging(now time.Time) bool {
	at := t.hangsAt()
	return !at.IsZero() && !now.Before(at)
}

// unhealthy are the dependencies that are failing for every pod that has them.
func (t *tracker) unhealthy() []string {
	healthy := map[string]bool{}
	for _, p := range t.pods {
		for _, d := range p.state.dependencies {
			healthy[d.name] = healthy[d.name] || !p.state.failing(d)
		}
	}
	maps.DeleteFunc(healthy, func(_ string, healthy bool) bool { return healthy })
	return slices.Sorted(maps.Keys(healthy))
}

// slowest are the application's latest measurements, in seconds, by dependency: those
// of the slowest pod.
func (t *tracker) slowest() map[string]float64 {
	seconds := map[string]float64{}
	for _, p := range t.pods {
		for _, d := range p.state.dependencies {
			if d.seconds >= 0 {
				seconds[d.name] = max(seconds[d.name], d.seconds)
			}
		}
	}
	return seconds
}

// PollTarget is what to poll for one tracker, and how.
type PollTarget struct {
	// Interval is the time between two polls of a pod, and Timeout how long a poll
	// may take. Timeout is at most Interval.
	Interval, Timeout time.Duration
	// FailureThreshold is the number of consecutive unhealthy answers after which a
	// dependency is unhealthy, and of consecutive failed polls after which a pod is
	// unresponsive. SuccessThreshold is the number of consecutive healthy answers
	// after which a dependency is healthy.
	FailureThreshold, SuccessThreshold int
	// Pods are the pods to poll, in any order.
	Pods []Pod
	// DependencyState identifies which pods of the managed dependencies are ready
	// according to the kubelet. Its format doesn't matter: when it changes, all pods
	// are polled immediately.
	DependencyState string
}

// Pod is one running pod of the API that has an address.
type Pod struct {
	UID             types.UID
	Namespace, Name string
	// Address is an IPv4 or IPv6 address, without brackets.
	Address string
	Port    int32
	// Ready is the pod's readiness according to the kubelet: when it changes, the pod
	// is polled immediately.
	Ready bool
	// Migrations is true if the pod's contract.PathReady is to be read, too.
	Migrations bool
}

func (t PollTarget) thresholds() thresholds {
	return thresholds{t.FailureThreshold, t.SuccessThreshold, startupFailures}
}

// settleTimeout is how long an evaluation may be delayed: the time that it takes to
// find every pod unresponsive, or every dependency unhealthy.
func (t PollTarget) settleTimeout() time.Duration {
	return t.Interval + time.Duration(t.FailureThreshold+startupFailures)*(t.Timeout+confirmDelay)
}
