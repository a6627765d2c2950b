// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

func TestObserve(t *testing.T) {
	mux := &server.Mux{}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { server.WriteJSON(w, http.StatusOK, "home") })
	mux.HandleFunc("GET /empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	for _, test := range []struct {
		method, path, endpoint string
		status                 int
	}{
		{http.MethodGet, "/", "/", http.StatusOK},
		{http.MethodHead, "/", "/", http.StatusOK},
		{http.MethodGet, "/empty", "/empty", http.StatusOK},
		{http.MethodGet, "/things/7", "/things/{id}", http.StatusTeapot},
		{http.MethodGet, "/panic", "/panic", http.StatusInternalServerError},
		{http.MethodGet, "/nowhere", server.EndpointOther, http.StatusNotFound},
		{http.MethodPost, "/empty", server.EndpointOther, http.StatusMethodNotAllowed},
	} {
		var seen []server.Request
		handler := server.Observe(server.JSONErrors(mux), func(_ *http.Request, r server.Request) { seen = append(seen, r) })
		func() {
			defer func() { _ = recover() }() // As net/http does.
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(test.method, test.path, http.NoBody))
		}()
		if len(seen) != 1 || seen[0].Endpoint != test.endpoint || seen[0].Status != test.status || seen[0].Duration <= 0 {
			t.Errorf("%s %s: observed %+v", test.method, test.path, seen)
		}
	}
}

func TestRecover(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		status  int    // 0 if the response is aborted
		logged  string // a part of the line
	}{
		"no panic": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, http.StatusTeapot, ""},
		"before the response": {
			func(http.ResponseWriter, *http.Request) { panic("no luck") },
			http.StatusInternalServerError, `"exception":"panic: no luck"`,
		},
		"after its beginning": {
			func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte("{"))
				panic(io.ErrUnexpectedEOF)
			}, 0, `"exception":"panic: unexpected EOF"`,
		},
		"aborted": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			aborted := false
			recorder := httptest.NewRecorder()
			func() {
				defer func() { aborted = recover() != nil }() // As net/http does.
				server.Recover(slog.New(slog.NewJSONHandler(&out, nil)), test.handler).
					ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
			}()
			if aborted != (test.status == 0) || (!aborted && recorder.Code != test.status) {
				t.Errorf("got %d, aborted %t, want %d", recorder.Code, aborted, test.status)
			}
			line := out.String()
			if test.logged == "" && line != "" || !strings.Contains(line, test.logged) {
				t.Errorf("logged: %s", line)
			}
			if test.logged != "" && (!strings.Contains(line, "TestRecover") || !strings.Contains(line, `"level":"ERROR"`)) {
				t.Errorf("no stack of the panic: %s", line)
			}
		})
	}
}

// What net/http prints is a line of the log like others.
func TestErrorLog(t *testing.T) {
	var out bytes.Buffer
	log := config.Log{}.NewLogger(&out).With("logger", "tracker.api")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, listener, server.Options{Log: log, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusTeapot)
		})})
	}()
	response, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	found := false
	for line := range strings.Lines(out.String()) {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		event, _ := got["event"].(string)
		if strings.HasPrefix(event, "http: superfluous") {
			found = got["level"] == "warning" && got["logger"] == "tracker.api" && got["timestamp"] != nil
		}
	}
	if !found {
		t.Errorf("no line of net/http: %s", out.String())
	}
}

func TestRoutes(t *testing.T) {
	mux := &server.Mux{}
	mux.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("DELETE /things/{id}", http.NotFoundHandler())
	want := []server.Route{{Method: http.MethodGet, Endpoint: "/"}, {Method: http.MethodDelete, Endpoint: "/things/{id}"}}
	if diff := cmp.Diff(want, mux.Routes()); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestJSONErrors(t *testing.T) {
	mux := &server.Mux{}
	mux.HandleFunc("GET /thing", func(http.ResponseWriter, *http.Request) {})
	recorder := httptest.NewRecorder()
	server.JSONErrors(mux).ServeHTTP(recorder, httptest.NewRequest(http.MethodPut, "/thing", http.NoBody))

	if recorder.Code != http.StatusMethodNotAllowed || recorder.Header().Get("Allow") != "GET, HEAD" ||
		recorder.Header().Get("Content-Type") != "application/json" || recorder.Body.String() != `{"error":"Method Not Allowed"}` {
		t.Errorf("got %d %v %s", recorder.Code, recorder.Header(), recorder.Body)
	}
}

func TestAccessLog(t *testing.T) {
	for endpoint, want := range map[string]string{
		"/health":              "DEBUG",
		"/health/ready":        "DEBUG",
		"/metrics":             "DEBUG",
		"/positions":           "INFO",
		server.EndpointOther:   "INFO",
		"/healthy-restaurants": "INFO",
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		server.AccessLog(log)(httptest.NewRequest(http.MethodGet, "/", http.NoBody), server.Request{Endpoint: endpoint})
		if !strings.Contains(out.String(), "level="+want) {
			t.Errorf("%s: %s", endpoint, out.String())
		}
	}
}

// Who reports what a page measured stays unknown.
func TestAccessLogHasNoReports(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server.AccessLog(log)(httptest.NewRequest(http.MethodPost, "/rum", http.NoBody), server.Request{Endpoint: "/rum"})
	if out.Len() > 0 {
		t.Errorf("logged: %s", out.String())
	}
}

// While it drains, a server ends each connection with its next response, so that no client uses one of
// them when it is closed. A request that changes something can't be sent again.
func TestDrainingEndsConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	draining, began, served := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, listener, server.Options{
			Log: slog.New(slog.DiscardHandler),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					began <- struct{}{}
					<-draining
				}
				if r.URL.Path != "/empty" {
					server.WriteJSON(w, http.StatusOK, "done")
				}
			}),
			DrainDelay: time.Hour, // until the test ends it
			OnDrain:    func() { close(draining) },
		})
	}()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	post := func(path string) (ends bool) {
		t.Helper()
		response, err := client.Post("http://"+listener.Addr().String()+path, "", strings.NewReader("{}"))
		if err != nil {
			t.Error(err)
			return false
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return response.Close
	}
	if post("/") {
		t.Error("a connection ends before the server drains")
	}
	slow := make(chan bool)
	go func() { slow <- post("/slow") }()
	<-began
	if post("/") { // Its connection is kept.
		t.Error("a connection ends before the server drains")
	}
	stop()
	if !<-slow {
		t.Error("a connection does not end whose request began before the server drained")
	}
	for _, path := range []string{"/", "/", "/empty"} { // The first on the connection from before.
		if !post(path) {
			t.Errorf("%s: a connection does not end while the server drains", path)
		}
	}
	listener.Close()
	if err := <-served; err == nil {
		t.Error("it serves without a listener")
	}
}
