// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package health polls the API's pods, whether ready or not, for the health of their
// dependencies, and applies thresholds to the answers.
package health

import (
	"context"
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
	// wait for a dependency itself.
	promptResponse = 400 * time.Millisecond
	// followUpDelay is the time between the first quickFollowUps polls after a
	// readiness change: a pod that is being deleted may still serve for some moments.
	followUpDelay  = 250 * time.Millisecond
	quickFollowUps = 12
	// maxPerTracker is how many pods of one tracker are polled at the same time: one
	// tracker's hanging pods must not occupy all workers.
	maxPerTracker = 8
)

// Options are the options of a Poller.
type Options struct {
	// Concurrency is how many pods are polled at the same time, at least 1. At most
	// half of them may be pods whose latest poll failed: pods that hang must leave
	// room for the others.
	Concurrency int
	// Changed is called when the result of Observe has changed since Observe returned
	// it or Changed was called. It occupies a worker, so it must not block for long.
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

	mu       sync.Mutex
	trackers map[types.NamespacedName]*tracker
	failing  limiter // Of the pods whose latest poll failed.
}

// key identifies a pod to poll or, without a UID, a tracker to evaluate again.
type key struct {
	tracker types.NamespacedName
	pod     types.UID
}

// New returns a Poller that polls nothing before Start.
func New(o Options) *Poller {
	return &Poller{
		options:  o,
		metrics:  newMetrics(o.Metrics),
		queue:    workqueue.NewTypedDelayingQueue[key](),
		trackers: map[types.NamespacedName]*tracker{},
		failing:  limiter{limit: max(o.Concurrency/2, 1)},
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: only the leader polls.
func (p *Poller) NeedLeaderElection() bool { return true }

// Start polls until the context ends, and returns when no poll is in progress. It can't
// be called again.
func (p *Poller) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	for range p.options.Concurrency {
		workers.Go(func() { p.work(ctx) })
	}
	<-ctx.Done()
	p.queue.ShutDown()
	workers.Wait()
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
		t = &tracker{name: name, target: target, limiter: limiter{limit: maxPerTracker}}
		p.trackers[name] = t
	}
	before := t.target
	t.target = target
	t.pods = slices.DeleteFunc(t.pods, func(existing *pod) bool {
		gone := !slices.ContainsFunc(target.Pods, func(wanted Pod) bool { return wanted.UID == existing.UID })
		if gone {
			p.remove(t, existing)
		}
		return gone
	})
	for _, wanted := range target.Pods {
		if existing := t.pod(wanted.UID); existing != nil {
			p.update(t, existing, wanted, before, now)
			continue
		}
		added := &pod{Pod: wanted, route: p.options.Transport.routeTo(wanted)}
		t.pods = append(t.pods, added)
		p.schedule(t, added, now, now.Add(wait.Jitter(initialSpread, 1)-initialSpread))
	}
	t.sortPods()
	p.refresh(t, now)
	return t.reported
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
		p.remove(t, pod)
	}
	t.pods = nil
	p.metrics.export(t)
	delete(p.trackers, name)
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
func (p *Poller) remove(t *tracker, pod *pod) {
	pod.removed = true
	pod.cancelPoll()
	k := key{t.name, pod.UID}
	t.limiter.remove(k)
	p.failing.remove(k)
	p.wakeWaiting(t)
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

// wakeWaiting queues a waiting pod of each limiter that has a free slot.
func (p *Poller) wakeWaiting(t *tracker) {
	for _, l := range []*limiter{&t.limiter, &p.failing} {
		if k, ok := l.next(); ok {
			p.queue.Add(k)
		}
	}
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

// work handles the queue's keys until it is shut down.
func (p *Poller) work(ctx context.Context) {
	for {
		k, shutdown := p.queue.Get()
		if shutdown {
			return
		}
		p.handle(ctx, k)
		p.queue.Done(k)
	}
}

func (p *Poller) handle(ctx context.Context, k key) {
	if k.pod == "" {
		p.reevaluate(k.tracker)
		return
	}
	limited, current, ok := p.startPoll(ctx, k)
	if !ok {
		return
	}
	defer current.cancel()
	a, failed := current.route.poll(limited, current.migrations, current.timeout)
	if p.finishPoll(ctx, current, a, failed) {
		p.options.Changed(k.tracker)
	}
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
	tracker *tracker
	pod     *pod
	began   time.Time
	failing bool

	route      route
	timeout    time.Duration
	migrations bool
	cancel     context.CancelFunc
}

// startPoll acquires the slots for a poll and limits its duration. It is not ok if the
// pod was removed, is not due yet, or waits for a slot.
func (p *Poller) startPoll(ctx context.Context, k key) (limited context.Context, current poll, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trackers[k.tracker]
	if t == nil || ctx.Err() != nil {
		return nil, poll{}, false
	}
	pod := t.pod(k.pod)
	if pod == nil {
		return nil, poll{}, false
	}
	now := time.Now()
	current = poll{
		tracker: t, pod: pod, began: now, failing: pod.failing(), route: pod.route, timeout: t.target.Timeout,
		migrations: pod.Migrations && (!pod.Ready || pod.state.migrations != contract.StatusComplete),
	}
	early := pod.due.After(now)
	if early {
		p.queue.AddAfter(k, pod.due.Sub(now))
	}
	if early || !p.acquire(current, k) {
		p.wakeWaiting(t) // The free slot may be another pod's.
		return nil, poll{}, false
	}
	p.metrics.lag.Observe(now.Sub(pod.due).Seconds())
	pod.due, pod.waitingSince = time.Time{}, now
	if at := t.hangsAt(); !at.IsZero() {
		p.queue.AddAfter(key{tracker: t.name}, at.Sub(now))
	}
	limited, current.cancel = context.WithTimeout(ctx, current.timeout)
	pod.cancel = current.cancel
	return limited, current, true
}

// acquire takes a slot of every limiter that applies to the poll, or of none.
func (p *Poller) acquire(current poll, k key) bool {
	if !current.tracker.limiter.acquire(k) {
		return false
	}
	if current.failing && !p.failing.acquire(k) {
		current.tracker.limiter.release()
		return false
	}
	return true
}

// finishPoll records the result of a poll, schedules the next one, and reports whether
// the tracker's result has changed. The result of a cancelled poll is ignored.
func (p *Poller) finishPoll(ctx context.Context, current poll, a answer, failed *failure) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, pod := current.tracker, current.pod
	t.limiter.release()
	if current.failing {
		p.failing.release()
	}
	p.wakeWaiting(t)
	pod.cancel, pod.waitingSince = nil, time.Time{}
	if ctx.Err() != nil || pod.removed || pod.route.base != current.route.base {
		return false
	}
	now := time.Now()
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
	if pod.due.IsZero() { // Otherwise it is already in the queue to be polled immediately.
		p.schedule(t, pod, now, next)
	}
	return p.refresh(t, now)
}
