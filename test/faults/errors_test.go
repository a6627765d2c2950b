// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// cleanRun is what the scenario comes to without faults.
type cleanRun struct {
	states []state // After each step.
	// writes and requests are how many it took.
	writes, requests int
}

var (
	cleanOnce sync.Once
	cleanly   *cleanRun
)

// clean goes through the scenario without faults, once.
func clean(t *testing.T) cleanRun {
	t.Helper()
	cleanOnce.Do(func() {
		ns, p := newNamespace(t), newProxy(t, cluster)
		o := start(t, ns, p)
		defer o.kill(t)
		defer func() {
			if cleanly == nil {
				report(t, p)
			}
		}()
		run := &cleanRun{}
		for _, s := range scenario() {
			s.run(t, ns)
			// Long, as it is once: all other runs are compared with what is found here.
			run.states = append(run.states, settled(t, ns, 5*time.Second))
			intact(t, ns, s.name)
		}
		run.writes, run.requests = len(p.requests(anyWrite)), len(p.requests(work))
		fmt.Printf("faults: the clean run takes %d writes of %d requests\n", run.writes, run.requests)
		cleanly = run
	})
	if cleanly == nil {
		t.Fatal("the clean run has failed")
	}
	return *cleanly
}

// work are the requests for trackers, and not those of a process that does nothing.
func work(q request) bool {
	return q.resource != "leases" && q.resource != "events" && q.verb != "watch"
}

// testOf is the name of the test that a point belongs to.
func testOf(t *testing.T) string {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// outage makes all requests fail for some time, from the first on.
func outage(p *proxy, length time.Duration) action {
	unavailable := failing(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable)
	return func(x *exchange) {
		end := x.at.Add(length)
		p.on(-1, func(q request) bool { return q.verb != "watch" && q.at.Before(end) }, unavailable)
		unavailable(x)
	}
}

// A write that fails, or whose answer is lost, changes neither where the operator arrives nor the status, and
// does not make it send requests without end.
func TestErrors(t *testing.T) {
	of := clean(t)
	faults := map[string]func(*proxy) action{
		"internal": func(*proxy) action {
			return failing(http.StatusInternalServerError, metav1.StatusReasonInternalError)
		},
		"conflict": func(*proxy) action { return failing(http.StatusConflict, metav1.StatusReasonConflict) },
		"timeout":  func(*proxy) action { return failing(http.StatusGatewayTimeout, metav1.StatusReasonTimeout) },
		"busy": func(*proxy) action {
			return failing(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests)
		},
		"dropped": func(*proxy) action { return (*exchange).drop },
		"lost":    func(*proxy) action { return (*exchange).lose },
		"outage":  func(p *proxy) action { return outage(p, 2*time.Second) },
	}
	var points []point
	for k := range of.writes {
		for name, fault := range faults {
			points = append(points, point{fmt.Sprintf("%s-%d", name, k+1), func(t *testing.T) {
				ns, p := newNamespace(t), newProxy(t, cluster)
				p.on(1, writing(k+1), fault(p))
				o := start(t, ns, p)
				t.Cleanup(func() {
					if t.Failed() {
						report(t, p)
					}
				})
				for i, s := range scenario() {
					s.run(t, ns)
					arrives(t, ns, s.name, of.states[i])
				}
				o.cancel()
				if n, most := len(p.requests(work)), 2*of.requests+50; n > most {
					t.Errorf("%d requests, of which the clean run takes %d: at most %d would be fine", n, of.requests, most)
				}
			}})
		}
	}
	sortPoints(points)
	runPoints(t, 0.15, points)
}

// report logs the writes, and what failed.
func report(t *testing.T, p *proxy) {
	t.Helper()
	all := p.requests(func(q request) bool { return q.isWrite() || work(q) && q.status >= 400 })
	for i, q := range all {
		if i > 0 && q.String() == all[i-1].String() {
			continue
		}
		t.Logf("%7.3f s: write %d: %s (the API server: %d)", q.at.Sub(all[0].at).Seconds(), q.write, q, q.answered)
	}
}

// The status of a tracker of which nothing else changes can't be written at first. It is written later.
func TestStatusIsNotLost(t *testing.T) {
	of := clean(t)
	var points []point
	for name, fault := range map[string]action{
		"conflict": failing(http.StatusConflict, metav1.StatusReasonConflict),
		"internal": failing(http.StatusInternalServerError, metav1.StatusReasonInternalError),
		"timeout":  failing(http.StatusGatewayTimeout, metav1.StatusReasonTimeout),
		"dropped":  (*exchange).drop,
		"lost":     (*exchange).lose,
	} {
		points = append(points, point{name, func(t *testing.T) {
			ns, p := newNamespace(t), newProxy(t, cluster)
			start(t, ns, p)
			scenario()[0].run(t, ns)
			arrives(t, ns, "create", of.states[0])
			p.on(1, to("interviewtrackers/status", "patch"), fault)
			edit(t, ns, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
			if !holds(t.Context(), patience, func() bool { return observed(t, ns) }) {
				t.Errorf("the spec is not observed within %s, but the operator rests; the status is\n%s", patience, describe(t, ns))
				report(t, p)
			}
		}})
	}
	sortPoints(points)
	runPoints(t, 0.03, points)
}
