// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package server serves HTTP until its context ends, and then shuts down without losing a
// request.
package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/felixge/httpsnoop"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// DrainDelay is how long a server continues to serve after the signal to stop.
	// Kubernetes removes a terminating pod from its Services at the same time, not
	// before: requests arrive until every node has been updated. Clients that keep
	// connections have that time to learn from a response that theirs ends. A client that
	// keeps idle ones for less never meets the end of one.
	DrainDelay = 5 * time.Second

	// shutdownTimeout is how long requests in flight may take after that. Both together,
	// and as much as DrainDelay that the kubelet may wait before the signal, stay below
	// Kubernetes' grace period of 30 seconds.
	shutdownTimeout = 15 * time.Second
)

// Timeouts of the network. What a handler calls has its own timeouts.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// Options are the options of Serve.
type Options struct {
	Handler http.Handler
	Log     *slog.Logger
	// DrainDelay is the constant of that name, or shorter in tests.
	DrainDelay time.Duration
	// OnDrain, if set, is called when draining begins.
	OnDrain func()
}

// Serve serves requests on the listener until ctx ends. Then it calls OnDrain, continues
// for DrainDelay, in which each response ends its connection, closes the listener and waits
// for the requests in flight. It returns nil if all of them completed.
func Serve(ctx context.Context, listener net.Listener, options Options) error {
	var draining atomic.Bool
	server := &http.Server{
		Handler:           closeWhile(&draining, options.Handler),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	options.Log.Info("serving", "address", listener.Addr().String())

	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}

	options.Log.Info("draining", "delay_seconds", options.DrainDelay.Seconds())
	draining.Store(true)
	if options.OnDrain != nil {
		options.OnDrain()
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-time.After(options.DrainDelay):
	}

	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		return errors.Join(fmt.Errorf("finishing the requests in flight: %w", err), server.Close())
	}
	options.Log.Info("stopped")
	return nil
}

// closeWhile makes each response that begins while the server drains end its connection.
// SetKeepAlivesEnabled would close idle connections at once, on which the next request may be on its way.
func closeWhile(draining *atomic.Bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		end := func() {
			if draining.Load() {
				header.Set("Connection", "close")
			}
		}
		next.ServeHTTP(httpsnoop.Wrap(w, httpsnoop.Hooks{
			WriteHeader: func(write httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
				return func(code int) { end(); write(code) }
			},
			Write: func(write httpsnoop.WriteFunc) httpsnoop.WriteFunc {
				return func(b []byte) (int, error) { end(); return write(b) }
			},
			ReadFrom: func(read httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
				return func(from io.Reader) (int64, error) { end(); return read(from) }
			},
			Flush: func(flush httpsnoop.FlushFunc) httpsnoop.FlushFunc {
				return func() { end(); flush() }
			},
		}), r)
		end() // A handler need not write anything.
	})
}

// Route is a route of a Mux.
type Route struct {
	Method   string
	Endpoint string // That of a Request.
}

// Mux is an http.ServeMux that knows its routes. Each pattern must have a method.
type Mux struct {
	mux    http.ServeMux
	routes []Route
}

// Handle is that of http.ServeMux.
func (m *Mux) Handle(pattern string, handler http.Handler) {
	m.mux.Handle(pattern, handler)
	method, _, _ := strings.Cut(pattern, " ")
	m.routes = append(m.routes, Route{Method: method, Endpoint: Endpoint(pattern)})
}

// HandleFunc is that of http.ServeMux.
func (m *Mux) HandleFunc(pattern string, handler http.HandlerFunc) { m.Handle(pattern, handler) }

// ServeHTTP implements http.Handler.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// Routes are the routes in the order of their registration.
func (m *Mux) Routes() []Route { return m.routes }

// Request describes a completed request.
type Request struct {
	// Endpoint is the path of the pattern that matched, such as /positions/{id}, or
	// EndpointOther, so that it has few values as a label.
	Endpoint string
	Status   int
	Duration time.Duration
}

// EndpointOther is the Endpoint of a request that no pattern matched.
const EndpointOther = "other"

// StatusClientClosedRequest is a code of nginx: the failure is not the server's.
const StatusClientClosedRequest = 499

