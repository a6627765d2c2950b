// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package health asks the API's pods what they depend on, ready or not, and damps
// what they answer into the value that verdicts are made of.
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
	// confirmAfter is how long after an answer that changes the picture the question
	// is repeated.
	confirmAfter = time.Second
	// spread is the time over which first questions are spread: after a restart all
	// pods are new.
	spread = time.Second
	// promptly is how soon a pod answers that does not wait for anything itself.
	promptly = 400 * time.Millisecond
	// followAfter is how long after an answer the first quickFollowUps of a flip come: a
	// pod that is being deleted may still serve for some moments.
	followAfter    = 250 * time.Millisecond
	quickFollowUps = 12
	// perTracker is how many pods of one tracker are asked at the same time: one
	// tracker's hanging pods must not keep everyone busy.
	perTracker = 8
)

// Options are how a Poller works.
type Options struct {
	// Concurrency is how many pods are asked at the same time, at least 1. Of those
	// that left the latest question unanswered it is half as many: what hangs must
	// leave room for what does not.
	Concurrency int
	// Changed is called when what Observe would return of a tracker has changed since
	// Observe returned it or Changed was called. It must not block for long: no pod is
	// asked in its place meanwhile.
	Changed func(tracker types.NamespacedName)
	// Reach is how pods are reached.
	Reach Reach
	// Metrics is where the metrics are registered; nowhere when nil.
	Metrics prometheus.Registerer
}

// Poller asks the API's pods about what they depend on. All of it may be used
// concurrently.
type Poller struct {
	options Options
	metrics metrics
	// queue holds what is to be done at once and, by time, later. A pod comes out of
	// it when it may be due: what its due says decides.
	queue workqueue.TypedDelayingInterface[key]

	mu       sync.Mutex
	trackers map[types.NamespacedName]*tracker
	suspects lane
}

// key names a pod that is to be asked or, without a UID, a tracker that is to be
// judged.
type key struct {
	tracker types.NamespacedName
	pod     types.UID
}

// New returns a Poller that asks nobody before Start.
func New(o Options) *Poller {
	return &Poller{
		options:  o,
		metrics:  newMetrics(o.Metrics),
		queue:    workqueue.NewTypedDelayingQueue[key](),
		trackers: map[types.NamespacedName]*tracker{},
		suspects: lane{limit: max(o.Concurrency/2, 1)},
	}
}

// NeedLeaderElection makes a manager start the poller with the controllers: only the
// leader asks.
func (p *Poller) NeedLeaderElection() bool { return true }

// Start asks until the context ends, and returns when nothing is under way any
// more. It can't be started again.
func (p *Poller) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	for range p.options.Concurrency {
		workers.Go(func() { p.work(ctx) })
	}
	<-ctx.Done()
	p.queue.ShutDown()
	workers.Wait()

	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.trackers {
		for _, pod := range t.pods {
			pod.route.close()
		}
	}
	return nil
}

// Observe tells the poller which pods of a tracker to ask from now on, and returns
// what is known, which the caller must not change.
func (p *Poller) Observe(name types.NamespacedName, q Question) snapshot.Application {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	t := p.trackers[name]
	if t == nil {
		t = &tracker{name: name, question: q, lane: lane{limit: perTracker}}
		p.trackers[name] = t
	}
	before := t.question
	t.question = q
	t.pods = slices.DeleteFunc(t.pods, func(known *pod) bool {
		left := !slices.ContainsFunc(q.Pods, func(asked Pod) bool { return asked.UID == known.UID })
		if left {
			p.remove(t, known)
		}
		return left
	})
	for _, asked := range q.Pods {
		if known := t.pod(asked.UID); known != nil {
			p.update(t, known, asked, before, now)
			continue
		}
		added := &pod{Pod: asked, route: p.options.Reach.to(asked, q.Timeout)}
		t.pods = append(t.pods, added)
		p.askAt(t, added, now, now.Add(wait.Jitter(spread, 1)-spread))
	}
	t.order()
	p.refresh(t, now)
	return t.told
}

// Forget drops all that is known of a tracker that is gone.
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

// update takes in what has changed of a pod since the question before.
func (p *Poller) update(t *tracker, known *pod, asked Pod, before Question, now time.Time) {
	rerouted := known.Address != asked.Address || known.Port != asked.Port || before.Timeout != t.question.Timeout
	flipped := known.Ready != asked.Ready || before.Ready != t.question.Ready
	known.Pod = asked
	if rerouted {
		known.disconnect()
		known.route = p.options.Reach.to(asked, t.question.Timeout)
	}
	if flipped {
		known.state.flip()
		if !known.asked.IsZero() {
			known.asked = now
		}
	}
	switch latest := now.Add(t.question.Interval); {
	case rerouted, flipped:
		p.askAt(t, known, now, now)
	case known.due.After(latest) && before.Interval != t.question.Interval:
		p.askAt(t, known, now, latest)
	}
}

// remove takes leave of a pod.
func (p *Poller) remove(t *tracker, known *pod) {
	known.gone = true
	known.disconnect()
	k := key{t.name, known.UID}
	t.lane.drop(k)
	p.suspects.drop(k)
	p.wake(t)
}

// recheck asks the tracker's other pods at once when one has something new to say: a
// dependency that has gone, or is back, has most often gone for all.
func (p *Poller) recheck(t *tracker, first *pod, now time.Time) {
	for _, other := range t.pods {
		if other == first || !other.state.answered {
			continue
		}
		other.state.recheck = true
		if other.due.Sub(now) > confirmAfter { // Else it is asked soon, or being asked.
			p.askAt(t, other, now, now)
		}
	}
}

