// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func database(health v1alpha1.DependencyHealth) snapshot.PodAnswer {
	return snapshot.PodAnswer{Answered: true, Dependencies: []snapshot.DependencyAnswer{{Name: contract.Database, Health: health}}}
}

func (b *bench) want(q Question, want snapshot.Application) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.Observe(hiring, q)); diff != "" {
		b.t.Errorf("after %v (-want +got):\n%s", time.Since(bubbleStart), diff)
	}
}

// bubbleStart is when the fake time of synctest begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestAsksEveryInterval(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		start := time.Now()
		b.Observe(hiring, question(podOf("hiring", "a")))
		b.pass(10 * time.Minute)
		times := b.pods.times("hiring-a", start)
		if times[0] >= time.Second {
			t.Errorf("first asked after %v, want within 1s", times[0])
		}
		differ := map[time.Duration]bool{}
		for i := range times[1:] {
			gap := times[i+1] - times[i]
			differ[gap] = true
			if gap < 9*time.Second || gap > 11*time.Second {
				t.Errorf("asked again after %v, want 10s ±10%%", gap)
			}
		}
		if len(differ) < 10 {
			t.Errorf("%d different gaps in %d: there is no jitter", len(differ), len(times))
		}
	})
}

// TestOutage tells how an outage and its end come through: what Observe returns,
// when, and how often Changed is called.
func TestOutage(t *testing.T) {
	within(t, 4, func(b *bench) {
		q := question(podOf("hiring", "a"))
		b.want(q, says(false, snapshot.PodAnswer{}))
		b.pods.say(map[string]string{"hiring-a": good})
		b.pass(time.Second)
		b.want(q, says(true, database(v1alpha1.DependencyHealthy)))
		if n := b.changes(); n != 1 {
			t.Errorf("%d changes by the first answer, want 1", n)
		}
		b.pass(10 * time.Minute)
		if n := b.changes(); n != 0 {
			t.Errorf("%d changes although nothing changes", n)
		}

		b.pods.say(map[string]string{"hiring-a": bad})
		asked := b.until(func() bool { return b.changes() > 0 })
		b.want(q, says(true, database(v1alpha1.DependencyHealthy), contract.Database))
		b.pass(time.Second)
		b.want(q, says(true, database(v1alpha1.DependencyHealthy), contract.Database))
		b.pass(time.Second)
		b.want(q, says(true, database(v1alpha1.DependencyUnhealthy), contract.Database))
		if n := b.changes(); n != 1 {
			t.Errorf("%d changes by the third bad answer, want 1", n)
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, b.pods.times("hiring-a", asked)); diff != "" {
			t.Errorf("asked after the first bad answer (-want +got):\n%s", diff)
		}
		b.pass(10 * time.Minute)
		if n := b.changes(); n != 0 {
			t.Errorf("%d changes in the middle of an outage", n)
		}

		b.pods.say(map[string]string{"hiring-a": good})
		b.until(func() bool { return b.changes() > 0 })
		b.want(q, says(true, database(v1alpha1.DependencyHealthy)))
	})
}

// until waits for something for somewhat more than an interval, and returns when it came.
func (b *bench) until(done func() bool) time.Time {
	b.t.Helper()
	for end := time.Now().Add(12 * time.Second); time.Now().Before(end); b.pass(time.Millisecond) {
		if done() {
			b.pods.mu.Lock()
			defer b.pods.mu.Unlock()
			return b.pods.log[len(b.pods.log)-1].at
		}
	}
	b.t.Fatal("nothing happened for an interval")
	return time.Time{}
}

func TestFlapping(t *testing.T) {
	within(t, 4, func(b *bench) {
		q := question(podOf("hiring", "a"))
		b.Observe(hiring, q)
		b.pods.say(map[string]string{"hiring-a": good})
		b.pass(time.Second)
		b.changes()
		for range 100 {
			b.pods.say(map[string]string{"hiring-a": bad})
			b.until(func() bool { return b.changes() > 0 })
			b.pods.say(map[string]string{"hiring-a": good})
			b.until(func() bool { return b.changes() > 0 })
			b.want(q, says(true, database(v1alpha1.DependencyHealthy)))
		}
	})
}

func TestSilence(t *testing.T) {
	within(t, 4, func(b *bench) {
		q := question(podOf("hiring", "a"))
		b.Observe(hiring, q)
		b.pods.say(map[string]string{"hiring-a": good})
		b.pass(2 * time.Second)
		b.changes()
		b.pods.say(map[string]string{"hiring-a": hangs})
		b.pass(11*time.Second + 3*3*time.Second + 2*time.Second)
		b.want(q, says(true, snapshot.PodAnswer{Failure: "no answer within 3s"}))
		if n := b.changes(); n != 1 {
			t.Errorf("%d changes, want one", n)
		}
		b.pods.say(map[string]string{"hiring-a": "404 hunter2"})
		b.pass(2 * time.Minute)
		b.want(q, says(true, snapshot.PodAnswer{Failure: "answers 404 Not Found"}))
		if n := b.changes(); n != 1 {
			t.Errorf("%d changes, want one", n)
		}
		b.pods.say(map[string]string{"hiring-a": good})
		b.pass(11 * time.Second)
		b.want(q, says(true, database(v1alpha1.DependencyHealthy)))
	})
}

