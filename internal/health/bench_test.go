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

// Environment variables of the benchmarks: for how long BenchmarkPoller measures,
// and that this process is the pods, whose processor time is not the poller's.
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

// servePods serves pods at two addresses, which it prints: those that answer, and
// those that hang. It ends with its standard input.
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

// startPods starts servePods, and returns a pod of each kind.
func startPods(b *testing.B) (answering, hanging Pod) {
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

// start starts a poller, which ends when the function that it returns is called.
func start(b *testing.B, reach Reach) (p *Poller, stop func()) {
	p = New(Options{Concurrency: 64, Reach: reach, Changed: func(types.NamespacedName) {}})
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

// observe makes a tracker with as many pods like the one given.
func observe(p *Poller, name string, pods int, like Pod, interval time.Duration) {
	q := Question{Interval: interval, Timeout: min(interval, 3*time.Second), FailureThreshold: 3, SuccessThreshold: 1}
	for i := range pods {
		like.Name = fmt.Sprintf("%s-%d", name, i)
		like.UID = types.UID(like.Name)
		q.Pods = append(q.Pods, like)
	}
	p.Observe(types.NamespacedName{Namespace: like.Namespace, Name: name}, q)
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

// take returns how many there are and their p-quantile in milliseconds, and starts
// anew.
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

// memory is what the heap and the stacks hold.
func memory() (heap, stacks float64) {
	runtime.GC()
	runtime.GC() // What a pool held is free after the second.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), float64(m.StackInuse)
}

// cpu is the processor time that this process has used, in seconds.
func cpu(b *testing.B) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// BenchmarkPoller asks the pods of 1,000 trackers, two each, every 10 s for a while
// (30 s, or HEALTH_BENCH_TIME): real HTTP over the loopback interface, the pods in a
// process of their own.
func BenchmarkPoller(b *testing.B) {
	const trackers, podsEach, interval = 1000, 2, 10 * time.Second
	measure := 30 * time.Second
	if written := os.Getenv(envTime); written != "" {
		var err error
		if measure, err = time.ParseDuration(written); err != nil {
			b.Fatal(err)
		}
	}
	answering, _ := startPods(b)
	heapBefore, stacksBefore := memory()
	p, stop := start(b, Direct())
	defer stop()
	lags := &samples{}
	p.metrics.lag = prometheus.ObserverFunc(lags.add)
	for i := range trackers {
		observe(p, fmt.Sprintf("tracker-%04d", i), podsEach, answering, interval)
	}
	time.Sleep(2 * spread) // The first questions make the connections.
	if n, _ := lags.take(1); n != trackers*podsEach {
		b.Fatalf("%d pods were asked at first, want %d", n, trackers*podsEach)
	}

	began, used := time.Now(), cpu(b)
	for b.Loop() {
		time.Sleep(measure)
	}
	used, elapsed := cpu(b)-used, time.Since(began).Seconds()
	n, lag := lags.take(.99)
	heap, stacks := memory()
	for name := range p.trackers {
		if answer := p.Observe(name, p.trackers[name].question); !answer.Settled || !answer.Pods[0].Answered || !answer.Pods[1].Answered {
			b.Fatalf("%s has no answers: %+v", name, answer)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(100*used/elapsed, "%core")
	b.ReportMetric(float64(n)/elapsed, "polls/s")
	b.ReportMetric(lag, "lag-p99-ms")
	b.ReportMetric((heap-heapBefore)/trackers, "heap-B/tracker")
	b.ReportMetric((stacks-stacksBefore)/trackers, "stack-B/tracker")
}

// punctual is a Reach that measures how late the questions to some trackers' pods
// are asked.
type punctual struct {
	Reach
	lags samples

	mu  sync.Mutex
	due map[string]time.Time // By pod; what watch saw last.
}

func (r *punctual) to(pod Pod, timeout time.Duration) route {
	route := r.Reach.to(pod, timeout)
	next := route.transport
	route.transport = transport(func(request *http.Request) (*http.Response, error) {
		r.mu.Lock()
		if due, seen := r.due[pod.Name]; seen {
			r.lags.add(time.Since(due).Seconds())
			delete(r.due, pod.Name)
		}
		r.mu.Unlock()
		return next.RoundTrip(request)
	})
	return route
}

// watch takes notes of when the pods of the trackers called friend are due.
func (r *punctual) watch(p *Poller, done <-chan struct{}) {
	for ticker := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-done:
			ticker.Stop()
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		r.mu.Lock()
		for name, t := range p.trackers {
			for _, pod := range t.pods {
				if strings.HasPrefix(name.Name, "friend") && !pod.due.IsZero() {
					r.due[pod.Name] = pod.due
				}
			}
		}
		r.mu.Unlock()
		p.mu.Unlock()
	}
}

// BenchmarkHostileTracker measures how late the pods of 250 trackers are asked with
// and without one more tracker, whose 50 pods hang, in five runs of each, in turn.
func BenchmarkHostileTracker(b *testing.B) {
	const friends, podsEach, interval, runs = 250, 2, time.Second, 5
	answering, hanging := startPods(b)
	run := func(hostile int) float64 {
		reach := &punctual{Reach: Direct(), due: map[string]time.Time{}}
		p, stop := start(b, reach)
		defer stop()
		observe(p, "hostile", hostile, hanging, interval)
		for i := range friends {
			observe(p, fmt.Sprintf("friend-%03d", i), podsEach, answering, interval)
		}
		done := make(chan struct{})
		defer close(done)
		go reach.watch(p, done)
		time.Sleep(2 * spread)
		reach.lags.take(1)
		time.Sleep(5 * time.Second)
		n, lag := reach.lags.take(.99)
		if n < friends*podsEach {
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
