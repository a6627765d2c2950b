// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// connections counts a pod's connections, by state, and its requests.
type connections struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
	served int
}

func (c *connections) open() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, state := range c.states {
		if state != http.StateClosed {
			n++
		}
	}
	return n
}

func (c *connections) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.served
}

// serve serves a pod.
func serve(t *testing.T) (Pod, *connections) {
	c := &connections{states: map[net.Conn]http.ConnState{}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		c.served++
		c.mu.Unlock()
		io.WriteString(w, good[4:])
	}))
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.states[conn] = state
	}
	server.Start()
	t.Cleanup(server.Close)
	return podAt(t, server.Listener.Addr().String()), c
}

// eventually waits for what another goroutine, or the kernel, does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out waiting: %s", what)
		}
	}
}

// TestConnections checks that no connection outlives its poll, so that none outlives its
// pod, and that no goroutine outlives the poller.
func TestConnections(t *testing.T) {
	pod, c := serve(t)
	before := runtime.NumGoroutine()
	p := New(Options{Concurrency: 4, Transport: Direct(), Changed: func(types.NamespacedName) {}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Start(ctx) }()

	for polls := 1; polls <= 10; polls++ {
		pod.Ready = !pod.Ready // The change causes a poll.
		p.Observe(hiring, targetOf(pod))
		eventually(t, "the pod is polled", func() bool { return c.requests() >= polls })
		eventually(t, "the connection is closed", func() bool { return c.open() == 0 })
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	eventually(t, "no goroutine is left", func() bool {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return runtime.NumGoroutine() <= before && !strings.Contains(string(stacks), "workqueue")
	})
}

// TestResponseForms checks that responses that are valid HTTP in other ways are read.
func TestResponseForms(t *testing.T) {
	length := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(detailed), detailed)
	for name, response := range map[string]string{
		"with a length":                   "HTTP/1.1 503 Unhealthy\r\n" + length,
		"chunked":                         fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(detailed), detailed),
		"after an informational response": "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n" + length,
		"Connection: close":               "HTTP/1.1 200 OK\r\nConnection: close\r\n" + length,
		"HTTP/1.0":                        "HTTP/1.0 200 OK\r\n" + length,
		"a second response":               "HTTP/1.1 200 OK\r\n" + length + "HTTP/1.1 200 OK\r\n" + length,
	} {
		t.Run(name, func(t *testing.T) {
			pod := listen(t, "tcp", "127.0.0.1:0", raw(response))
			if _, failed := pollOnce(t, Direct(), pod, time.Minute); failed != nil {
				t.Fatal(failed.message)
			}
		})
	}
}
