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
	f, err := frontend.New(frontend.Options{
		APIURL: u, ResponseTimeout: responseTimeout, RUMSampleRatio: 1, Log: slog.New(slog.DiscardHandler),
	})
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

// send sends a request such as "GET /api/positions".
func send(h http.Handler, request, body string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(request, " ")
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder
}

func TestFiles(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	for path, want := range map[string]struct{ contentType, body string }{
		contract.PathHealth:        {"text/plain; charset=utf-8", `^healthy$`},
		contract.PathServiceWorker: {"text/javascript; charset=utf-8", `RELEASE = "[0-9a-f]{12}"`},
		"/offline":                 {"text/html; charset=utf-8", `<html lang="en">`},
		"/app.js":                  {"text/javascript; charset=utf-8", `serviceWorker`},
		"/rum.js":                  {"text/javascript; charset=utf-8", `sendBeacon`},
		"/web-vitals.js":           {"text/javascript; charset=utf-8", `Apache-2\.0(?s:.*)onINP`},
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

// The service worker and the pages load only existing files of the same release, by the same URLs.
func TestShellIsComplete(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	worker := get(h, contract.PathServiceWorker).Body.String()
	release := regexp.MustCompile(`RELEASE = "(.*)"`).FindStringSubmatch(worker)[1]
	list := regexp.MustCompile(`(?s)FILES = \[(.*?)\]`).FindString(worker)
	loaded := regexp.MustCompile(`(?:stylesheet|icon|script)"? (?:href|src)="(/[^"]*)"`).FindAllStringSubmatch(get(h, "/users/new").Body.String(), -1)
	if strings.Contains(list, "/status") {
		t.Errorf("the worker stores the status page: %s", list)
	}
	if len(loaded) != 4 {
		t.Fatalf("the page loads %v", loaded)
	}
	loaded = append(loaded, []string{"", "/web-vitals.js?v=" + release}) // by rum.js
	for _, file := range loaded {
		if !strings.Contains(list, `"`+file[1]+`"`) {
			t.Errorf("%s is not among the worker's %s", file[1], list)
		}
		if answer := get(h, file[1]); answer.Code != http.StatusOK || answer.Header().Get("X-Release") != release {
			t.Errorf("%s: %d %v, want release %s", file[1], answer.Code, answer.Header(), release)
		}
	}
}

func TestNotModified(t *testing.T) {
	h := handler(t, "http://localhost:8000")
	request := httptest.NewRequest(http.MethodGet, "/app.js", http.NoBody)
	request.Header.Set("If-None-Match", get(h, "/app.js").Header().Get("ETag"))
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
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Forwarded-Host")+
			" "+r.Header.Get("X-Forwarded-For")+" "+strings.Join(r.Header.Values(contract.HeaderFrontend), ",")+" "+string(body))
	}))
	defer api.Close()

	request := httptest.NewRequest(http.MethodPost, "http://tracker.example/api/positions?limit=2", strings.NewReader("body"))
	request.Header.Set(contract.HeaderFrontend, "of the client")
	request.Header.Set("X-Forwarded-For", "of the client")
	recorder := httptest.NewRecorder()
	handler(t, api.URL+"/v1").ServeHTTP(recorder, request)
	if recorder.Code != http.StatusCreated || recorder.Body.String() != "POST /v1/positions?limit=2 tracker.example 192.0.2.1 proxy body" {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}

	api.Close()
	if answer := get(handler(t, api.URL), "/api/positions"); answer.Code != http.StatusBadGateway ||
		answer.Body.String() != `{"error":"the API can't be reached"}` {
		t.Errorf("without an API: %d %s", answer.Code, answer.Body)
	}
}

// Only what the pages need is proxied: above all, no list of users.
func TestProxyOnlyWhatPagesNeed(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" /api"+r.RequestURI)
	}))
	defer api.Close()
	h := handler(t, api.URL)

	for _, request := range []string{
		"GET /api/positions", "POST /api/positions", "GET /api/positions/1", "PATCH /api/positions/1", "DELETE /api/positions/1",
		"GET /api/interviews", "POST /api/interviews", "GET /api/interviews/1", "PATCH /api/interviews/1", "DELETE /api/interviews/1",
		"POST /api/users",
	} {
		if answer := send(h, request, ""); answer.Code != http.StatusOK || answer.Body.String() != request {
			t.Errorf("%s: %d %s", request, answer.Code, answer.Body)
		}
	}
	for request, want := range map[string]int{
		"GET /api/users":                         http.StatusNotFound,
		"HEAD /api/users":                        http.StatusNotFound,
		"DELETE /api/users/1":                    http.StatusNotFound,
		"PATCH /api/users/1":                     http.StatusMethodNotAllowed,
		"DELETE /api/positions":                  http.StatusMethodNotAllowed,
		"PUT /api/positions/1":                   http.StatusMethodNotAllowed,
		"OPTIONS /api/positions":                 http.StatusMethodNotAllowed,
		"GET /api/users/1":                       http.StatusMethodNotAllowed,
		"GET /api":                               http.StatusNotFound,
		"GET /api/":                              http.StatusNotFound,
		"GET /api" + contract.PathMetrics:        http.StatusNotFound,
		"GET /api" + contract.PathHealth:         http.StatusNotFound,
		"GET /api" + contract.PathDetailed:       http.StatusNotFound,
		"GET /api/positions/1/2":                 http.StatusNotFound,
		"GET /api/positions/one":                 http.StatusNotFound,
		"GET /api/positions/-1":                  http.StatusNotFound,
		"GET /api/positions%2F..%2Fmetrics":      http.StatusNotFound,
		"GET /api/%2e%2e/metrics":                http.StatusNotFound,
		"GET /api/positions/%2e%2e%2fmetrics":    http.StatusNotFound,
		"GET /api/positions/%2e%2e%2fusers":      http.StatusNotFound,
		"GET /api/positions/1%2f..%2f..%2fusers": http.StatusNotFound,
	} {
		if answer := send(h, request, ""); answer.Code != want {
			t.Errorf("%s: %d %s", request, answer.Code, answer.Body)
		}
	}
}

func TestBounds(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer api.Close()
	h := handler(t, api.URL)

	large := strings.Repeat("x", 64<<10)
	for _, c := range []struct {
		request, body string
		want          int
	}{
		{"POST /api/positions", large, http.StatusOK},
		{"POST /api/positions", large + "x", http.StatusRequestEntityTooLarge},
		{"GET /api/positions?q=" + large[:2046], "", http.StatusOK},
		{"GET /api/positions?q=" + large[:2047], "", http.StatusRequestURITooLong},
		{"GET /?q=" + large[:2047], "", http.StatusRequestURITooLong},
	} {
		if answer := send(h, c.request, c.body); answer.Code != c.want {
			t.Errorf("%.30s with %d bytes: %d %s", c.request, len(c.body), answer.Code, answer.Body)
		}
	}
}
