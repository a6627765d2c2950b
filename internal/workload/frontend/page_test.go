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
	"sync"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// api responds to known paths, and remembers the requests.
type api struct {
	responses map[string]string

	mu       sync.Mutex
	requests []string
	strange  []string // without the headers of the frontend
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sent := r.Method + " " + r.RequestURI
	if purpose := r.Header.Get(contract.HeaderFrontend); purpose != "page" {
		sent = purpose + " " + sent
	}
	a.requests = append(a.requests, sent)
	if r.Header.Get(contract.HeaderFrontend) == "" || r.Header.Get("X-Forwarded-For") != "192.0.2.1" {
		a.strange = append(a.strange, r.RequestURI)
	}
	response, ok := a.responses[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		response = `{"error": "there is no such thing"}`
	}
	_, _ = io.WriteString(w, response)
}

const (
	positions  = `{"items": [{"id": 7, "title": "Cook <b>", "description": "Fish\n& chips", "created_at": "2026-01-02T03:04:05Z"}], "total": %d}`
	interviews = `{"items": [
		{"id": 3, "position_id": 7, "position_title": "Cook <b>", "candidate": "Ada", "scheduled_at": "2026-05-06T07:08:00Z"},
		{"id": 4, "position_id": 7, "position_title": "Cook <b>", "candidate": "Bob", "scheduled_at": "2026-05-06T09:08:00+02:00"}], "total": 2}`
	onePosition  = `{"id": 7, "title": "Cook <b>", "description": "Fish\n& chips", "created_at": "2026-01-02T03:04:05Z"}`
	oneInterview = `{"id": 3, "position_id": 7, "position_title": "Cook <b>", "candidate": "Ada", "scheduled_at": "2026-05-06T07:08:00Z"}`
)

