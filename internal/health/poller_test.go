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
	var class contract.ErrorClass
	if health == v1alpha1.DependencyUnhealthy {
		class = contract.ErrorOther
	}
	return snapshot.PodAnswer{Answered: true, Dependencies: []snapshot.DependencyAnswer{{Name: contract.Database, Health: health, Error: class}}}
}

func (h *harness) want(target PollTarget, want snapshot.Application) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.Observe(hiring, target)); diff != "" {
		h.t.Errorf("after %v (-want +got):\n%s", time.Since(bubbleStart), diff)
	}
}

// bubbleStart is when the fake time of synctest begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestPollsEveryInterval(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		start := time.Now()
		h.Observe(hiring, targetOf(podOf("hiring", "a")))
		h.advance(10 * time.Minute)
		times := h.pods.times("hiring-a", start)
		if times[0] >= time.Second {
			t.Errorf("first polled after %v, want within 1s", times[0])
		}
		differ := map[time.Duration]bool{}
		for i := range times[1:] {
			gap := times[i+1] - times[i]
			differ[gap] = true
			if gap < 9*time.Second || gap > 11*time.Second {
				t.Errorf("polled again after %v, want 10s ±10%%", gap)
			}
		}
		if len(differ) < 10 {
			t.Errorf("%d different intervals of %d: no jitter", len(differ), len(times))
		}
	})
}

// TestOutage checks what Observe returns during an outage and after its end, and how
// often Changed is called.
func TestOutage(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		target := targetOf(podOf("hiring", "a"))
		h.want(target, application(false, snapshot.PodAnswer{}))
		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(time.Second)
		h.want(target, application(true, database(v1alpha1.DependencyHealthy)))
		if n := h.changes(); n != 1 {
			t.Errorf("%d changes by the first answer, want 1", n)
		}
		h.advance(10 * time.Minute)
		if n := h.changes(); n != 0 {
			t.Errorf("%d changes while the answers stay the same", n)
		}

		h.pods.respond(map[string]string{"hiring-a": bad})
		polled := h.until(func() bool { return h.changes() > 0 })
		h.want(target, application(true, database(v1alpha1.DependencyHealthy), contract.Database))
		h.advance(time.Second)
		h.want(target, application(true, database(v1alpha1.DependencyHealthy), contract.Database))
		h.advance(time.Second)
		h.want(target, application(true, database(v1alpha1.DependencyUnhealthy), contract.Database))
		if n := h.changes(); n != 1 {
			t.Errorf("%d changes by the third unhealthy answer, want 1", n)
		}
		if diff := cmp.Diff([]time.Duration{0, time.Second, 2 * time.Second}, h.pods.times("hiring-a", polled)); diff != "" {
			t.Errorf("polls after the first unhealthy answer (-want +got):\n%s", diff)
		}
		h.advance(10 * time.Minute)
		if n := h.changes(); n != 0 {
			t.Errorf("%d changes during an outage", n)
		}

		h.pods.respond(map[string]string{"hiring-a": good})
		h.until(func() bool { return h.changes() > 0 })
		h.want(target, application(true, database(v1alpha1.DependencyHealthy)))
	})
}

// until waits for a condition, for a little longer than an interval, and returns the time
// of the latest request.
func (h *harness) until(done func() bool) time.Time {
	h.t.Helper()
	for end := time.Now().Add(12 * time.Second); time.Now().Before(end); h.advance(time.Millisecond) {
		if done() {
			h.pods.mu.Lock()
			defer h.pods.mu.Unlock()
			return h.pods.log[len(h.pods.log)-1].at
		}
	}
	h.t.Fatal("the condition did not become true within an interval")
	return time.Time{}
}

// TestFlapping checks that the first changes are reported immediately, and that a pod whose
// answers keep alternating does not change the result all the time, nor hides an outage.
func TestFlapping(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		target := targetOf(podOf("hiring", "a"))
		target.Interval, target.Timeout = time.Second, time.Second
		h.Observe(hiring, target)
		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(time.Second)
		h.changes()
		healthy := database(v1alpha1.DependencyHealthy)
		for _, response := range []string{bad, good} {
			h.pods.respond(map[string]string{"hiring-a": response})
			h.until(func() bool { return h.changes() > 0 })
		}
		h.want(target, application(true, healthy))
		flap := func() {
			for range 100 {
				for _, response := range []string{bad, good} {
					h.pods.respond(map[string]string{"hiring-a": response})
					h.advance(time.Second)
				}
			}
			h.want(target, application(true, healthy))
		}
		flap()
		if n := h.changes(); n == 0 || n > 20 {
			t.Errorf("%d changes while the answers alternate 200 times, want some", n)
		}
		h.pods.respond(map[string]string{"hiring-a": bad})
		h.advance(4 * time.Second)
		h.want(target, application(true, database(v1alpha1.DependencyUnhealthy), contract.Database))

		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(4 * time.Second)
		flap()
		h.pods.respond(map[string]string{"hiring-a": bad})
		target.DependencyState = "database=false"
		h.Observe(hiring, target)
		h.advance(time.Millisecond)
		h.want(target, application(true, healthy, contract.Database))
	})
}

