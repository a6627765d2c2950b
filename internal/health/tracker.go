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

// tracker is what the poller knows of one tracker.
type tracker struct {
	name     types.NamespacedName
	question Question
	pods     []*pod // By name.
	lane     lane
	// round tells that the first round of questions is over.
	round bool
	// unsettled is since when there has not been enough to judge by; zero when
	// there is.
	unsettled time.Time
	// overdue tells that the tracker is judged although it is unsettled.
	overdue bool
	// told is what Observe last returned, or would have when Changed was called.
	told snapshot.Application
	// exported are the dependencies that have a metric series.
	exported []string
}

// pod is what the poller knows of one pod.
type pod struct {
	Pod
	state state
	route route
	// due is when to ask next; zero while the pod is being asked and nothing has
	// happened that asks for another question at once.
	due time.Time
	// asked is when the question under way began, or the kubelet changed its mind
	// during it; zero when there is none.
	asked time.Time
	// prompt tells that the latest answer came in a fraction of what hanging takes.
	prompt bool
	// cancel ends the question under way; nil when there is none.
	cancel context.CancelFunc
	gone   bool
}

// suspect tells whether the pod has left the latest question unanswered, and so
// may well keep the next one waiting for the whole timeout. Where the kubelet has
// changed its mind since, there is hope.
func (p *pod) suspect() bool { return p.state.failures > 0 && p.state.pending == 0 }

func (t *tracker) pod(uid types.UID) *pod {
	for _, p := range t.pods {
		if p.UID == uid {
			return p
		}
	}
	return nil
}

func (t *tracker) order() {
	slices.SortFunc(t.pods, func(a, b *pod) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	})
}

// settled tells whether enough is known to judge by. In the first round that is
// every pod; later it is enough that one pod answers, or that none does. It is not
// put off for ever: pods that are replaced before they are decided, or never say
// the same twice, are a truth as well.
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
	// What all have yet to be asked about again, as the kubelet's view of it has
	// changed, was said before that; and what one pod has just said anew, the others
	// may be about to say as well.
	outdated := recheck || len(t.pods) > 0 && stale == len(t.pods)
	if !outdated && (!undecided || t.round && answering) {
		t.round, t.unsettled, t.overdue = true, time.Time{}, false
		return true
	}
	if t.unsettled.IsZero() {
		t.unsettled = now
	}
	if now.Before(t.deadline()) {
		return false
	}
	t.round, t.overdue = true, true
	return true
}

// deadline is when a tracker that is unsettled is judged anyway.
func (t *tracker) deadline() time.Time { return t.unsettled.Add(t.question.patience()) }

func (t *tracker) application(now time.Time) snapshot.Application {
	a := snapshot.Application{Settled: t.settled(now), Failing: t.failing(), Hanging: t.hanging(now)}
	a.Overdue = t.overdue
	for _, p := range t.pods {
		a.Pods = append(a.Pods, p.state.report(p.Name))
	}
	return a
}

// hangsAt is when every pod that is being asked because the kubelet has changed its
// mind will have let the operator wait for longer than it is used to; zero when one
// has answered, or none is being asked. Others wait for their turn.
func (t *tracker) hangsAt() time.Time {
	var at time.Time
	for _, p := range t.pods {
		asking := !p.asked.IsZero()
		if p.state.pending == 0 || asking && !p.prompt || !asking && !p.state.stale {
			return time.Time{}
		}
		if asking && p.asked.Add(promptly).After(at) {
			at = p.asked.Add(promptly)
		}
	}
	return at
}

func (t *tracker) hanging(now time.Time) bool {
	at := t.hangsAt()
	return !at.IsZero() && !now.Before(at)
}

// failing are the dependencies that every pod that names them calls unhealthy in
// its latest answer.
func (t *tracker) failing() []string {
	good := map[string]bool{}
	for _, p := range t.pods {
		for _, d := range p.state.dependencies {
			good[d.name] = good[d.name] || d.good
		}
	}
	maps.DeleteFunc(good, func(_ string, good bool) bool { return good })
	return slices.Sorted(maps.Keys(good))
}

// slowest are the application's latest measurements, in seconds, by dependency: of
// several pods the slowest.
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