func TestPages(t *testing.T) {
	usual := map[string]string{
		"/positions": fmt.Sprintf(positions, 41), "/positions/7": onePosition,
		"/interviews": interviews, "/interviews/3": oneInterview,
	}
	from := `from=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ&`
	for name, c := range map[string]struct {
		path      string
		responses map[string]string
		status    int
		requests  []string // patterns of the requests to the API
		has       []string
		hasNot    string
	}{
		"positions": {
			path: "/", responses: usual, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=0`},
			has: []string{
				`<h1>Positions</h1>`, `Cook &lt;b&gt;`, "Fish\n&amp; chips", `2 January 2026, 03:04 UTC`, `href="/positions/7"`,
				`Page 1 of 3`, `href="/?page=2"`, `href="/" aria-current="page"`,
			},
			hasNot: "Previous page",
		},
		"search, in the middle": {
			path: "/?q=a%26b&page=2", responses: usual, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=20&q=a%26b`},
			has:      []string{`value="a&amp;b"`, `href="/?page=1&amp;q=a%26b"`, `href="/?page=3&amp;q=a%26b"`},
		},
		"beyond the last page": {
			path: "/?page=9", responses: usual, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=160`, `GET /positions\?limit=20&offset=40`},
			has:      []string{`Page 3 of 3`}, hasNot: "Next page",
		},
		"no number of a page": {
			path: "/?page=x", responses: usual, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=0`}, has: []string{`Page 1 of 3`},
		},
		"no positions": {
			path: "/", responses: map[string]string{"/positions": `{"items": [], "total": 0}`}, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=0`}, has: []string{`There are no positions yet`},
		},
		"nothing found": {
			path: "/?q=x", responses: map[string]string{"/positions": `{"items": [], "total": 0}`}, status: http.StatusOK,
			requests: []string{`GET /positions\?limit=20&offset=0&q=x`}, has: []string{`No position matches “x”`},
		},
		"a new position": {path: "/positions/new", status: http.StatusOK, has: []string{`data-method="POST" data-path="/api/positions"`}},
		"a position": {
			path: "/positions/7", responses: usual, status: http.StatusOK, requests: []string{`GET /positions/7`},
			has: []string{`data-method="PATCH" data-path="/api/positions/7"`, `value="Cook &lt;b&gt;"`, "Fish\n&amp; chips</textarea>"},
		},
		"an unknown position": {
			path: "/positions/8", responses: usual, status: http.StatusNotFound, requests: []string{`GET /positions/8`},
			has: []string{`<h1>Not found</h1>`, `there is no such thing`},
		},
		"no position": {path: "/positions/%2e%2e%2fusers", responses: usual, status: http.StatusNotFound, has: []string{`<h1>Not found</h1>`}},
		"upcoming interviews": {
			path: "/interviews", responses: usual, status: http.StatusOK,
			requests: []string{`GET /interviews\?` + from + `limit=20&offset=0`},
			has:      []string{`<h2>Ada</h2>`, `<h2>Bob</h2>`, `For Cook &lt;b&gt;`, `6 May 2026, 07:08 UTC`, `2 upcoming interviews`},
		},
		"a position's interviews": {
			path: "/interviews?past=1&position_id=7&q=d", responses: usual, status: http.StatusOK,
			requests: []string{`GET /interviews\?limit=20&offset=0&position_id=7&q=d`},
			has:      []string{`name="position_id" value="7"`, `checked`, `href="/interviews/new?position_id=7"`},
		},
		"a new interview": {
			path: "/interviews/new?position_id=7", responses: usual, status: http.StatusOK,
			requests: []string{`lookup GET /positions\?limit=100`},
			has:      []string{`data-method="POST" data-path="/api/interviews"`, `max="9999-12-30T00:00"`, `<option value="7" selected>Cook &lt;b&gt;</option>`},
			hasNot:   "These are the newest",
		},
		"an interview of an old position": {
			path: "/interviews/3", status: http.StatusOK,
			responses: map[string]string{
				"/interviews/3": oneInterview, "/positions/7": onePosition,
				"/positions": `{"items": [{"id": 207, "title": "Baker"}], "total": 101}`,
			},
			requests: []string{`GET /interviews/3`, `lookup GET /positions\?limit=100`, `lookup GET /positions/7`},
			has: []string{
				`data-method="PATCH" data-path="/api/interviews/3"`, `<option value="207">Baker</option>`,
				`<option value="7" selected>Cook`, `value="2026-05-06T07:08"`, `These are the newest`,
			},
		},
		"an interview without positions": {
			path: "/interviews/new", responses: map[string]string{"/positions": `{"items": [], "total": 0}`}, status: http.StatusOK,
			requests: []string{`lookup GET /positions\?limit=100`}, has: []string{`there is none yet`},
		},
		"a new user": {path: "/users/new", status: http.StatusOK, has: []string{`data-method="POST" data-path="/api/users"`}},
		"users":      {path: "/users", status: http.StatusNotFound},
		"no JSON": {
			path: "/", responses: map[string]string{"/positions": `<html>`}, status: http.StatusBadGateway,
			requests: []string{`GET /positions\?limit=20&offset=0`}, has: []string{`Not available at the moment`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &api{responses: c.responses}
			server := httptest.NewServer(fake)
			defer server.Close()
			answer := get(handler(t, server.URL), c.path)
			body := answer.Body.String()
			if answer.Code != c.status {
				t.Errorf("got %d\n%s", answer.Code, body)
			}
			requests, want := strings.Join(fake.requests, "\n"), strings.Join(c.requests, "\n")
			if !regexp.MustCompile(`^` + want + `$`).MatchString(requests) {
				t.Errorf("requested\n%s\nnot\n%s", requests, want)
			}
			if len(fake.strange) > 0 {
				t.Errorf("the API can't tell that the frontend requested %v", fake.strange)
			}
			for _, text := range c.has {
				if !strings.Contains(body, text) {
					t.Errorf("%q is missing in\n%s", text, body)
				}
			}
			if c.hasNot != "" && strings.Contains(body, c.hasNot) {
				t.Errorf("%q is in\n%s", c.hasNot, body)
			}
		})
	}
}

// While the API fails, a page says so: with a status of its own, and never as an empty list.
func TestPagesWithoutAPI(t *testing.T) {
	for status, want := range map[int]int{
		http.StatusInternalServerError: http.StatusInternalServerError,
		http.StatusServiceUnavailable:  http.StatusServiceUnavailable,
		http.StatusFound:               http.StatusBadGateway,
		0:                              http.StatusBadGateway, // It does not run.
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
		}))
		if status == 0 {
			server.Close()
		}
		h := handler(t, server.URL)
		for _, path := range []string{"/?q=x", "/positions/7", "/interviews", "/interviews/new", "/interviews/3"} {
			answer := get(h, path)
			if answer.Code != want || !strings.Contains(answer.Body.String(), `<a class="button" href="`+path+`">Try again</a>`) ||
				answer.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s with %d of the API: %d\n%s", path, status, answer.Code, answer.Body)
			}
		}
		server.Close()
	}
}
