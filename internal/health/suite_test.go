// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// What a pod says of a database, at contract.PathDetailed.
const (
	good  = `200 {"dependencies": {"database": {"status": "healthy", "response_time_ms": 4}}}`
	bad   = `503 {"dependencies": {"database": {"status": "unhealthy", "response_time_ms": 2000}}}`
	hangs = ""
)

// asked is one request that a pod got.
type asked struct {
	pod, path string
	at        time.Time
}

// pods are a Reach to pods that answer what they are told to. In a bubble of
// synctest their time is fake.
type pods struct {
	mu      sync.Mutex
	answers map[string]string // By pod, or pod and path; hangs when there is none.
	log     []asked
	busy    map[string]int // By pod, and in all under "".
	busiest map[string]int // Their highest values.
	closed  []string
}

func (p *pods) to(pod Pod, _ time.Duration) route {
	return route{
		transport: transport(func(r *http.Request) (*http.Response, error) { return p.serve(pod.Name, r) }),
		base:      &url.URL{Scheme: "http", Host: pod.Address, Path: "/"},
		close: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.closed = append(p.closed, pod.Name+" "+pod.Address)
		},
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func (p *pods) serve(pod string, r *http.Request) (*http.Response, error) {
	answer := p.begin(pod, r.URL.Path)
	defer p.end(pod)
	if answer == hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	var code int
	if _, err := fmt.Sscan(answer, &code); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(answer[4:]))}, nil
}

func (p *pods) begin(pod, path string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, asked{pod, path, time.Now()})
	for _, key := range []string{"", pod, family(pod)} {
		p.busy[key]++
		p.busiest[key] = max(p.busiest[key], p.busy[key])
	}
	if answer, ok := p.answers[pod+path]; ok {
		return answer
	}
	return p.answers[pod]
}

func (p *pods) end(pod string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range []string{"", pod, family(pod)} {
		p.busy[key]--
	}
}

// family is the tracker's part of the name that podOf makes.
func family(pod string) string { return pod[:strings.LastIndex(pod, "-")] + "-*" }

func (p *pods) say(answers map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.answers, answers)
}

// times are when the pod was asked at contract.PathDetailed, since the moment.
func (p *pods) times(pod string, since time.Time) (times []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.log {
		if a.pod == pod && a.path == contract.PathDetailed && !a.at.Before(since) {
			times = append(times, a.at.Sub(since))
		}
	}
	return times
}

func (p *pods) forgetTimes() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = nil
}

// bench is a poller at work in a bubble of fake time.
type bench struct {
	*Poller
	t       *testing.T
	pods    *pods
	metrics *prometheus.Registry
	stop    func()

	mu      sync.Mutex
	changed []types.NamespacedName
}

// within runs the test with a poller of so many workers, in a bubble.
func within(t *testing.T, concurrency int, test func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{
			t: t, metrics: prometheus.NewPedanticRegistry(),
			pods: &pods{answers: map[string]string{}, busy: map[string]int{}, busiest: map[string]int{}},
		}
		b.Poller = New(Options{Concurrency: concurrency, Reach: b.pods, Metrics: b.metrics, Changed: func(name types.NamespacedName) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.changed = append(b.changed, name)
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Start(ctx) }()
		b.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Start: %v", err)
			}
		})
		defer b.stop()
		test(b)
	})
}

// changes counts the calls of Changed since it was last asked.
func (b *bench) changes() int {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.changed)
	b.changed = nil
	return n
}

// pass lets time pass, and what happens at its end happen.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var hiring = types.NamespacedName{Namespace: "default", Name: "hiring"}

// podOf is the tracker's pod of that letter or number.
func podOf(tracker string, which any) Pod {
	name := fmt.Sprintf("%s-%v", tracker, which)
	return Pod{UID: types.UID("uid of " + name), Namespace: "default", Name: name, Address: "10.0.0.1", Port: 8000, Ready: true}
}

// question is the usual one: every 10 s, for 3 s, with thresholds 3 and 1.
func question(asked ...Pod) Question {
	return Question{Interval: 10 * time.Second, Timeout: 3 * time.Second, FailureThreshold: 3, SuccessThreshold: 1, Pods: asked}
}

// says is an application of one pod, hiring-a, and a database.
func says(settled bool, pod snapshot.PodAnswer, failing ...string) snapshot.Application {
	pod.Pod = "hiring-a"
	return snapshot.Application{Settled: settled, Pods: []snapshot.PodAnswer{pod}, Failing: slices.Clip(failing)}
}
