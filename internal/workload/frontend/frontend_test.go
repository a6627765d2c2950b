// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
)

// start returns a frontend of the API.
func start(t *testing.T, apiURL string, responseTimeout time.Duration) *frontend.Frontend {
	t.Helper()
	u, err := url.Parse(apiURL)
	if err != nil {
		t.Fatal(err)
	}
	f, err := frontend.New(frontend.Options{APIURL: u, ResponseTimeout: responseTimeout, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func handler(t *testing.T, apiURL string) http.Handler {
	t.Helper()
	return start(t, apiURL, frontend.ResponseTimeout).Public
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return recorder
}

func TestFiles(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	for path, want := range map[string]struct{ contentType, body string }{
		contract.PathHealth:        {"text/plain; charset=utf-8", `^healthy$`},
		contract.PathServiceWorker: {"text/javascript; charset=utf-8", `"shell-[0-9a-f]{12}"`},
		"/":                        {"text/html; charset=utf-8", `<html lang="en">`},
		"/index.html":              {"text/html; charset=utf-8", `<html lang="en">`},
		"/app.js":                  {"text/javascript; charset=utf-8", `serviceWorker`},
		"/style.css":               {"text/css; charset=utf-8", `body`},
		"/icon.svg":                {"image/svg+xml", `<svg`},
	} {
		answer := get(h, path)
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != want.contentType ||
			!regexp.MustCompile(want.body).MatchString(answer.Body.String()) {
			t.Errorf("%s: %d %v %.80s", path, answer.Code, answer.Header(), answer.Body)
		}
		if !strings.Contains(answer.Header().Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s may load resources of other origins", path)
		}
	}
	if answer := get(h, "/nowhere"); answer.Code != http.StatusNotFound {
		t.Errorf("/nowhere: %d", answer.Code)
	}
}

// The service worker and the page load only existing files.
func TestShellIsComplete(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	worker := get(h, contract.PathServiceWorker).Body.String()
	list := regexp.MustCompile(`FILES = \[(.*)\]`).FindStringSubmatch(worker)
	page := get(h, "/").Body.String()
	paths := regexp.MustCompile(`"(/[^"]*)"`).FindAllStringSubmatch(strings.Join(list, "")+page, -1)
	if len(paths) < 5 {
		t.Fatalf("found only %v", paths)
	}
	for _, path := range paths {
		if answer := get(h, path[1]); answer.Code != http.StatusOK {
			t.Errorf("%s: %d", path[1], answer.Code)
		}
	}
}

func TestNotModified(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	request := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	request.Header.Set("If-None-Match", get(h, "/").Header().Get("ETag"))
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusNotModified {
		t.Errorf("got %d", recorder.Code)
	}
}

func TestProxy(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Forwarded-Host")+" "+string(body))
	}))
	defer api.Close()

	request := httptest.NewRequest(http.MethodPost, "http://tracker.example/api/positions?limit=2", strings.NewReader("body"))
	recorder := httptest.NewRecorder()
	handler(t, api.URL+"/v1").ServeHTTP(recorder, request)
	if recorder.Code != http.StatusCreated || recorder.Body.String() != "POST /v1/positions?limit=2 tracker.example body" {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}

	api.Close()
	if answer := get(handler(t, api.URL), "/api/positions"); answer.Code != http.StatusBadGateway ||
		answer.Body.String() != `{"error":"the API can't be reached"}` {
		t.Errorf("without an API: %d %s", answer.Code, answer.Body)
	}
}

// The other paths of the API are not proxied.
func TestProxyOnlyPublishedPaths(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RequestURI)
	}))
	defer api.Close()
	h := handler(t, api.URL)

	for _, path := range []string{"/api/positions", "/api/interviews", "/api/users"} {
		if answer := get(h, path); "/api"+answer.Body.String() != path {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	for _, path := range []string{
		"/api", "/api/", "/api" + contract.PathMetrics, "/api" + contract.PathHealth, "/api" + contract.PathDetailed,
		"/api/positions/1", "/api/positions%2F..%2Fmetrics", "/api/%2e%2e/metrics", "/api/positions/%2e%2e%2fmetrics",
	} {
		if answer := get(h, path); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
}
