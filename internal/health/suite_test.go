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
	"strconv"
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

// Responses of a pod with a database at contract.PathDetailed.
const (
	good  = `200 {"dependencies": {"database": {"status": "healthy", "response_time_ms": 4}}}`
	bad   = `503 {"dependencies": {"database": {"status": "unhealthy", "response_time_ms": 2000}}}`
	hangs = ""
)

// request is one request that a pod got.
type request struct {
	pod, path string
	at        time.Time
}

// pods is a Transport to pods with configurable responses. In a bubble of synctest
// their time is fake.
type pods struct {
	mu        sync.Mutex
	responses map[string]string // By pod, or pod and path.
	otherwise string            // The response of other pods; hangs by default.
	// takes is how long the pod with that name takes to respond, unless it is nil.
	takes     func(pod string) time.Duration
	log       []request
	active    map[string]int // By pod and by tracker; the total is under "".
	maxActive map[string]int // Their highest values.
}

func (p *pods) routeTo(pod Pod) route {
	return route{RoundTripper: podClient{p, pod}, base: &url.URL{Scheme: "http", Host: pod.Address, Path: "/"}}
}

type podClient struct {
	*pods
	pod Pod
}

func (c podClient) RoundTrip(r *http.Request) (*http.Response, error) {
	response, takes := c.begin(c.pod.Name, r.URL.Path)
	defer c.end(c.pod.Name)
	if response == hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	code, err := strconv.Atoi(response[:3])
	return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(response[4:]))}, err
}

func (p *pods) begin(pod, path string) (response string, takes time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, request{pod, path, time.Now()})
	for _, key := range []string{"", pod, podsOf(pod)} {
		p.active[key]++
		p.maxActive[key] = max(p.maxActive[key], p.active[key])
	}
	if p.takes != nil {
		takes = p.takes(pod)
	}
	for _, key := range []string{pod + path, pod} {
		if response, ok := p.responses[key]; ok {
			return response, takes
		}
	}
	return p.otherwise, takes
}

func (p *pods) end(pod string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range []string{"", pod, podsOf(pod)} {
		p.active[key]--
	}
}

// podsOf is the key of all pods of a pod's tracker.
func podsOf(pod string) string { return pod[:strings.LastIndex(pod, "-")] + "-*" }

func (p *pods) respond(responses map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.responses, responses)
}

// times are when the pod was polled at contract.PathDetailed, as durations since then.
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

// harness is a running poller in a bubble of fake time.
type harness struct {
	*Poller
	t       *testing.T
	pods    *pods
	metrics *prometheus.Registry
	stop    func()

	mu      sync.Mutex
	changed []types.NamespacedName
}

// withPoller runs a test with a poller of that concurrency in a bubble.
func withPoller(t *testing.T, concurrency int, test func(h *harness)) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{
			t: t, metrics: prometheus.NewPedanticRegistry(),
			pods: &pods{responses: map[string]string{}, active: map[string]int{}, maxActive: map[string]int{}},
		}
		h.Poller = New(Options{Concurrency: concurrency, Transport: h.pods, Metrics: h.metrics, Changed: func(name types.NamespacedName) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.changed = append(h.changed, name)
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.Start(ctx) }()
		h.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Start: %v", err)
			}
		})
		defer h.stop()
		test(h)
	})
}

// changes returns the number of calls of Changed since the previous call.
func (h *harness) changes() int {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.changed)
	h.changed = nil
	return n
}

// advance advances the time, and waits for what happens then.
func (h *harness) advance(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var hiring = types.NamespacedName{Namespace: "default", Name: "hiring"}

// podOf returns the tracker's pod with that suffix.
func podOf(tracker string, which any) Pod {
	name := fmt.Sprintf("%s-%v", tracker, which)
	return Pod{UID: types.UID("uid of " + name), Namespace: "default", Name: name, Address: "10.0.0.1", Port: 8000, Ready: true}
}

// targetOf has the default settings: interval 10 s, timeout 3 s, thresholds 3 and 1.
func targetOf(pods ...Pod) PollTarget {
	return PollTarget{Interval: 10 * time.Second, Timeout: 3 * time.Second, FailureThreshold: 3, SuccessThreshold: 1, Pods: pods}
}

// application is an application with one pod, hiring-a, and a database.
func application(settled bool, pod snapshot.PodAnswer, failing ...string) snapshot.Application {
	pod.Pod = "hiring-a"
	return snapshot.Application{Settled: settled, Pods: []snapshot.PodAnswer{pod}, Failing: slices.Clip(failing)}
}
