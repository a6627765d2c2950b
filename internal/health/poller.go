// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package health polls the API's pods, whether ready or not, for the health of their
// dependencies, and applies thresholds to the answers.
package health

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/workqueue"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

const (
	// confirmDelay is the time between an answer that contradicts the state and the
	// poll that confirms it.
	confirmDelay = time.Second
	// initialSpread is the time over which first polls are spread: after a restart
	// all pods are new.
	initialSpread = time.Second
	// promptResponse is how long the response of a pod takes at most that does not
	// wait for a dependency itself. A poll that takes longer is slow.
	promptResponse = 400 * time.Millisecond
	// followUpDelay is the time between the first quickFollowUps polls after a
	// readiness change: a pod that is being deleted may still serve for some moments.
	followUpDelay  = 250 * time.Millisecond
	quickFollowUps = 12
	// provenAfter is for how long a pod's polls must not have been slow until it counts
	// as quick: one that is slow now and then must not be quick in between.
	provenAfter = 5 * time.Minute
)

// Options are the options of a Poller.
type Options struct {
	// Concurrency is how many pods are polled at the same time, at least 1. At most
	// half of them may be slow ones, which must leave room for the others.
	Concurrency int
	// Changed is called when the result of Observe has changed since Observe returned
	// it or Changed was called. It must not block: polls may wait for it.
	Changed func(tracker types.NamespacedName)
	// Transport is how the poller connects to pods.
	Transport Transport
	// Metrics registers the metrics; nil registers none.
	Metrics prometheus.Registerer
}

// Poller polls the API's pods for the health of their dependencies. Its methods are
// safe for concurrent use.
type Poller struct {
	options Options
	metrics metrics
	// queue holds what to do now and, by time, later. When a pod leaves the queue, its
	// due decides whether it is polled.
	queue workqueue.TypedDelayingInterface[key]

	polls sync.WaitGroup // In progress.

	mu         sync.Mutex
	trackers   map[types.NamespacedName]*tracker
	namespaces map[string]*namespace // Those of the trackers, and of deleted ones that were slow.
	slots      slots
}

// key identifies a pod to poll or, without a UID, a tracker to evaluate again.
type key struct {
	tracker types.NamespacedName
	pod     types.UID
}