func TestUnresponsive(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		target := targetOf(podOf("hiring", "a"))
		h.Observe(hiring, target)
		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(2 * time.Second)
		h.changes()
		h.pods.respond(map[string]string{"hiring-a": hangs})
		h.advance(11*time.Second + 3*3*time.Second + 2*time.Second)
		h.want(target, application(true, snapshot.PodAnswer{Failure: "no answer within 3s"}))
		if n := h.changes(); n != 1 {
			t.Errorf("%d changes, want one", n)
		}
		h.pods.respond(map[string]string{"hiring-a": "404 hunter2"})
		h.advance(2 * time.Minute)
		h.want(target, application(true, snapshot.PodAnswer{Failure: "responds with 404 Not Found"}))
		if n := h.changes(); n != 1 {
			t.Errorf("%d changes, want one", n)
		}
		h.pods.respond(map[string]string{"hiring-a": good})
		h.advance(11 * time.Second)
		h.want(target, application(true, database(v1alpha1.DependencyHealthy)))
	})
}

// TestPollsAfterReadinessChanges checks that a pod is polled immediately when its readiness
// or that of a managed dependency changes, and several times after that.
func TestPollsAfterReadinessChanges(t *testing.T) {
	soon := []time.Duration{0}
	for i := range quickFollowUps {
		soon = append(soon, time.Duration(i+1)*followUpDelay)
	}
	for name, test := range map[string]struct {
		change     func(target *PollTarget)
		both, once bool
	}{
		"the pod's readiness":      {change: func(target *PollTarget) { target.Pods[0].Ready = false }},
		"a dependency's readiness": {change: func(target *PollTarget) { target.DependencyState = "database=false" }, both: true},
		"the pod's address":        {change: func(target *PollTarget) { target.Pods[0].Address = "10.0.0.9" }, once: true},
		"the pod's port":           {change: func(target *PollTarget) { target.Pods[0].Port = 8080 }, once: true},
		"something else": {change: func(target *PollTarget) {
			target.Pods[0].Migrations = true
			target.FailureThreshold, target.Timeout = 4, time.Second
		}},
	} {
		t.Run(name, func(t *testing.T) {
			withPoller(t, 4, func(h *harness) {
				h.pods.respond(map[string]string{"hiring-a": good, "hiring-b": good})
				target := targetOf(podOf("hiring", "a"), podOf("hiring", "b"))
				h.Observe(hiring, target)
				h.advance(5 * time.Second)
				target.Pods = []Pod{target.Pods[0], target.Pods[1]}
				test.change(&target)
				now := time.Now()
				h.Observe(hiring, target)
				h.advance(3500 * time.Millisecond)
				for i, pod := range []string{"hiring-a", "hiring-b"} {
					want := soon
					switch {
					case name == "something else", i == 1 && !test.both:
						want = nil
					case test.once:
						want = soon[:1]
					}
					if diff := cmp.Diff(want, h.pods.times(pod, now)); diff != "" {
						t.Errorf("%s was polled (-want +got):\n%s", pod, diff)
					}
				}
			})
		})
	}
}

// TestReadinessChangeDuringPoll checks that a pod is polled again after a poll during
// which its readiness changed, and never twice at the same time.
func TestReadinessChangeDuringPoll(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		a := podOf("hiring", "a")
		start := time.Now()
		h.Observe(hiring, targetOf(a))
		h.advance(2 * time.Second) // The poll began at most 1 s ago.
		a.Ready = false
		h.Observe(hiring, targetOf(a))
		h.advance(2500 * time.Millisecond)
		times := h.pods.times("hiring-a", start)
		if len(times) != 2 || times[1]-times[0] != 3*time.Second {
			t.Errorf("polled after %v, want a second poll when the first has failed", times)
		}
		if n := h.pods.maxActive["hiring-a"]; n != 1 {
			t.Errorf("%d polls at the same time", n)
		}
	})
}

// TestNewAddressDuringPoll checks that a failed poll of a pod's old address is ignored.
func TestNewAddressDuringPoll(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		a := podOf("hiring", "a")
		target := targetOf(a)
		target.FailureThreshold = 1
		h.Observe(hiring, target)
		h.advance(2 * time.Second) // The poll began at most 1 s ago.
		a.Address = "10.0.0.9"
		target.Pods = []Pod{a}
		now := time.Now()
		h.Observe(hiring, target)
		h.advance(time.Millisecond)
		if times := h.pods.times("hiring-a", now); !cmp.Equal(times, []time.Duration{0}) {
			t.Errorf("polled %v after the change, want immediately", times)
		}
		h.want(target, application(false, snapshot.PodAnswer{}))
	})
}

