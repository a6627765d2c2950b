// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package frontend is the tracker's frontend: a page, its service worker, and a proxy from
// the page to the API.
package frontend

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

//go:embed app
var embedded embed.FS

// ResponseTimeout is how long the frontend waits for the API, whose own work takes 5 seconds
// at most.
const ResponseTimeout = 10 * time.Second

// dialTimeout limits how long connecting to the API takes.
const dialTimeout = 3 * time.Second

// shellPlaceholder is replaced in the service worker by the hash of the files: a new release
// is a new worker, which caches its own files and drops the old ones.
const shellPlaceholder = "SHELL_HASH"

// published are the routes of the API that the frontend proxies under /api. Not everyone who
// may open the page may see the API's metrics and health.
var published = []server.Route{
	{Method: http.MethodGet, Endpoint: "/positions"},
	{Method: http.MethodPost, Endpoint: "/positions"},
	{Method: http.MethodGet, Endpoint: "/interviews"},
	{Method: http.MethodPost, Endpoint: "/interviews"},
	{Method: http.MethodGet, Endpoint: "/users"},
	{Method: http.MethodPost, Endpoint: "/users"},
}

// contentTypes are the files' content types by extension. Those of package mime depend on
// the machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Options are the options of New.
type Options struct {
	APIURL *url.URL
	// ResponseTimeout is the constant of that name, or shorter in tests.
	ResponseTimeout time.Duration
	Log             *slog.Logger
}

// Frontend has two handlers, which are served on ports of their own: users must not reach
// the metrics.
type Frontend struct {
	Public  http.Handler
	Metrics http.Handler
}

// New returns the frontend. Its health stays 200 while the server drains, because the
// liveness probe uses it, too.
func New(options Options) (*Frontend, error) {
	files, err := readFiles()
	if err != nil {
		return nil, err
	}
	mux := &server.Mux{}
	for name, content := range files {
		mux.Handle("GET /"+name, file(name, content))
	}
	mux.Handle("GET /{$}", file("index.html", files["index.html"]))
	mux.HandleFunc("GET "+contract.PathHealth, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(contract.FrontendHealthy)) // An error means that the client has gone.
	})
	toAPI := proxy(options)
	for _, route := range published {
		mux.Handle(route.Method+" /api"+route.Endpoint, toAPI)
	}

	observed := metrics.NewFrontend()
	observed.Expect(mux.Routes())
	scraped := &server.Mux{}
	scraped.Handle("GET "+contract.PathMetrics, observed.Handler(options.Log))
	return &Frontend{
		Public:  observed.CountActive(server.Observe(secure(mux), observed.Observe, server.AccessLog(options.Log))),
		Metrics: server.Observe(server.JSONErrors(scraped), server.AccessLog(options.Log)),
	}, nil
}

// readFiles reads the embedded files by name, with the hash in the worker.
func readFiles() (map[string][]byte, error) {
	entries, err := embedded.ReadDir("app") // Sorted, so that the hash is stable.
	if err != nil {
		return nil, fmt.Errorf("reading the embedded files: %w", err)
	}
	files := map[string][]byte{}
	hash := sha256.New()
	for _, entry := range entries {
		content, err := embedded.ReadFile("app/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the embedded files: %w", err)
		}
		files[entry.Name()] = content
		_, _ = hash.Write(content) // It never fails.
	}
	worker := strings.TrimPrefix(contract.PathServiceWorker, "/")
	version := hex.EncodeToString(hash.Sum(nil))[:12]
	files[worker] = []byte(strings.ReplaceAll(string(files[worker]), shellPlaceholder, version))
	return files, nil
}

// file serves an embedded file, which browsers revalidate each time: there are few, and a
// stale service worker would keep the old release alive.
func file(name string, content []byte) http.Handler {
	sum := sha256.Sum256(content)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	contentType := contentTypes[name[strings.LastIndexByte(name, '.'):]]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, name, time.Time{}, strings.NewReader(string(content)))
	})
}

// secure restricts the page to resources of its own origin.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// proxy forwards /api/PATH to PATH of the API.
func proxy(options Options) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, "/api")
			r.Out.URL.RawPath = strings.TrimPrefix(r.Out.URL.RawPath, "/api")
			r.SetURL(options.APIURL)
			r.SetXForwarded()
			r.Out.Header.Set(contract.HeaderFrontend, "proxy")
		},
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: options.ResponseTimeout,
			IdleConnTimeout:       time.Minute,
			MaxIdleConnsPerHost:   16,
		},
		ErrorLog: slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil { // That is no failure of the API, and alerts must not count it.
				server.WriteError(w, server.StatusClientClosedRequest, "the client closed the request")
				return
			}
			options.Log.Warn("the API does not respond", "path", r.URL.Path, "error", err)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				server.WriteError(w, http.StatusGatewayTimeout, "the API does not respond in time")
				return
			}
			server.WriteError(w, http.StatusBadGateway, "the API can't be reached")
		},
	}
}