// disconnect ends the question under way and drops the connections.
func (p *pod) disconnect() {
	if p.cancel != nil {
		p.cancel()
	}
	p.route.close()
}

// askAt makes a pod due.
func (p *Poller) askAt(t *tracker, pod *pod, now, due time.Time) {
	pod.due = due
	p.queue.AddAfter(key{t.name, pod.UID}, due.Sub(now))
}

// wake lets those ask again for whom there is room.
func (p *Poller) wake(t *tracker) {
	for _, l := range []*lane{&t.lane, &p.suspects} {
		if k, ok := l.next(); ok {
			p.queue.Add(k)
		}
	}
}

// refresh makes up anew what is known of a tracker, and tells whether it has
// changed.
func (p *Poller) refresh(t *tracker, now time.Time) bool {
	application := t.application(now)
	if !application.Settled {
		p.queue.AddAfter(key{tracker: t.name}, t.deadline().Sub(now))
	}
	if at := t.hangsAt(); at.After(now) {
		p.queue.AddAfter(key{tracker: t.name}, at.Sub(now))
	}
	changed := !reflect.DeepEqual(application, t.told)
	t.told = application
	p.metrics.export(t)
	return changed
}

// work does what comes out of the queue until it is shut down.
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
		p.judge(k.tracker)
		return
	}
	limited, q, ok := p.begin(ctx, k)
	if !ok {
		return
	}
	defer q.cancel()
	a, failed := q.route.ask(limited, q.migrations, q.timeout)
	if p.end(ctx, q, a, failed) {
		p.options.Changed(k.tracker)
	}
}

// judge takes in that time has passed.
func (p *Poller) judge(name types.NamespacedName) {
	p.mu.Lock()
	t := p.trackers[name]
	changed := t != nil && p.refresh(t, time.Now())
	p.mu.Unlock()
	if changed {
		p.options.Changed(name)
	}
}

// asking is one question under way.
type asking struct {
	tracker *tracker
	pod     *pod
	began   time.Time
	suspect bool

	route      route
	timeout    time.Duration
	migrations bool
	cancel     context.CancelFunc
}

// begin takes the room that a question to the pod needs, and bounds its time. It is
// not ok when the pod is gone, not due yet, or waits for room.
func (p *Poller) begin(ctx context.Context, k key) (limited context.Context, q asking, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trackers[k.tracker]
	if t == nil || ctx.Err() != nil {
		return nil, asking{}, false
	}
	known := t.pod(k.pod)
	if known == nil {
		return nil, asking{}, false
	}
	now := time.Now()
	q = asking{
		tracker: t, pod: known, began: now, suspect: known.suspect(), route: known.route, timeout: t.question.Timeout,
		migrations: known.Migrations && (!known.Ready || known.state.migrations != contract.StatusComplete),
	}
	early := known.due.After(now)
	if early {
		p.queue.AddAfter(k, known.due.Sub(now))
	}
	if early || !p.enter(q, k) {
		p.wake(t) // The room may be another's.
		return nil, asking{}, false
	}
	p.metrics.lag.Observe(now.Sub(known.due).Seconds())
	known.due, known.asked = time.Time{}, now
	if at := t.hangsAt(); !at.IsZero() {
		p.queue.AddAfter(key{tracker: t.name}, at.Sub(now))
	}
	limited, q.cancel = context.WithTimeout(ctx, q.timeout)
	known.cancel = q.cancel
	return limited, q, true
}

// enter takes room in every lane that the question belongs to, or in none.
func (p *Poller) enter(q asking, k key) bool {
	if !q.tracker.lane.enter(k) {
		return false
	}
	if q.suspect && !p.suspects.enter(k) {
		q.tracker.lane.leave()
		return false
	}
	return true
}

// end takes in what a question came to, and tells whether it has changed what is
// known of the tracker. What came of a question that was cancelled says nothing.
func (p *Poller) end(ctx context.Context, q asking, a answer, failed *failure) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	q.tracker.lane.leave()
	if q.suspect {
		p.suspects.leave()
	}
	p.wake(q.tracker)
	q.pod.cancel, q.pod.asked = nil, time.Time{}
	if ctx.Err() != nil || q.pod.gone || q.pod.route.base != q.route.base {
		q.route.close()
		return false
	}
	now := time.Now()
	q.pod.prompt = failed == nil && now.Sub(q.began) < promptly/2
	p.metrics.duration.Observe(now.Sub(q.began).Seconds())
	limits := q.tracker.question.thresholds()
	if failed != nil {
		p.metrics.errors.WithLabelValues(failed.reason).Inc()
		q.pod.state.miss(failed.words, limits)
	} else {
		q.pod.state.hear(a, limits)
	}
	next := q.began.Add(wait.Jitter(q.tracker.question.Interval*9/10, 2.0/9)) // ±10%
	if q.pod.state.hurry(limits) {
		next = now.Add(confirmAfter)
		if !q.pod.state.doubtful() && q.pod.state.pending >= followUps-quickFollowUps {
			next = now.Add(followAfter)
		}
	}
	if q.pod.state.news {
		p.recheck(q.tracker, q.pod, now)
	}
	if q.pod.due.IsZero() { // Else it was asked for at once meanwhile, and is in the queue.
		p.askAt(q.tracker, q.pod, now, next)
	}
	return p.refresh(q.tracker, now)
}