func TestShorterInterval(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		target := targetOf(podOf("hiring", "a"))
		target.Interval = 10 * time.Minute
		h.Observe(hiring, target)
		h.advance(5 * time.Second)
		target.Interval = 20 * time.Second
		now := time.Now()
		h.Observe(hiring, target)
		h.advance(time.Minute)
		if times := h.pods.times("hiring-a", now); len(times) < 2 || times[0] > 20*time.Second {
			t.Errorf("polled after %v, want about every 20s", times)
		}
	})
}

// TestForget checks that nothing is left of a forgotten tracker: no poll, no metric
// series.
func TestForget(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good})
		a, hanging := podOf("hiring", "a"), podOf("hiring", "b")
		target := targetOf(a, hanging)
		target.FailureThreshold = 1
		h.Observe(hiring, target)
		h.advance(2 * time.Second)
		if got := h.series(); !cmp.Equal(got, []string{"database 0.004"}) {
			t.Errorf("series %v", got)
		}
		h.changes()
		h.Forget(hiring)
		h.Forget(hiring)
		if n := h.changes(); n != 0 {
			t.Errorf("%d changes by cancelled polls", n)
		}
		if got := h.series(); got != nil {
			t.Errorf("series %v of a forgotten tracker", got)
		}
		h.pods.mu.Lock()
		if n := h.pods.active[""]; n != 0 {
			t.Errorf("%d polls in progress", n)
		}
		h.pods.mu.Unlock()
		h.pods.forgetTimes()
		h.changes()
		h.advance(time.Hour)
		if len(h.pods.log) > 0 || h.changes() > 0 {
			t.Errorf("still polled: %v", h.pods.log)
		}
		h.want(targetOf(), snapshot.Application{Settled: true})
	})
}

// series are the series of interviewtracker_dependency_response_seconds.
func (h *harness) series() (series []string) {
	families, err := h.metrics.Gather()
	if err != nil {
		h.t.Error(err)
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
	withPoller(t, 4, func(h *harness) {
		h.pods.respond(map[string]string{"hiring-a": good, "hiring-b": bad})
		target := targetOf(podOf("hiring", "a"), podOf("hiring", "b"))
		h.Observe(hiring, target)
		h.advance(2 * time.Second)
		if got := h.series(); !cmp.Equal(got, []string{"database 2"}) {
			t.Errorf("series %v", got)
		}
		h.pods.respond(map[string]string{"hiring-a": `200 {"dependencies": {"redis": {"status": "healthy", "response_time_ms": 1}}}`, "hiring-b": `200 {"dependencies": {}}`})
		h.advance(11 * time.Second)
		if got := h.series(); len(got) > 0 {
			t.Errorf("series %v", got)
		}
		h.advance(22 * time.Second)
		if got := h.series(); !cmp.Equal(got, []string{"redis 0.001"}) {
			t.Errorf("series %v", got)
		}
	})
}

// TestStop checks that Start cancels the polls in progress; the bubble checks that no
// goroutine is left.
func TestStop(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		h.Observe(hiring, targetOf(podOf("hiring", "a")))
		h.advance(2 * time.Second)
		if h.pods.active[""] != 1 {
			t.Fatal("no poll is in progress")
		}
		now := time.Now()
		h.stop()
		if took := time.Since(now); took != 0 {
			t.Errorf("Start returned %v after the end of its context", took)
		}
		if n := h.pods.active[""]; n != 0 || h.changes() != 0 {
			t.Errorf("%d polls in progress, or Changed was called for a cancelled one", n)
		}
	})
}

func TestMigrations(t *testing.T) {
	withPoller(t, 4, func(h *harness) {
		read := func() (n int) {
			for _, a := range h.pods.log {
				if a.path == contract.PathReady {
					n++
				}
			}
			h.pods.forgetTimes()
			return n
		}
		migrations := func(status contract.Status) snapshot.Application {
			answer := database(v1alpha1.DependencyHealthy)
			answer.Migrations = status
			return application(true, answer)
		}
		h.pods.respond(map[string]string{"hiring-a": good, "hiring-a/health/ready": `503 {"checks": {"database": "ready", "migrations": "pending"}}`})
		a := podOf("hiring", "a")
		h.Observe(hiring, targetOf(a))
		h.advance(time.Minute)
		if n := read(); n != 0 {
			t.Errorf("read %d times although not requested", n)
		}
		a.Migrations = true
		h.Observe(hiring, targetOf(a))
		h.advance(11 * time.Second)
		h.want(targetOf(a), migrations(contract.StatusPending))

		h.pods.respond(map[string]string{"hiring-a/health/ready": `503 {"checks": {"database": "ready", "migrations": "complete"}}`})
		h.advance(11 * time.Second)
		h.want(targetOf(a), migrations(contract.StatusComplete))
		read()
		h.advance(time.Minute)
		if n := read(); n != 0 {
			t.Errorf("read %d times although complete", n)
		}
		a.Ready = false
		h.pods.respond(map[string]string{"hiring-a/health/ready": hangs})
		h.Observe(hiring, targetOf(a))
		h.advance(time.Minute)
		if n := read(); n == 0 {
			t.Error("not read although the pod is not ready")
		}
		h.want(targetOf(a), migrations(contract.StatusComplete))
	})
}
