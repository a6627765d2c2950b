// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
)

// detailed is a response of the API with the JSON of its database and its Redis.
func detailed(status, database, redis string) string {
	return fmt.Sprintf(`{"status": %q, "timestamp": "2026-01-02T03:04:05Z", "version": "7.7.7", "environment": "secret-environment",
		"dependencies": {"database": %s, "redis": %s}, "metrics": {"uptime_seconds": 4242}}`, status, database, redis)
}

const (
	healthy  = `{"status": "healthy", "response_time_ms": 4242, "last_check": "2026-01-02T03:04:05Z"}`
	timedOut = `{"status": "unhealthy", "error": "timeout", "response_time_ms": 2000, "last_check": "2026-01-02T03:04:05Z"}`
	readOnly = `{"status": "unhealthy", "error": "read_only", "response_time_ms": 4, "last_check": "2026-01-02T03:04:05Z"}`
)

// What the page says of the whole, the API, the database and the cache.
var (
	allWorks = []string{"✓ Everything works.", "✓ Works", "✓ Works", "✓ Works"}
	noAPI    = []string{"✕ Positions and interviews can’t be opened at the moment.", "✕ Does not respond", "? Not known", "? Not known"}
	strange  = []string{"? Positions and interviews may not open at the moment.", "✕ Does not work properly", "? Not known", "? Not known"}
)

func TestStatus(t *testing.T) {
	hostile := `hunter2 <script>alert("hunter2")</script> postgres://user:hunter2@10.1.2.3:5432/db`
	for name, c := range map[string]struct {
		code int
		body string
		want []string
	}{
		"all works": {http.StatusOK, detailed("healthy", healthy, healthy), allWorks},
		"the database is down": {
			http.StatusServiceUnavailable, detailed("unhealthy", timedOut, healthy),
			[]string{"✕ Positions and interviews can’t be opened at the moment.", "✓ Works", "✕ Does not work", "✓ Works"},
		},
		"the database is read-only": {
			http.StatusServiceUnavailable, detailed("unhealthy", readOnly, healthy),
			[]string{"! Positions and interviews can be opened, but not changed at the moment.", "✓ Works", "! Can be read, but not changed", "✓ Works"},
		},
		"the cache is down": {
			http.StatusServiceUnavailable, detailed("unhealthy", healthy, timedOut),
			[]string{"! Positions and interviews can be used, but may open slowly at the moment.", "✓ Works", "✓ Works", "✕ Does not work"},
		},
		"both are down": {
			http.StatusServiceUnavailable, detailed("unhealthy", timedOut, timedOut),
			[]string{"✕ Positions and interviews can’t be opened at the moment.", "✓ Works", "✕ Does not work", "✕ Does not work"},
		},
		"something else does not work": {
			http.StatusServiceUnavailable, detailed("unhealthy", healthy, healthy),
			[]string{"? Positions and interviews may not open at the moment.", "✓ Works", "✓ Works", "✓ Works"},
		},
		"the database is not mentioned": {
			http.StatusOK, `{"status": "healthy", "dependencies": {"redis": {"status": "healthy"}}}`,
			[]string{"? Positions and interviews may not open at the moment.", "✓ Works", "? Not known", "✓ Works"},
		},
		"unknown statuses": {
			http.StatusOK, detailed("healthy", `{"status": "Healthy!"}`, `{}`),
			[]string{"? Positions and interviews may not open at the moment.", "✓ Works", "? Not known", "? Not known"},
		},
		"hostile strings": {
			http.StatusServiceUnavailable,
			detailed("unhealthy", fmt.Sprintf(`{"status": "unhealthy", "error": %q}`, hostile), fmt.Sprintf(`{"status": %q, %q: 1}`, hostile, hostile)),
			[]string{"✕ Positions and interviews can’t be opened at the moment.", "✓ Works", "✕ Does not work", "? Not known"},
		},
		"a hostile status":  {http.StatusOK, detailed(hostile, healthy, healthy), strange},
		"a hostile text":    {http.StatusInternalServerError, hostile, strange},
		"an error":          {http.StatusNotFound, `{"error": "hunter2"}`, strange},
		"no object":         {http.StatusOK, `["hunter2"]`, strange},
		"null":              {http.StatusOK, `null`, strange},
		"another type":      {http.StatusOK, detailed("healthy", `"hunter2"`, healthy), strange},
		"more than JSON":    {http.StatusOK, detailed("healthy", healthy, healthy) + "hunter2", strange},
		"a redirect":        {http.StatusFound, ``, strange},
		"a huge answer":     {http.StatusOK, strings.Repeat(" ", 1<<20) + detailed("healthy", healthy, healthy), strange},
		"a huge status":     {http.StatusOK, detailed(strings.Repeat("x", 1<<20), healthy, healthy), strange},
		"a deep answer":     {http.StatusOK, strings.Repeat(`{"status":`, 6000), strange},
		"nothing but a key": {http.StatusOK, `{"status": "heal`, strange},
	} {
		t.Run(name, func(t *testing.T) {
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.RequestURI != contract.PathDetailed || r.Header.Get(contract.HeaderFrontend) != contract.FrontendLookup {
					t.Errorf("requested %s with %v", r.RequestURI, r.Header)
				}
				w.Header().Set("X-Hostile", "hunter2")
				w.WriteHeader(c.code)
				_, _ = io.WriteString(w, c.body)
			}))
			defer api.Close()
			shows(t, get(handler(t, api.URL), "/status"), c.want)
		})
	}
}

