// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
)

// Environment variables of the benchmarks: for how long BenchmarkPoller measures, and
// that this process serves the pods, whose CPU time must not count as the poller's.
const (
	envTime   = "HEALTH_BENCH_TIME"
	envServer = "HEALTH_BENCH_SERVER"
)

func TestMain(m *testing.M) {
	if os.Getenv(envServer) != "" {
		servePods()
		return
	}
	os.Exit(m.Run())
}

// servePods serves pods that respond, and pods that hang, and prints the two addresses.
// It ends when its standard input does.
func servePods() {
	body := []byte(`{"status": "healthy", "timestamp": "2026-01-02T03:04:05Z", "version": "1.0.0", "environment": "production",
		"dependencies": {"database": {"status": "healthy", "response_time_ms": 3, "last_check": "2026-01-02T03:04:05Z"},
		"redis": {"status": "healthy", "response_time_ms": 1, "last_check": "2026-01-02T03:04:05Z"}},
		"metrics": {"uptime_seconds": 86400, "memory_usage_mb": 64, "cpu_usage_percent": 1.5}}`)
	for _, handler := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { w.Write(body) },
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(listener.Addr())
		go http.Serve(listener, handler)
	}
	io.Copy(io.Discard, os.Stdin)
}

// startPods runs servePods in a process, and returns a pod that responds and one that
// hangs.
func startPods(b *testing.B) (responding, hanging Pod) {
	b.Helper()
	child := exec.CommandContext(b.Context(), os.Args[0])
	child.Env = append(os.Environ(), envServer+"=1")
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		child.Wait()
	})
	pods := make([]Pod, 2)
	lines := bufio.NewReader(stdout)
	for i := range pods {
		address, err := lines.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		var port int32
		if _, err := fmt.Sscanf(strings.TrimSpace(address), "127.0.0.1:%d", &port); err != nil {
			b.Fatal(err)
		}
		pods[i] = Pod{Address: "127.0.0.1", Port: port, Ready: true, Namespace: "default"}
	}
	return pods[0], pods[1]
}

// startPoller starts a poller and returns a function that stops it.
func startPoller(b *testing.B, transport Transport) (p *Poller, stop func()) {
	p = New(Options{Concurrency: 64, Transport: transport, Changed: func(types.NamespacedName) {}})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Start(ctx) }()
	return p, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// observe adds a tracker with that many pods like the given one.
func observe(p *Poller, name string, pods int, like Pod, interval time.Duration) {
	target := PollTarget{Interval: interval, Timeout: min(interval, 3*time.Second), FailureThreshold: 3, SuccessThreshold: 1}
	for i := range pods {
		like.Name = fmt.Sprintf("%s-%d", name, i)
		like.UID = types.UID(like.Name)
		target.Pods = append(target.Pods, like)
	}
	p.Observe(types.NamespacedName{Namespace: like.Namespace, Name: name}, target)
}

// samples are measurements in seconds.
type samples struct {
	mu     sync.Mutex
	values []float64
}

func (s *samples) add(seconds float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = append(s.values, seconds)
}

// take removes all samples, and returns their number and p-quantile in milliseconds.
func (s *samples) take(p float64) (n int, milliseconds float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.values)
	if n = len(s.values); n > 0 {
		milliseconds = 1000 * s.values[int(float64(n-1)*p)]
	}
	s.values = nil
	return n, milliseconds
}

// memory returns the size of the live heap and of the stacks in bytes.
func memory() (heap, stacks float64) {
	runtime.GC()
	runtime.GC() // The second collection frees what was in a sync.Pool.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), float64(m.StackInuse)
}

