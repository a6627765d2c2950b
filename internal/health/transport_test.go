// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// listen serves TCP connections, and returns a pod at that address.
func listen(t *testing.T, network, address string, serve func(net.Conn)) Pod {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("this machine has no %s: %v", address, err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return podAt(t, listener.Addr().String())
}

func podAt(t *testing.T, address string) Pod {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	pod := podOf("hiring", "a")
	pod.Address, pod.Port = host, int32(number)
	return pod
}

// afterRequest sends a raw response to each request.
func afterRequest(respond func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		requests := bufio.NewReader(conn)
		for {
			if _, err := http.ReadRequest(requests); err != nil {
				return
			}
			respond(conn)
		}
	}
}

func raw(response string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) { io.WriteString(conn, response) })
}

func pollOnce(t *testing.T, transport Transport, pod Pod, timeout time.Duration) (answer, *failure) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return transport.routeTo(pod).poll(ctx, pod.Migrations, timeout)
}

const detailed = `{"dependencies": {"database": {"status": "unhealthy", "response_time_ms": 3}}}`

func withLength(code int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n\r\n%s", code, len(body), body)
}

// TestHostilePods polls pods that try to hang, to exhaust memory, to redirect requests or
// to inject text into a status.
func TestHostilePods(t *testing.T) {
	const short = 300 * time.Millisecond
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()

	for _, c := range []struct {
		name    string
		serve   func(net.Conn)
		timeout time.Duration
		want    failure
	}{
		{"hangs", raw(""), short, failure{reasonTimeout, "no answer within 300ms"}},
		{"hangs within the header", raw("HTTP/1.1 200 OK\r\nA: "), short, failure{reasonTimeout, "no answer within 300ms"}},
		{"hangs within the body", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), short, failure{reasonTimeout, "no answer within 300ms"}},
		{"one byte of the header at a time", drip(withLength(200, detailed)), short, failure{reasonTimeout, "no answer within 300ms"}},
		{"one byte of the body at a time", afterRequest(func(conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			dripTo(conn, detailed)
		}), short, failure{reasonTimeout, "no answer within 300ms"}},
		{"endless informational responses", afterRequest(func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"); err != nil {
					return
				}
			}
		}), time.Minute, failure{reasonMalformed, "malformed answer: invalid HTTP"}},
		{
			"a body of 1 GB", afterRequest(endless("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")), time.Minute,
			failure{reasonTooLarge, "answer larger than 64 KiB"},
		},
		{
			"an endless body with status 503", afterRequest(endless("HTTP/1.1 503 No\r\n\r\n")), time.Minute,
			failure{reasonTooLarge, "answer larger than 64 KiB"},
		},
		{
			"an endless body with status 500", afterRequest(endless("HTTP/1.1 500 No\r\n\r\n")), time.Minute,
			failure{reasonStatus, "responds with 500 Internal Server Error"},
		},
		{
			"an endless header", afterRequest(endless("HTTP/1.1 200 OK\r\nA: ")), time.Minute,
			failure{reasonMalformed, "malformed answer: invalid HTTP"},
		},
		{
			"a compression bomb", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\x00\x00"), time.Minute,
			failure{reasonMalformed, "malformed answer: not JSON"},
		},
		{
			"redirects temporarily", raw("HTTP/1.1 302 Found\r\nLocation: " + other.URL + "/hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute,
			failure{reasonRedirect, "responds with a redirect, which is not followed"},
		},
		{
			"redirects permanently", raw("HTTP/1.1 308 Found\r\nLocation: " + other.URL + "/hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute,
			failure{reasonRedirect, "responds with a redirect, which is not followed"},
		},
		{"not found", raw("HTTP/1.1 404 hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute, failure{reasonStatus, "responds with 404 Not Found"}},
		{"an unknown status code", raw("HTTP/1.1 799 hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute, failure{reasonStatus, "responds with 799"}},
		{"no content", raw("HTTP/1.1 204 OK\r\n\r\n"), time.Minute, failure{reasonStatus, "responds with 204 No Content"}},
		{
			"another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: hunter2\r\n\r\n"), time.Minute,
			failure{reasonStatus, "responds with 101 Switching Protocols"},
		},
		{"not HTTP", raw("-ERR hunter2\r\n"), time.Minute, failure{reasonMalformed, "malformed answer: invalid HTTP"}},
		{
			"TLS", afterRequest(func(conn net.Conn) { io.WriteString(conn, "\x15\x03\x01\x00\x02\x02\x16"); io.Copy(io.Discard, conn) }), short,
			failure{reasonTimeout, "no answer within 300ms"},
		},
		{"a malformed header", raw("HTTP/1.1 200 OK\r\nhunter2\r\n\r\n"), time.Minute, failure{reasonMalformed, "malformed answer: invalid HTTP"}},
		{
			"a malformed body", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n"), time.Minute,
			failure{reasonMalformed, "malformed answer: invalid HTTP"},
		},
		{"malformed JSON", raw(withLength(200, "{hunter2}")), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{
			"wrong types", raw(withLength(503, `{"dependencies": ["hunter2"]}`)), time.Minute,
			failure{reasonMalformed, "malformed answer: dependencies is not an object"},
		},
		{"an empty response", raw(withLength(200, "")), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{"truncated JSON", raw(withLength(200, detailed[:20])), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{"a truncated response", func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"+detailed)
		}, time.Minute, failure{reasonReset, "connection closed before the end of the answer"}},
		{
			"closes", func(conn net.Conn) { http.ReadRequest(bufio.NewReader(conn)) }, time.Minute,
			failure{reasonReset, "connection closed before the end of the answer"},
		},
		{"resets", func(conn net.Conn) {
			http.ReadRequest(bufio.NewReader(conn))
			conn.(*net.TCPConn).SetLinger(0)
		}, time.Minute, failure{reasonReset, "connection reset"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pod := listen(t, "tcp", "127.0.0.1:0", c.serve)
			_, failed := pollOnce(t, Direct(), pod, c.timeout)
			if failed == nil {
				t.Fatal("the answer was accepted")
			}
			if *failed != c.want {
				t.Errorf("%+v, want %+v", *failed, c.want)
			}
		})
	}
	t.Cleanup(func() {
		if n := elsewhere.Load(); n != 0 {
			t.Errorf("the other host got %d requests", n)
		}
		// Some of what was written is in the kernel's buffers.
		if n := written.Load(); n > 64<<20 {
			t.Errorf("%d bytes were read of endless responses", n)
		}
	})
}

func drip(response string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) { dripTo(conn, response) })
}

// dripTo writes a byte every 20 ms: no read times out, but the whole response does.
func dripTo(conn net.Conn, response string) {
	for i := range len(response) {
		conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			return // The client has closed the connection.
		}
		if _, err := io.WriteString(conn, response[i:i+1]); err != nil {
			return
		}
	}
}

// written is the number of bytes that endless has written in total.
var written atomic.Int64

// endless writes until the connection is closed.
func endless(head string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, head)
		for block := strings.Repeat("hunter2 ", 4096); ; {
			n, err := io.WriteString(conn, block)
			if written.Add(int64(n)); err != nil {
				return
			}
		}
	}
}

