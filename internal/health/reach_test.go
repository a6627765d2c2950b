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
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// listen serves connections in the raw, and returns a pod at that address.
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

// afterRequest serves one raw answer to each request.
func afterRequest(answer func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		requests := bufio.NewReader(conn)
		for {
			if _, err := http.ReadRequest(requests); err != nil {
				return
			}
			answer(conn)
		}
	}
}

func raw(answer string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) { io.WriteString(conn, answer) })
}

func ask(t *testing.T, reach Reach, pod Pod, timeout time.Duration) (answer, *failure) {
	t.Helper()
	route := reach.to(pod, timeout)
	defer route.close()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return route.ask(ctx, pod.Migrations, timeout)
}

const detailed = `{"dependencies": {"database": {"status": "unhealthy", "response_time_ms": 3}}}`

func withLength(code int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n\r\n%s", code, len(body), body)
}

// TestHostilePods asks pods that do what they can to hang, to fill memory, to lead
// astray or to get a word into a status.
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
		{"informational answers without end", afterRequest(func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"); err != nil {
					return
				}
			}
		}), time.Minute, failure{reasonMalformed, "malformed answer: its HTTP can't be read"}},
		{
			"a body of 1 GB", afterRequest(endless("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")), time.Minute,
			failure{reasonTooLarge, "answer larger than 64 KiB"},
		},
		{
			"a body without end, failing", afterRequest(endless("HTTP/1.1 503 No\r\n\r\n")), time.Minute,
			failure{reasonTooLarge, "answer larger than 64 KiB"},
		},
		{
			"a body without end, in vain", afterRequest(endless("HTTP/1.1 500 No\r\n\r\n")), time.Minute,
			failure{reasonStatus, "answers 500 Internal Server Error"},
		},
		{
			"a header without end", afterRequest(endless("HTTP/1.1 200 OK\r\nA: ")), time.Minute,
			failure{reasonMalformed, "malformed answer: its HTTP can't be read"},
		},
		{
			"a bomb", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\x00\x00"), time.Minute,
			failure{reasonMalformed, "malformed answer: not JSON"},
		},
		{
			"redirects", raw("HTTP/1.1 302 Found\r\nLocation: " + other.URL + "/hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute,
			failure{reasonRedirect, "redirects, which is not followed"},
		},
		{
			"redirects for good", raw("HTTP/1.1 308 Found\r\nLocation: " + other.URL + "/hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute,
			failure{reasonRedirect, "redirects, which is not followed"},
		},
		{"not found", raw("HTTP/1.1 404 hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute, failure{reasonStatus, "answers 404 Not Found"}},
		{"a code that nobody knows", raw("HTTP/1.1 799 hunter2\r\nContent-Length: 0\r\n\r\n"), time.Minute, failure{reasonStatus, "answers 799"}},
		{"no content", raw("HTTP/1.1 204 OK\r\n\r\n"), time.Minute, failure{reasonStatus, "answers 204 No Content"}},
		{
			"another protocol", raw("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: hunter2\r\n\r\n"), time.Minute,
			failure{reasonStatus, "answers 101 Switching Protocols"},
		},
		{"no HTTP", raw("-ERR hunter2\r\n"), time.Minute, failure{reasonMalformed, "malformed answer: its HTTP can't be read"}},
		{
			"TLS", afterRequest(func(conn net.Conn) { io.WriteString(conn, "\x15\x03\x01\x00\x02\x02\x16"); io.Copy(io.Discard, conn) }), short,
			failure{reasonTimeout, "no answer within 300ms"},
		},
		{"a malformed header", raw("HTTP/1.1 200 OK\r\nhunter2\r\n\r\n"), time.Minute, failure{reasonMalformed, "malformed answer: its HTTP can't be read"}},
		{
			"a malformed body", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n"), time.Minute,
			failure{reasonMalformed, "malformed answer: its HTTP can't be read"},
		},
		{"malformed JSON", raw(withLength(200, "{hunter2}")), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{
			"wrong types", raw(withLength(503, `{"dependencies": ["hunter2"]}`)), time.Minute,
			failure{reasonMalformed, "malformed answer: dependencies is not an object"},
		},
		{"an empty answer", raw(withLength(200, "")), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{"truncated JSON", raw(withLength(200, detailed[:20])), time.Minute, failure{reasonMalformed, "malformed answer: not JSON"}},
		{"a truncated answer", func(conn net.Conn) {
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
			_, failed := ask(t, Direct(), pod, c.timeout)
			if failed == nil {
				t.Fatal("its answer was taken in")
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
		// What the kernel's buffers hold is written, and not read.
		if n := written.Load(); n > 64<<20 {
			t.Errorf("%d bytes were taken from those that send without end", n)
		}
	})
}

func drip(answer string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) { dripTo(conn, answer) })
}

// dripTo writes a byte every 20 ms: none of them is long in coming, all of them
// are.
func dripTo(conn net.Conn, answer string) {
	for i := range len(answer) {
		time.Sleep(20 * time.Millisecond)
		if _, err := io.WriteString(conn, answer[i:i+1]); err != nil {
			return
		}
	}
}

// written counts what endless has written, in all.
var written atomic.Int64

// endless writes for as long as somebody reads.
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
	if _, failed := ask(t, Direct(), podAt(t, address), time.Minute); failed == nil || *failed != (failure{reasonRefused, "connection refused"}) {
		t.Errorf("a closed port: %+v", failed)
	}
	nowhere := podOf("hiring", "a")
	nowhere.Address = "hunter2"
	if _, failed := ask(t, Direct(), nowhere, 5*time.Second); failed == nil || strings.Contains(failed.words, "hunter2") {
		t.Errorf("no address: %+v", failed)
	}
}

// TestAnswers reads good and bad answers of a real HTTP server, over IPv4 and IPv6.
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
				a, failed := ask(t, Direct(), pod, time.Minute)
				if failed != nil {
					t.Fatal(failed.words)
				}
				want := answer{[]dependencyAnswer{{contract.Redis, false, .003}}, contract.StatusComplete}
				if diff := cmp.Diff(want, a, cmp.AllowUnexported(answer{}, dependencyAnswer{})); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				wantHeader := http.Header{"Accept": {"application/json"}, "User-Agent": {"interview-tracker-operator"}}
				if diff := cmp.Diff(wantHeader, got); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestProxyOfTheEnvironment holds that it is none of the operator's business.
func TestProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	route := Direct().to(podOf("hiring", "a"), time.Second)
	if route.transport.(*http.Transport).Proxy != nil {
		t.Error("it is used")
	}
}

// TestThroughAPIServer asks through what stands in for the API server's pod proxy.
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
		{"out of reach by another code", 502, status, failure{reasonAPIServer, "the API server can't reach the pod"}},
		{"a pod that the API server does not know", 404, status, failure{reasonAPIServer, "the API server can't reach the pod"}},
		{"not allowed", 403, status, failure{reasonAPIServer, "the API server does not let the operator get pods/proxy"}},
		{"the pod's own 403", 403, "hunter2", failure{reasonStatus, "answers 403 Forbidden"}},
		{"the pod's own 503", 503, "hunter2", failure{reasonMalformed, "malformed answer: not JSON"}},
		{"a redirect", 302, "", failure{reasonRedirect, "redirects, which is not followed"}},
		{"too large", 200, strings.Repeat(" ", 1<<20), failure{reasonTooLarge, "answer larger than 64 KiB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/cluster/api/v1/namespaces/default/pods/http:hiring-a:8000/proxy/health/detailed" || r.Header.Get("Authorization") != "Bearer token" {
					t.Errorf("the API server was asked for %s with %q", r.URL.Path, r.Header.Get("Authorization"))
				}
				if c.code == 302 {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(c.code)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			reach, err := ThroughAPIServer(&rest.Config{
				Host: server.URL + "/cluster/", BearerToken: "token", TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: 0.001, Burst: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_, failed := ask(t, reach, podOf("hiring", "a"), 10*time.Second)
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
	reach, err := ThroughAPIServer(&rest.Config{Host: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, failed := ask(t, reach, podOf("hiring", "a"), time.Minute); failed == nil ||
		*failed != (failure{reasonAPIServer, "no connection to the pod through the API server"}) {
		t.Errorf("%+v", failed)
	}
}