// Health reports whether the endpoint is one of those for health.
func Health(endpoint string) bool {
	return endpoint == contract.PathHealth || strings.HasPrefix(endpoint, contract.PathHealth+"/")
}

// Monitoring reports whether the endpoint is for health or metrics, or takes what pages measure.
func Monitoring(endpoint string) bool {
	return endpoint == contract.PathMetrics || endpoint == contract.PathRUM || Health(endpoint)
}

// Observe calls each observer after each request to mux, even if its handler panics.
func Observe(mux http.Handler, observers ...func(*http.Request, Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := httpsnoop.Metrics{Code: http.StatusOK} // The default of net/http.
		began, returned := time.Now(), false
		defer func() {
			if !returned && response.Code == http.StatusOK && response.Written == 0 { // It panicked before it responded.
				response.Code = http.StatusInternalServerError
			}
			request := Request{Endpoint: Endpoint(r.Pattern), Status: response.Code, Duration: time.Since(began)}
			for _, observe := range observers {
				observe(r, request)
			}
		}()
		response.CaptureMetrics(w, func(w http.ResponseWriter) { mux.ServeHTTP(w, r) })
		returned = true
	})
}

// Recover responds with 500 if next panics, and logs the panic with its stack, which the request's
// span has as well. http.ErrAbortHandler passes: it aborts the response, and is no error.
func Recover(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var response httpsnoop.Metrics
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(value)
			}
			recordPanic(log, r, value)
			if response.Code != 0 || response.Written > 0 { // It has begun: the client must not take it for a whole one.
				panic(http.ErrAbortHandler)
			}
			WriteError(w, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
		}()
		response.CaptureMetrics(w, func(w http.ResponseWriter) { next.ServeHTTP(w, r) })
	})
}

// recordPanic must be called by the function that recovers: the stack is that of the panic until it returns.
func recordPanic(log *slog.Logger, r *http.Request, value any) {
	err := fmt.Errorf("panic: %v", value)
	log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "path", r.URL.Path,
		"exception", err, "stack", string(debug.Stack()))
	span := trace.SpanFromContext(r.Context())
	span.RecordError(err, trace.WithStackTrace(true))
	span.SetStatus(codes.Error, "panic")
}

// AccessLog returns an observer that logs requests for monitoring at DEBUG and all others at
// INFO. Those with what a page measured are not logged: what browsers report is kept without a trace of who did.
func AccessLog(log *slog.Logger) func(*http.Request, Request) {
	return func(r *http.Request, request Request) {
		if request.Endpoint == contract.PathRUM {
			return
		}
		level := slog.LevelInfo
		if Monitoring(request.Endpoint) {
			level = slog.LevelDebug
		}
		log.Log(r.Context(), level, "request",
			"method", r.Method,
			"path", r.URL.Path,
			"status", request.Status,
			"duration_ms", float64(request.Duration.Microseconds())/1000,
			"remote", r.RemoteAddr,
		)
	}
}

// Endpoint returns the path of a ServeMux pattern, which is [METHOD ][HOST]/[PATH], or
// EndpointOther for none.
func Endpoint(pattern string) string {
	slash := strings.IndexByte(pattern, '/')
	if slash < 0 {
		return EndpointOther
	}
	return strings.TrimSuffix(pattern[slash:], "{$}")
}

// WriteJSON responds with a value, which must be marshalable.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	WriteRawJSON(w, status, body)
}

// WriteRawJSON responds with JSON text. No response may be cached on the way: all of them
// are about the current state.
func WriteRawJSON(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // An error means that the client has gone.
}

// WriteError responds with {"error": message}.
func WriteError(w http.ResponseWriter, status int, message string) {
	WriteJSON(w, status, map[string]string{"error": message})
}

// JSONErrors makes a mux respond in JSON to an unknown path or method.
func JSONErrors(mux *Mux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		rejection := &statusOnly{ResponseWriter: w, status: http.StatusNotFound}
		handler.ServeHTTP(rejection, r)
		WriteError(w, rejection.status, http.StatusText(rejection.status))
	})
}

// statusOnly records a response's status, keeps its header and drops its body.
type statusOnly struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusOnly) WriteHeader(status int) { s.status = status }

// Write implements http.ResponseWriter.
func (s *statusOnly) Write(body []byte) (int, error) { return len(body), nil }