// TestFlips holds that a pod is asked in the moment in which the kubelet changes its
// mind about it or about what it depends on, and again a few times.
func TestFlips(t *testing.T) {
	soon := []time.Duration{0}
	for i := range quickFollowUps {
		soon = append(soon, time.Duration(i+1)*followAfter)
	}
	for name, flip := range map[string]struct {
		change     func(q *Question)
		both, once bool
	}{
		"the pod's readiness":        {change: func(q *Question) { q.Pods[0].Ready = false }},
		"a dependency's readiness":   {change: func(q *Question) { q.Ready = "database=false" }, both: true},
		"the pod's address":          {change: func(q *Question) { q.Pods[0].Address = "10.0.0.9" }, once: true},
		"the pod's port":             {change: func(q *Question) { q.Pods[0].Port = 8080 }, once: true},
		"how long it may take":       {change: func(q *Question) { q.Timeout = time.Second }, both: true, once: true},
		"nothing, or something else": {change: func(q *Question) { q.Pods[0].Migrations = true; q.FailureThreshold = 4 }},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, 4, func(b *bench) {
				b.pods.say(map[string]string{"hiring-a": good, "hiring-b": good})
				q := question(podOf("hiring", "a"), podOf("hiring", "b"))
				b.Observe(hiring, q)
				b.pass(5 * time.Second)
				q.Pods = []Pod{q.Pods[0], q.Pods[1]}
				flip.change(&q)
				now := time.Now()
				b.Observe(hiring, q)
				b.pass(3500 * time.Millisecond)
				for i, pod := range []string{"hiring-a", "hiring-b"} {
					want := soon
					switch {
					case name == "nothing, or something else", i == 1 && !flip.both:
						want = nil
					case flip.once:
						want = soon[:1]
					}
					if diff := cmp.Diff(want, b.pods.times(pod, now)); diff != "" {
						t.Errorf("%s was asked (-want +got):\n%s", pod, diff)
					}
				}
			})
		})
	}
}

// TestFlipWhileAsked holds that a pod is never asked twice at a time, and that what
// it is in the middle of answering does not stand for the time after the flip.
func TestFlipWhileAsked(t *testing.T) {
	within(t, 4, func(b *bench) {
		a := podOf("hiring", "a")
		start := time.Now()
		b.Observe(hiring, question(a))
		b.pass(2 * time.Second) // It hangs since 1 s at most.
		a.Ready = false
		b.Observe(hiring, question(a))
		b.pass(2500 * time.Millisecond)
		times := b.pods.times("hiring-a", start)
		if len(times) != 2 || times[1]-times[0] != 3*time.Second {
			t.Errorf("asked after %v, want a second time when the first has failed", times)
		}
		if n := b.pods.busiest["hiring-a"]; n != 1 {
			t.Errorf("asked %d times at a time", n)
		}
	})
}

// TestNewAddressWhileAsked holds that what the old address fails to say is not held
// against the pod.
func TestNewAddressWhileAsked(t *testing.T) {
	within(t, 4, func(b *bench) {
		a := podOf("hiring", "a")
		q := question(a)
		q.FailureThreshold = 1
		b.Observe(hiring, q)
		b.pass(2 * time.Second) // It hangs since 1 s at most.
		a.Address = "10.0.0.9"
		q.Pods = []Pod{a}
		now := time.Now()
		b.Observe(hiring, q)
		b.pass(time.Millisecond)
		if times := b.pods.times("hiring-a", now); !cmp.Equal(times, []time.Duration{0}) {
			t.Errorf("asked %v after the change, want at once", times)
		}
		b.want(q, says(false, snapshot.PodAnswer{}))
	})
}

func TestShorterInterval(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		q := question(podOf("hiring", "a"))
		q.Interval = 10 * time.Minute
		b.Observe(hiring, q)
		b.pass(5 * time.Second)
		q.Interval = 20 * time.Second
		now := time.Now()
		b.Observe(hiring, q)
		b.pass(time.Minute)
		if times := b.pods.times("hiring-a", now); len(times) < 2 || times[0] > 20*time.Second {
			t.Errorf("asked after %v, want about every 20s", times)
		}
	})
}

