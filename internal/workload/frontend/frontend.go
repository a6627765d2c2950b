// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package frontend is the tracker's frontend: pages, their service worker, and a proxy from
// the pages to the API.
package frontend

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
)

//go:embed app templates
var embedded embed.FS

// ResponseTimeout is how long the frontend waits for the API, whose own work takes 5 seconds
// at most.
const ResponseTimeout = 10 * time.Second

// dialTimeout limits how long connecting to the API takes.
const dialTimeout = 3 * time.Second

// shellPlaceholder is replaced in the service worker by the hash of the files: a new release
// is a new worker, which caches its own files and drops the old ones.
const shellPlaceholder = "SHELL_HASH"

const (
	maxQuery = 2 << 10  // bytes of a request's query
	maxBody  = 64 << 10 // bytes of a request that is forwarded
	// pathOffline is the page that the service worker shows without a network.
	pathOffline = "/offline"
)

// proxied are the requests that the frontend forwards from under /api: not everyone who may open
// the pages may list the users, or see the API's metrics and health. A page of another origin can't
// send those that change something: they need JSON or another method, so that browsers ask first.
var proxied = []string{
	"GET /positions", "POST /positions",
	"GET /positions/{id}", "PATCH /positions/{id}", "DELETE /positions/{id}",
	"GET /interviews", "POST /interviews",
	"GET /interviews/{id}", "PATCH /interviews/{id}", "DELETE /interviews/{id}",
	"POST /users",
}

// proxiedForJourneys are the requests that the frontend forwards for journeys alone, which remove
// the users that they register. Anyone can send the header of journeys: the API lets requests
// with it reach no other users.
var proxiedForJourneys = []string{"GET /users", "DELETE /users/{id}"}

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
	// RUMSampleRatio is the part of the page loads that report to contract.PathRUM; with 0, none.
	RUMSampleRatio float64
	Log            *slog.Logger
	// Tracing, if set, traces the requests.
	Tracing *telemetry.Tracing
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
	files, version, err := readFiles()
	if err != nil {
		return nil, err
	}
	transport := options.Tracing.Transport(newTransport(options.ResponseTimeout))
	pages, err := newPages(client{options.APIURL, transport, "page"}, options.ResponseTimeout, version, options.Log)
	if err != nil {
		return nil, err
	}
	mux := &server.Mux{}
	for name, content := range files {
		mux.Handle("GET /"+name, file(name, content))
	}
	for pattern, page := range pages.routes() {
		mux.Handle(pattern, page)
	}
	mux.HandleFunc("GET "+contract.PathHealth, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(contract.FrontendHealthy)) // An error means that the client has gone.
	})
	toAPI := onlyIDs(proxy(options, transport))
	for _, request := range proxied {
		method, path, _ := strings.Cut(request, " ")
		mux.Handle(method+" /api"+path, toAPI)
	}
	for _, request := range proxiedForJourneys {
		method, path, _ := strings.Cut(request, " ")
		mux.Handle(method+" /api"+path, onlyJourneys(toAPI))
	}

	observed := metrics.NewFrontend()
	observed.Register(options.Tracing.Metrics()...)
	observed.Expect(mux.Routes())
	options.Tracing.Push(observed)
	if options.RUMSampleRatio > 0 {
		pages.users = newRealUsers(options.RUMSampleRatio, pages.reporting(), observed.Pages)
		mux.Handle("POST "+contract.PathRUM, pages.users) // Now, as no alert waits for its failures.
	}
	scraped := &server.Mux{}
	scraped.Handle("GET "+contract.PathMetrics, observed.Handler(options.Log))
	public := server.Recover(options.Log, withHeaders(version, bounded(mux)))
	return &Frontend{
		Public:  observed.CountActive(options.Tracing.Handler(server.Observe(public, observed.Observe, server.AccessLog(options.Log)))),
		Metrics: server.Observe(server.JSONErrors(scraped), server.AccessLog(options.Log)),
	}, nil
}

// readFiles reads the embedded files by name, with the hash in the worker. The hash is that of the
// templates as well, because the worker stores a page.
func readFiles() (files map[string][]byte, version string, err error) {
	files = map[string][]byte{}
	hash := sha256.New()
	// WalkDir sorts, so that the hash is stable.
	err = fs.WalkDir(embedded, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		_, _ = hash.Write(content) // It never fails.
		if published, ok := strings.CutPrefix(name, "app/"); ok {
			files[published] = content
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("reading the embedded files: %w", err)
	}
	version = hex.EncodeToString(hash.Sum(nil))[:12]
	worker := strings.TrimPrefix(contract.PathServiceWorker, "/")
	files[worker] = []byte(strings.ReplaceAll(string(files[worker]), shellPlaceholder, version))
	return files, version, nil
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

// withHeaders restricts the pages to resources of their own origin, and tells the service worker which
// release responds.
func withHeaders(version string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Release", version)
		next.ServeHTTP(w, r)
	})
}

// bounded refuses what no page sends: long queries and large bodies.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.RawQuery) > maxQuery {
			server.WriteError(w, http.StatusRequestURITooLong, "the query is too long")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// onlyIDs refuses an ID that is not a number: it might be decoded to another path of the API.
func onlyIDs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := r.PathValue("id"); id != "" && !validID(id) {
			server.WriteError(w, http.StatusNotFound, http.StatusText(http.StatusNotFound))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onlyJourneys refuses a request that is not of a journey.
func onlyJourneys(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(contract.HeaderJourney) == "" {
			server.WriteError(w, http.StatusNotFound, http.StatusText(http.StatusNotFound))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// forwardJourney makes a request to the API one of a journey if, and only if, the client's is:
// although the client asks for the header to be dropped, as one of its connection alone.
func forwardJourney(toAPI, fromClient *http.Request) {
	if name := fromClient.Header.Get(contract.HeaderJourney); name != "" {
		toAPI.Header.Set(contract.HeaderJourney, name)
	}
}

func validID(id string) bool {
	_, err := strconv.ParseUint(id, 10, 63)
	return err == nil
}

func newTransport(responseTimeout time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: responseTimeout,
		// Shorter than the API drains: a request that changes something can't be sent again when its
		// connection turns out to be closed.
		IdleConnTimeout:     server.DrainDelay - time.Second,
		MaxIdleConnsPerHost: 16,
	}
}

// proxy forwards /api/PATH to PATH of the API.
func proxy(options Options, transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, "/api")
			r.Out.URL.RawPath = strings.TrimPrefix(r.Out.URL.RawPath, "/api")
			r.SetURL(options.APIURL)
			r.SetXForwarded()
			r.Out.Header.Set(contract.HeaderFrontend, "proxy")
			forwardJourney(r.Out, r.In)
		},
		Transport: transport,
		ErrorLog:  slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			status, message := failure(r, err)
			if status >= http.StatusInternalServerError {
				options.Log.WarnContext(r.Context(), "the API does not respond", "path", r.URL.Path, "exception", err)
				trace.SpanFromContext(r.Context()).RecordError(err)
			}
			server.WriteError(w, status, message)
		},
	}
}
