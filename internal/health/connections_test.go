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
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// connections counts a pod's connections, by state, and its requests.
type connections struct {
	mu       sync.Mutex
	states   map[net.Conn]http.ConnState
	requests int
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

func (c *connections) count() (requests, connections int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests, len(c.states)
}

// serve serves a pod.
func serve(t *testing.T) (Pod, *connections) {
	c := &connections{states: map[net.Conn]http.ConnState{}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		c.requests++
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
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out waiting: %s", what)
		}
	}
}

// TestConnections checks that a pod has one connection, that it is closed with the pod,
// and that another pod with the same address gets its own.
func TestConnections(t *testing.T) {
	pod, c := serve(t)
	before := runtime.NumGoroutine()
	p := New(Options{Concurrency: 4, Transport: Direct(), Changed: func(types.NamespacedName) {}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Start(ctx) }()

	changeReadiness := func(requests int) {
		pod.Ready = !pod.Ready
		p.Observe(hiring, targetOf(pod))
		eventually(t, "the pod is polled", func() bool { n, _ := c.count(); return n >= requests })
	}
	p.Observe(hiring, targetOf(pod))
	for i := range 10 {
		changeReadiness(i + 1)
	}
	if requests, connections := c.count(); connections != 1 {
		t.Errorf("%d connections for %d requests", connections, requests)
	}

	pod.UID = "another pod at the same address"
	p.Observe(hiring, targetOf(pod))
	eventually(t, "the first pod's connection is closed and the second has its own", func() bool {
		_, connections := c.count()
		return connections == 2 && c.open() == 1
	})
	p.Forget(hiring)
	eventually(t, "the connection of a forgotten tracker is closed", func() bool { return c.open() == 0 })

	p.Observe(hiring, targetOf(pod))
	eventually(t, "the pod is polled again", func() bool { return c.open() == 1 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	eventually(t, "the connections are closed when the poller stops", func() bool { return c.open() == 0 })
	eventually(t, "no goroutine is left", func() bool {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return runtime.NumGoroutine() <= before && !strings.Contains(string(stacks), "workqueue")
	})
}

// TestConnectionAfterRestart checks that a container restart, which closes the
// connections, causes no failure.
func TestConnectionAfterRestart(t *testing.T) {
	pod, c := serve(t)
	route := Direct().routeTo(pod)
	defer route.close()
	for range 5 {
		if _, failed := route.poll(t.Context(), false, time.Minute); failed != nil {
			t.Fatal(failed.message)
		}
		c.mu.Lock()
		for conn := range c.states {
			conn.Close()
		}
		c.mu.Unlock()
	}
}

// TestConnectionReuse checks after which responses the connection is used again.
func TestConnectionReuse(t *testing.T) {
	length := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(detailed), detailed)
	for _, c := range []struct {
		name, response string
		connections    int // Of three polls.
	}{
		{"keep-alive", "HTTP/1.1 503 Unhealthy\r\n" + length, 1},
		{"chunked", fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(detailed), detailed), 1},
		{"after an informational response", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n" + length, 1},
		{"Connection: close", "HTTP/1.1 200 OK\r\nConnection: close\r\n" + length, 3},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n" + length, 3},
		{"a second response", "HTTP/1.1 200 OK\r\n" + length + "HTTP/1.1 200 OK\r\n" + length, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			var connections atomic.Int32
			pod := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
				connections.Add(1)
				raw(c.response)(conn)
			})
			route := Direct().routeTo(pod)
			defer route.close()
			for range 3 {
				if _, failed := route.poll(t.Context(), false, time.Minute); failed != nil {
					t.Fatal(failed.message)
				}
			}
			if n := int(connections.Load()); n != c.connections {
				t.Errorf("%d connections, want %d", n, c.connections)
			}
		})
	}
}

// TestConnectionClosedDuringPoll checks that a connection in use is closed after its poll.
func TestConnectionClosedDuringPoll(t *testing.T) {
	var route route
	ended := make(chan struct{})
	pod := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
		afterRequest(func(conn net.Conn) {
			route.close()
			io.WriteString(conn, withLength(http.StatusOK, detailed))
		})(conn)
		close(ended)
	})
	route = Direct().routeTo(pod)
	if _, failed := route.poll(t.Context(), false, time.Minute); failed != nil {
		t.Fatal(failed.message)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still open")
	}
}