// New returns a Poller that polls nothing before Start.
func New(o Options) *Poller {
	return &Poller{
		options:    o,
		metrics:    newMetrics(o.Metrics),
		queue:      workqueue.NewTypedDelayingQueue[key](),
		trackers:   map[types.NamespacedName]*tracker{},
		namespaces: map[string]*namespace{},
		slots:      newSlots(o.Concurrency),
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: only the leader polls.
func (p *Poller) NeedLeaderElection() bool { return true }

// Start polls until the context ends, and returns when no poll is in progress. It can't
// be called again.
func (p *Poller) Start(ctx context.Context) error {
	defer context.AfterFunc(ctx, p.queue.ShutDown)()
	for {
		k, shutdown := p.queue.Get()
		if shutdown {
			break
		}
		p.handle(ctx, k)
		p.queue.Done(k)
	}
	p.polls.Wait()
	return nil
}

// Observe sets which pods of a tracker to poll from now on, and returns the result of
// the polls so far, which the caller must not modify.
func (p *Poller) Observe(name types.NamespacedName, target PollTarget) snapshot.Application {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	t := p.trackers[name]
	if t == nil {
		t = p.add(name, target)
	}
	before := t.target
	t.target = target
	t.pods = slices.DeleteFunc(t.pods, func(existing *pod) bool {
		gone := !slices.ContainsFunc(target.Pods, func(wanted Pod) bool { return wanted.UID == existing.UID })
		if gone {
			p.remove(existing)
		}
		return gone
	})
	for _, wanted := range target.Pods {
		if existing := t.pod(wanted.UID); existing != nil {
			p.update(t, existing, wanted, before, now)
			continue
		}
		added := &pod{Pod: wanted, route: p.options.Transport.routeTo(wanted), slowAt: t.namespace.slowAt}
		t.pods = append(t.pods, added)
		p.schedule(t, added, now, now.Add(wait.Jitter(initialSpread, 1)-initialSpread))
	}
	t.sortPods()
	p.refresh(t, now)
	return t.reported
}

// add adds a tracker without pods.
func (p *Poller) add(name types.NamespacedName, target PollTarget) *tracker {
	n := p.namespaces[name.Namespace]
	if n == nil {
		n = &namespace{}
		p.namespaces[name.Namespace] = n
	}
	n.trackers++
	t := &tracker{name: name, target: target, namespace: n}
	p.trackers[name] = t
	return t
}

// Forget stops polling the pods of a tracker that no longer exists.
func (p *Poller) Forget(name types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trackers[name]
	if t == nil {
		return
	}
	for _, pod := range t.pods {
		p.remove(pod)
	}
	t.pods = nil
	p.metrics.export(t)
	delete(p.trackers, name)
	t.namespace.trackers--
	now := time.Now()
	maps.DeleteFunc(p.namespaces, func(_ string, n *namespace) bool { return n.trackers == 0 && now.Sub(n.slowAt) > provenAfter })
}

// update applies what has changed in a pod or in the target.
func (p *Poller) update(t *tracker, existing *pod, wanted Pod, before PollTarget, now time.Time) {
	rerouted := existing.Address != wanted.Address || existing.Port != wanted.Port
	readinessChanged := existing.Ready != wanted.Ready || before.DependencyState != t.target.DependencyState
	existing.Pod = wanted
	if rerouted {
		existing.cancelPoll()
		existing.route = p.options.Transport.routeTo(wanted)
	}
	if readinessChanged {
		existing.state.readinessChanged()
		existing.secondChance = true
		if !existing.waitingSince.IsZero() {
			existing.waitingSince = now
		}
	}
	switch latest := now.Add(t.target.Interval); {
	case rerouted, readinessChanged:
		p.schedule(t, existing, now, now)
	case existing.due.After(latest) && before.Interval != t.target.Interval:
		p.schedule(t, existing, now, latest)
	}
}

// remove stops polling a pod.
func (p *Poller) remove(pod *pod) {
	pod.removed = true
	pod.cancelPoll()
	p.slots.remove(pod)
}

// recheck polls the tracker's other pods immediately when one pod's answer has changed:
// most often a dependency goes down, or recovers, for all of them.
func (p *Poller) recheck(t *tracker, first *pod, now time.Time) {
	for _, other := range t.pods {
		if other == first || !other.state.answered {
			continue
		}
		other.state.recheck = true
		if other.due.Sub(now) > confirmDelay { // Otherwise it is polled soon, or being polled.
			p.schedule(t, other, now, now)
		}
	}
}

// cancelPoll cancels the poll in progress, if there is one.
func (p *pod) cancelPoll() {
	if p.cancel != nil {
		p.cancel()
	}
}

// schedule sets when a pod is polled next.
func (p *Poller) schedule(t *tracker, pod *pod, now, due time.Time) {
	pod.due = due
	p.queue.AddAfter(key{t.name, pod.UID}, due.Sub(now))
}

// refresh evaluates a tracker's answers, and reports whether the result has changed.
func (p *Poller) refresh(t *tracker, now time.Time) bool {
	application := t.application(now)
	if !application.Settled {
		p.queue.AddAfter(key{tracker: t.name}, t.deadline().Sub(now))
	}
	if at := t.hangsAt(); at.After(now) {
		p.queue.AddAfter(key{tracker: t.name}, at.Sub(now))
	}
	changed := !reflect.DeepEqual(application, t.reported)
	t.reported = application
	p.metrics.export(t)
	return changed
}

// handle polls a pod that is due as soon as there is a slot, or evaluates a tracker.
func (p *Poller) handle(ctx context.Context, k key) {
	if k.pod == "" {
		p.reevaluate(k.tracker)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trackers[k.tracker]
	if t == nil {
		return
	}
	pod := t.pod(k.pod)
	if pod == nil || pod.cancel != nil { // Otherwise the end of the poll schedules the next.
		return
	}
	now := time.Now()
	if pod.due.After(now) {
		p.schedule(t, pod, now, pod.due)
		return
	}
	p.slots.wait(turn{t, pod}, now)
	p.startPolls(ctx)
}

// reevaluate refreshes a tracker because time has passed.
func (p *Poller) reevaluate(name types.NamespacedName) {
	p.mu.Lock()
	t := p.trackers[name]
	changed := t != nil && p.refresh(t, time.Now())
	p.mu.Unlock()
	if changed {
		p.options.Changed(name)
	}
}

// poll is one poll in progress.
type poll struct {
	turn
	pace  pace
	began time.Time
	// overdue slows the poll down after promptResponse, and brokenOff is true if there
	// was no slot for that.
	overdue             *time.Timer
	brokenOff, finished bool

	route      route
	timeout    time.Duration
	migrations bool
}

// startPolls starts polls as long as there are slots.
func (p *Poller) startPolls(ctx context.Context) {
	for ctx.Err() == nil {
		now := time.Now()
		next, at, ok := p.slots.next(now)
		if !ok {
			return
		}
		p.startPoll(ctx, next, at, now)
	}
}

// startPoll polls a pod that has a slot.
func (p *Poller) startPoll(ctx context.Context, next turn, at pace, now time.Time) {
	t, pod := next.tracker, next.pod
	current := &poll{
		turn: next, pace: at, began: now, route: pod.route, timeout: t.target.Timeout,
		migrations: pod.Migrations && (!pod.Ready || pod.state.migrations != contract.StatusComplete),
	}
	p.metrics.lag.Observe(now.Sub(pod.due).Seconds())
	pod.due, pod.secondChance = time.Time{}, false
	if pod.waitingSince.IsZero() { // Otherwise a poll was broken off.
		pod.waitingSince = now
	}
	if hangs := t.hangsAt(); !hangs.IsZero() {
		p.queue.AddAfter(key{tracker: t.name}, hangs.Sub(now))
	}
	var limited context.Context
	limited, pod.cancel = context.WithTimeout(ctx, current.timeout)
	current.overdue = time.AfterFunc(promptResponse, func() { p.slowDown(ctx, current) })
	p.polls.Go(func() {
		a, failed := current.route.poll(limited, current.migrations, current.timeout)
		if p.finishPoll(ctx, current, a, failed) {
			p.options.Changed(t.name)
		}
	})
}

// slowDown continues a poll as a slow one. If there is no slot for that, the poll is
// broken off, and begins again when there is: otherwise pods that become slow at the same
// time, or are new, could occupy all slots for as long as a poll may take.
func (p *Poller) slowDown(ctx context.Context, current *poll) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if current.finished {
		return
	}
	now := time.Now()
	p.recordPace(current.turn, true, now)
	switch {
	case current.pace == slow:
	case p.slots.slowDown(current.tracker, current.pace, now):
		current.pace = slow
	default:
		current.brokenOff = true
		current.pod.cancelPoll()
	}
	p.startPolls(ctx) // The tracker's other pods may have waited for this.
}

// recordPace records whether a pod's poll was, or is, slow.
func (p *Poller) recordPace(w turn, slow bool, now time.Time) {
	t := w.tracker
	w.pod.measured, w.pod.slow = true, slow
	if slow {
		w.pod.slowAt, t.namespace.slowAt = now, now
	}
	if t.slow != slow {
		t.slow = slow
		p.slots.reconsider(t, now)
	}
}

// finishPoll records the result of a poll, schedules the next one, and reports whether
// the tracker's result has changed. The result of a cancelled poll is ignored.
func (p *Poller) finishPoll(ctx context.Context, current *poll, a answer, failed *failure) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.startPolls(ctx)
	t, pod, now := current.tracker, current.pod, time.Now()
	current.finished = true
	current.overdue.Stop()
	pod.cancelPoll() // Releases the context.
	pod.cancel = nil
	p.slots.release(t, current.pace, now)
	if ctx.Err() != nil || pod.removed {
		return false
	}
	if !pod.due.IsZero() { // It is to be polled again immediately.
		p.schedule(t, pod, now, pod.due)
	}
	if pod.route.base != current.route.base {
		pod.waitingSince = time.Time{}
		return false
	}
	p.recordPace(current.turn, now.Sub(current.began) >= promptResponse, now)
	if current.brokenOff && failed != nil {
		if pod.due.IsZero() {
			p.schedule(t, pod, now, now)
		}
		return false
	}
	pod.waitingSince = time.Time{}
	pod.prompt = failed == nil && now.Sub(current.began) < promptResponse/2
	p.metrics.duration.Observe(now.Sub(current.began).Seconds())
	limits := t.target.thresholds()
	if failed != nil {
		p.metrics.errors.WithLabelValues(failed.reason).Inc()
		pod.state.recordFailure(failed.message, limits)
	} else {
		pod.state.recordAnswer(a, limits)
	}
	next := current.began.Add(wait.Jitter(t.target.Interval*9/10, 2.0/9)) // ±10%
	if pod.state.pollSoon(limits) {
		next = now.Add(confirmDelay)
		if !pod.state.unconfirmed() && pod.state.followUps >= maxFollowUps-quickFollowUps {
			next = now.Add(followUpDelay)
		}
	}
	if pod.state.changed {
		p.recheck(t, pod, now)
	}
	if pod.due.IsZero() {
		p.schedule(t, pod, now, next)
	}
	return p.refresh(t, now)
}