// TestForget holds that nothing is left of a tracker, or a pod, that is gone, what
// is under way included.
func TestForget(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good})
		a, hanging := podOf("hiring", "a"), podOf("hiring", "b")
		q := question(a, hanging)
		q.FailureThreshold = 1
		b.Observe(hiring, q)
		b.pass(2 * time.Second)
		if got := b.series(); !cmp.Equal(got, []string{"database 0.004"}) {
			t.Errorf("series %v", got)
		}
		b.changes()
		b.Forget(hiring)
		b.Forget(hiring)
		if n := b.changes(); n != 0 {
			t.Errorf("%d changes by what was under way", n)
		}
		if got := b.series(); got != nil {
			t.Errorf("series %v of a tracker that is gone", got)
		}
		b.pods.mu.Lock()
		if n := b.pods.busy[""]; n != 0 {
			t.Errorf("%d questions go on", n)
		}
		closed := map[string]bool{}
		for _, pod := range b.pods.closed {
			closed[pod] = true
		}
		if want := map[string]bool{"hiring-a 10.0.0.1": true, "hiring-b 10.0.0.1": true}; !cmp.Equal(closed, want) {
			t.Errorf("closed %v, want %v", closed, want)
		}
		b.pods.mu.Unlock()
		b.pods.forgetTimes()
		b.changes()
		b.pass(time.Hour)
		if len(b.pods.log) > 0 || b.changes() > 0 {
			t.Errorf("still asked: %v", b.pods.log)
		}
		b.want(question(), snapshot.Application{Settled: true})
	})
}

// series are those of interviewtracker_dependency_response_seconds.
func (b *bench) series() (series []string) {
	families, err := b.metrics.Gather()
	if err != nil {
		b.t.Error(err)
	}
	for _, family := range families {
		if family.GetName() != "interviewtracker_dependency_response_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			series = append(series, fmt.Sprint(m.GetLabel()[0].GetValue(), " ", m.GetGauge().GetValue()))
		}
	}
	return series
}

func TestSlowestResponse(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.pods.say(map[string]string{"hiring-a": good, "hiring-b": bad})
		q := question(podOf("hiring", "a"), podOf("hiring", "b"))
		b.Observe(hiring, q)
		b.pass(2 * time.Second)
		if got := b.series(); !cmp.Equal(got, []string{"database 2"}) {
			t.Errorf("series %v", got)
		}
		b.pods.say(map[string]string{"hiring-a": `200 {"dependencies": {"redis": {"status": "healthy", "response_time_ms": 1}}}`, "hiring-b": `200 {"dependencies": {}}`})
		b.pass(11 * time.Second)
		if got := b.series(); !cmp.Equal(got, []string{"redis 0.001"}) {
			t.Errorf("series %v", got)
		}
	})
}

// TestStop holds that Start ends what is under way; the bubble that no goroutine is
// left.
func TestStop(t *testing.T) {
	within(t, 4, func(b *bench) {
		b.Observe(hiring, question(podOf("hiring", "a")))
		b.pass(2 * time.Second)
		if b.pods.busy[""] != 1 {
			t.Fatal("nothing is under way")
		}
		now := time.Now()
		b.stop()
		if took := time.Since(now); took != 0 {
			t.Errorf("Start ended %v after its context", took)
		}
		if n := b.pods.busy[""]; n != 0 || b.changes() != 0 {
			t.Errorf("%d questions go on, or a change was made of one that was cut off", n)
		}
		if !cmp.Equal(b.pods.closed[len(b.pods.closed)-1:], []string{"hiring-a 10.0.0.1"}) {
			t.Errorf("closed %v", b.pods.closed)
		}
	})
}

func TestMigrations(t *testing.T) {
	within(t, 4, func(b *bench) {
		read := func() (n int) {
			for _, a := range b.pods.log {
				if a.path == contract.PathReady {
					n++
				}
			}
			b.pods.forgetTimes()
			return n
		}
		migrations := func(status contract.Status) snapshot.Application {
			answer := database(v1alpha1.DependencyHealthy)
			answer.Migrations = status
			return says(true, answer)
		}
		b.pods.say(map[string]string{"hiring-a": good, "hiring-a/health/ready": `503 {"checks": {"database": "ready", "migrations": "pending"}}`})
		a := podOf("hiring", "a")
		b.Observe(hiring, question(a))
		b.pass(time.Minute)
		if n := read(); n != 0 {
			t.Errorf("read %d times, although nobody wants to know", n)
		}
		a.Migrations = true
		b.Observe(hiring, question(a))
		b.pass(11 * time.Second)
		b.want(question(a), migrations(contract.StatusPending))

		b.pods.say(map[string]string{"hiring-a/health/ready": `503 {"checks": {"database": "ready", "migrations": "complete"}}`})
		b.pass(11 * time.Second)
		b.want(question(a), migrations(contract.StatusComplete))
		read()
		b.pass(time.Minute)
		if n := read(); n != 0 {
			t.Errorf("read %d times, although they are complete", n)
		}
		a.Ready = false
		b.pods.say(map[string]string{"hiring-a/health/ready": hangs})
		b.Observe(hiring, question(a))
		b.pass(time.Minute)
		if n := read(); n == 0 {
			t.Error("not read although the pod is not ready")
		}
		b.want(question(a), migrations(contract.StatusComplete))
	})
}