func TestUnreachablePods(t *testing.T) {
	closed := httptest.NewServer(nil)
	address := closed.Listener.Addr().String()
	closed.Close()
	if _, failed := pollOnce(t, Direct(), podAt(t, address), time.Minute); failed == nil || *failed != (failure{reasonRefused, "connection refused"}) {
		t.Errorf("a closed port: %+v", failed)
	}
	nowhere := podOf("hiring", "a")
	nowhere.Address = "hunter2"
	if _, failed := pollOnce(t, Direct(), nowhere, 5*time.Second); failed == nil || strings.Contains(failed.message, "hunter2") {
		t.Errorf("an invalid address: %+v", failed)
	}
}

// TestAnswers polls a real HTTP server over IPv4 and IPv6.
func TestAnswers(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		for _, code := range []int{http.StatusOK, http.StatusServiceUnavailable} {
			t.Run(fmt.Sprint(address, " ", code), func(t *testing.T) {
				var got http.Header
				mux := http.NewServeMux()
				mux.HandleFunc("GET "+contract.PathDetailed, func(w http.ResponseWriter, r *http.Request) {
					got = r.Header
					w.WriteHeader(code)
					io.WriteString(w, `{"dependencies": {"redis": {"status": "unhealthy", "response_time_ms": 3}}}`)
				})
				mux.HandleFunc("GET "+contract.PathReady, func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(code)
					io.WriteString(w, `{"checks": {"database": "ready", "migrations": "complete"}}`)
				})
				listener, err := net.Listen("tcp", address)
				if err != nil {
					t.Skipf("this machine has no %s: %v", address, err)
				}
				server := &http.Server{Handler: mux}
				go server.Serve(listener)
				defer server.Close()

				pod := podAt(t, listener.Addr().String())
				pod.Migrations = true
				a, failed := pollOnce(t, Direct(), pod, time.Minute)
				if failed != nil {
					t.Fatal(failed.message)
				}
				want := answer{[]dependencyAnswer{{contract.Redis, false, contract.ErrorOther, .003}}, contract.StatusComplete}
				if diff := cmp.Diff(want, a, cmp.AllowUnexported(answer{}, dependencyAnswer{})); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				wantHeader := http.Header{"Accept": {"application/json"}, "Connection": {"close"}, "User-Agent": {"interview-tracker-operator"}}
				if diff := cmp.Diff(wantHeader, got); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestThroughAPIServer polls through a stub of the API server's pod proxy.
func TestThroughAPIServer(t *testing.T) {
	const status = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "error trying to reach service: hunter2"}`
	for _, c := range []struct {
		name string
		code int
		body string
		want failure
	}{
		{"healthy", 200, detailed, failure{}},
		{"unhealthy", 503, detailed, failure{}},
		{"out of reach", 503, status, failure{reasonAPIServer, "the API server can't reach the pod"}},
		{"out of reach, with another status code", 502, status, failure{reasonAPIServer, "the API server can't reach the pod"}},
		{"a pod that the API server does not find", 404, status, failure{reasonAPIServer, "the API server can't reach the pod"}},
		{"forbidden", 403, status, failure{reasonAPIServer, "the API server denies the operator access to pods/proxy"}},
		{"the pod's own 403", 403, "hunter2", failure{reasonStatus, "responds with 403 Forbidden"}},
		{"the pod's own 503", 503, "hunter2", failure{reasonMalformed, "malformed answer: not JSON"}},
		{"a redirect", 302, "", failure{reasonRedirect, "responds with a redirect, which is not followed"}},
		{"too large", 200, strings.Repeat(" ", 1<<20), failure{reasonTooLarge, "answer larger than 64 KiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/cluster/api/v1/namespaces/default/pods/http:hiring-a:8000/proxy/health/detailed" || r.Header.Get("Authorization") != "Bearer token" {
					t.Errorf("request to the API server for %s with %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				if c.code == 302 {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(c.code)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			transport, err := ThroughAPIServer(&rest.Config{
				Host: server.URL + "/cluster/", BearerToken: "token", TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: 0.001, Burst: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_, failed := pollOnce(t, transport, podOf("hiring", "a"), 10*time.Second)
				if failed == nil {
					failed = &failure{}
				}
				if *failed != c.want {
					t.Errorf("%+v, want %+v", *failed, c.want)
				}
			}
		})
	}

	gone := httptest.NewServer(nil)
	gone.Close()
	transport, err := ThroughAPIServer(&rest.Config{Host: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, failed := pollOnce(t, transport, podOf("hiring", "a"), time.Minute); failed == nil ||
		*failed != (failure{reasonAPIServer, "no connection to the pod through the API server"}) {
		t.Errorf("%+v", failed)
	}
}