// cpu returns the CPU time that this process has used, in seconds.
func cpu(b *testing.B) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// BenchmarkPoller polls the pods of 1,000 trackers, two each, every 10 s for 30 s or
// HEALTH_BENCH_TIME: real HTTP over the loopback interface, with the pods in another
// process.
func BenchmarkPoller(b *testing.B) {
	const trackers, podsEach, interval = 1000, 2, 10 * time.Second
	measure := 30 * time.Second
	if written := os.Getenv(envTime); written != "" {
		var err error
		if measure, err = time.ParseDuration(written); err != nil {
			b.Fatal(err)
		}
	}
	responding, _ := startPods(b)
	heapBefore, stacksBefore := memory()
	p, stop := startPoller(b, Direct())
	defer stop()
	lags := &samples{}
	p.metrics.lag = prometheus.ObserverFunc(lags.add)
	for i := range trackers {
		observe(p, fmt.Sprintf("tracker-%04d", i), podsEach, responding, interval)
	}
	time.Sleep(2 * initialSpread)
	if n, _ := lags.take(1); n != trackers*podsEach {
		b.Fatalf("%d pods were polled first, want %d", n, trackers*podsEach)
	}

	began, used := time.Now(), cpu(b)
	for b.Loop() {
		time.Sleep(measure)
	}
	used, elapsed := cpu(b)-used, time.Since(began).Seconds()
	n, lag := lags.take(.99)
	heap, stacks := memory()
	for name := range p.trackers {
		if a := p.Observe(name, p.trackers[name].target); !a.Settled || !a.Pods[0].Answered || !a.Pods[1].Answered {
			b.Fatalf("%s has no answers: %+v", name, a)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(100*used/elapsed, "%core")
	b.ReportMetric(float64(n)/elapsed, "polls/s")
	b.ReportMetric(lag, "lag-p99-ms")
	b.ReportMetric((heap-heapBefore)/trackers, "heap-B/tracker")
	b.ReportMetric((stacks-stacksBefore)/trackers, "stack-B/tracker")
}

// lagMeter is a Transport that measures how late the pods of some trackers are polled.
type lagMeter struct {
	Transport
	lags samples

	mu  sync.Mutex
	due map[string]time.Time // By pod: when watch last saw it due.
}

func (m *lagMeter) routeTo(pod Pod) route {
	route := m.Transport.routeTo(pod)
	route.RoundTripper = meteredClient{route.RoundTripper, m, pod.Name}
	return route
}

type meteredClient struct {
	http.RoundTripper
	meter *lagMeter
	pod   string
}

func (c meteredClient) RoundTrip(request *http.Request) (*http.Response, error) {
	c.meter.recordPoll(c.pod)
	return c.RoundTripper.RoundTrip(request)
}

func (m *lagMeter) recordPoll(pod string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if due, seen := m.due[pod]; seen {
		m.lags.add(time.Since(due).Seconds())
		delete(m.due, pod)
	}
}

// watch records when the pods of the normal trackers are due, as it sees it every so
// often.
func (m *lagMeter) watch(p *Poller, every time.Duration, done <-chan struct{}) {
	for ticker := time.NewTicker(every); ; {
		select {
		case <-done:
			ticker.Stop()
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		m.mu.Lock()
		for name, t := range p.trackers {
			for _, pod := range t.pods {
				if strings.HasPrefix(name.Name, "normal") && !pod.due.IsZero() {
					m.due[pod.Name] = pod.due
				}
			}
		}
		m.mu.Unlock()
		p.mu.Unlock()
	}
}

// BenchmarkHostileTracker measures how late the pods of 250 trackers are polled with and
// without another tracker whose 50 pods hang, in five alternating runs of each.
func BenchmarkHostileTracker(b *testing.B) {
	const trackers, podsEach, interval, runs = 250, 2, time.Second, 5
	responding, hanging := startPods(b)
	run := func(hostile int) float64 {
		meter := &lagMeter{Transport: Direct(), due: map[string]time.Time{}}
		p, stop := startPoller(b, meter)
		defer stop()
		observe(p, "hostile", hostile, hanging, interval)
		for i := range trackers {
			observe(p, fmt.Sprintf("normal-%03d", i), podsEach, responding, interval)
		}
		done := make(chan struct{})
		defer close(done)
		go meter.watch(p, 20*time.Millisecond, done)
		time.Sleep(2 * initialSpread)
		meter.lags.take(1)
		time.Sleep(5 * time.Second)
		n, lag := meter.lags.take(.99)
		if n < trackers*podsEach {
			b.Fatalf("%d measurements", n)
		}
		return lag
	}
	for b.Loop() {
		var without, with []float64
		for range runs {
			without, with = append(without, run(0)), append(with, run(50))
		}
		slices.Sort(without)
		slices.Sort(with)
		b.ReportMetric(without[runs/2], "without-lag-p99-ms")
		b.ReportMetric(with[runs/2], "with-lag-p99-ms")
		b.ReportMetric(with[runs/2]/without[runs/2], "ratio")
	}
	b.ReportMetric(0, "ns/op")
}