// The page is there while the API is not.
func TestStatusWithoutAPI(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}))
	defer silent.Close()
	dripping := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"status": "healthy"`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer dripping.Close()
	for name, url := range map[string]string{"gone": gone.URL, "silent": silent.URL, "dripping": dripping.URL} {
		t.Run(name, func(t *testing.T) {
			shows(t, get(start(t, url, 50*time.Millisecond).Public, "/status"), noAPI)
		})
	}
}

// Each page but the status itself leads to it, above all the one that says that nothing can be shown.
func TestStatusIsLinked(t *testing.T) {
	h := start(t, "http://127.0.0.1:1", frontend.ResponseTimeout).Public
	for _, path := range []string{"/", "/positions/new", "/interviews", "/offline"} {
		if answer := get(h, path); !strings.Contains(answer.Body.String(), `<a href="/status">`) {
			t.Errorf("%s does not lead to the status:\n%s", path, answer.Body)
		}
	}
}

// shows reports a difference between what the page says and what it should, and anything internal in it.
func shows(t *testing.T, answer *httptest.ResponseRecorder, want []string) {
	t.Helper()
	body := answer.Body.String()
	header := answer.Header()
	if answer.Code != http.StatusOK || header.Get("Cache-Control") != "public, max-age=5" ||
		!strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'self'; ") {
		t.Errorf("got %d %v", answer.Code, header)
	}
	var got []string
	for _, said := range regexp.MustCompile(`<p class="(?:whole|verdict) \w+">(.*?)</p>`).FindAllStringSubmatch(body, -1) {
		got = append(got, regexp.MustCompile(`<[^>]*>`).ReplaceAllString(said[1], ""))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the page says (-want +got):\n%s\n%s", diff, body)
	}
	checked := regexp.MustCompile(`Checked on (.* UTC)\.`).FindStringSubmatch(strings.ReplaceAll(body, "&nbsp;", " "))
	if len(checked) == 0 {
		t.Fatalf("no time in\n%s", body)
	}
	if at, err := time.Parse("2 January 2006, 15:04:05 MST", checked[1]); err != nil || time.Since(at) > time.Minute {
		t.Errorf("checked at %s, %v", checked[1], err)
	}
	if !strings.Contains(body, `<meta http-equiv="refresh" content="30">`) {
		t.Error("the page does not refresh itself")
	}
	for _, internal := range []string{"hunter2", "7.7.7", "secret-environment", "4242", "127.0.0.1", "timeout", "read_only", "redis", "healthy"} {
		if said := body + fmt.Sprint(header); strings.Contains(said, internal) {
			t.Errorf("%q is in\n%s", internal, said)
		}
	}
}
