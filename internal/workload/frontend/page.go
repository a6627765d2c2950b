// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

const (
	pageSize   = 20
	maxPage    = 100_000
	maxChoices = 100 // positions to choose from: the longest list of the API
)

// position is a position as the API responds with it.
type position struct {
	ID          int64     `json:"id"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	CreatedAt   time.Time `json:"created_at"`
}

// interview is an interview as the API responds with it.
type interview struct {
	ID            int64     `json:"id"`
	PositionID    int64     `json:"position_id"`
	PositionTitle string    `json:"position_title"`
	Candidate     string    `json:"candidate"`
	ScheduledAt   time.Time `json:"scheduled_at"`
}

// list is a page of a list of the API.
type list[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`

	Page, Pages    int    `json:"-"`
	Previous, Next string `json:"-"` // URLs
}

// view is what the templates show.
type view struct {
	Template string
	Title    string
	Section  string // the path of the current entry of the navigation
	Query    string
	Data     any
	// Refresh makes the browser load the page again after a while.
	Refresh bool
	// CacheControl is the header of that name, by default no-store.
	CacheControl string

	Version string
	// RUM makes the page report; nil if it does not.
	RUM *reporting
}

// pages renders the pages, which work without JavaScript as far as they only show what there is.
type pages struct {
	api       *client
	lookups   *client       // for what a page needs besides what the user has asked for
	timeout   time.Duration // of all requests to the API for a page
	version   string
	status    *statusPage
	users     *realUsers // nil if pages don't report
	templates map[string]*template.Template
	log       *slog.Logger
}

func newPages(api client, timeout time.Duration, version string, log *slog.Logger) (*pages, error) {
	lookups := api
	lookups.purpose = contract.FrontendLookup
	p := &pages{
		api: &api, lookups: &lookups, timeout: timeout, version: version,
		status: newStatusPage(&lookups, timeout, log), templates: map[string]*template.Template{}, log: log,
	}
	for _, name := range []string{"positions", "position", "interviews", "interview", "user", "status", "failure", "offline"} {
		parsed, err := template.ParseFS(embedded, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parsing the page %s: %w", name, err)
		}
		p.templates[name] = parsed
	}
	return p, nil
}

// routes are the pages by their patterns.
func (p *pages) routes() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /{$}":                   p.handler(p.positions),
		"GET /positions/new":         p.handler(p.newPosition),
		"GET /positions/{id}":        p.handler(p.position),
		"GET /interviews":            p.handler(p.interviews),
		"GET /interviews/new":        p.handler(p.newInterview),
		"GET /interviews/{id}":       p.handler(p.interview),
		"GET /users/new":             p.handler(p.newUser),
		"GET " + contract.PathStatus: p.handler(p.status.page),
		"GET " + pathOffline:         p.handler(p.offline),
	}
}

// reporting are the routes of the pages that report to contract.PathRUM: those that a tab loads again and
// again are none that a user waits for.
func (p *pages) reporting() []string {
	var routes []string
	for pattern := range p.routes() {
		if route := server.Endpoint(pattern); route != contract.PathStatus && route != pathOffline {
			routes = append(routes, route)
		}
	}
	return routes
}

// handler responds with the page, or with a page about the error.
func (p *pages) handler(page func(*http.Request) (view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), p.timeout)
		defer cancel()
		status := http.StatusOK
		shown, err := page(r.WithContext(ctx))
		if err != nil {
			var message string
			status, message = failure(r, err)
			if status >= http.StatusInternalServerError {
				p.log.WarnContext(r.Context(), "the page can't be shown", "path", r.URL.Path, "exception", err)
				trace.SpanFromContext(r.Context()).RecordError(err)
			}
			shown = failurePage(r, status, message)
		}
		shown.Version = p.version
		shown.RUM = p.users.of(r)
		var body bytes.Buffer
		if err := p.templates[shown.Template].ExecuteTemplate(&body, "layout.html", shown); err != nil {
			p.log.ErrorContext(r.Context(), "rendering a page failed", "path", r.URL.Path, "exception", err)
			trace.SpanFromContext(r.Context()).RecordError(err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", contentTypes[".html"])
		w.Header().Set("Cache-Control", cmp.Or(shown.CacheControl, "no-store"))
		w.WriteHeader(status)
		_, _ = w.Write(body.Bytes()) // An error means that the client has gone.
	})
}

func failurePage(r *http.Request, status int, message string) view {
	shown := view{Template: "failure", Title: "This can’t be shown", Data: struct {
		Unavailable  bool
		URL, Message string
	}{status >= http.StatusInternalServerError, r.URL.RequestURI(), message}}
	switch {
	case status == http.StatusNotFound:
		shown.Title = "Not found"
	case status >= http.StatusInternalServerError:
		shown.Title = "Not available at the moment"
	}
	return shown
}

func (p *pages) positions(r *http.Request) (view, error) {
	q := r.FormValue("q")
	query := url.Values{}
	limitTo(query, "q", q)
	found, err := readList[position](p.api, r, "positions", query)
	return view{Template: "positions", Title: "Positions", Section: "/", Query: q, Data: found}, err
}

func (p *pages) newPosition(*http.Request) (view, error) {
	return view{Template: "position", Title: "Add a position", Section: "/", Data: position{}}, nil
}

func (p *pages) position(r *http.Request) (view, error) {
	shown, err := readOne[position](p.api, r, "positions", r.PathValue("id"))
	return view{Template: "position", Title: "Edit position", Section: "/", Data: shown}, err
}

// interviews are those to come, unless the user asks for the past ones, too.
func (p *pages) interviews(r *http.Request) (view, error) {
	q, past, positionID := r.FormValue("q"), r.FormValue("past") != "", r.FormValue("position_id")
	query := url.Values{}
	limitTo(query, "q", q)
	limitTo(query, "position_id", positionID)
	if !past {
		query.Set("from", time.Now().UTC().Format(time.RFC3339))
	}
	found, err := readList[interview](p.api, r, "interviews", query)
	return view{Template: "interviews", Title: "Interviews", Section: "/interviews", Query: q, Data: struct {
		list[interview]
		Past       bool
		PositionID string
	}{found, past, positionID}}, err
}

func (p *pages) newInterview(r *http.Request) (view, error) {
	id, _ := strconv.ParseInt(r.FormValue("position_id"), 10, 64) // Without one, the user chooses.
	return p.interviewForm(r, "Schedule an interview", interview{PositionID: id})
}

func (p *pages) interview(r *http.Request) (view, error) {
	shown, err := readOne[interview](p.api, r, "interviews", r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	return p.interviewForm(r, "Edit interview", shown)
}

// interviewForm offers the newest positions, and that of the interview if it is older.
func (p *pages) interviewForm(r *http.Request, title string, shown interview) (view, error) {
	var choices list[position]
	if err := p.lookups.get(r, "positions", url.Values{"limit": {strconv.Itoa(maxChoices)}}, &choices); err != nil {
		return view{}, err
	}
	chosen := func(choice position) bool { return choice.ID == shown.PositionID }
	if shown.PositionID != 0 && !slices.ContainsFunc(choices.Items, chosen) {
		older, err := readOne[position](p.lookups, r, "positions", strconv.FormatInt(shown.PositionID, 10))
		if err != nil {
			return view{}, err
		}
		choices.Items = append(choices.Items, older)
	}
	return view{Template: "interview", Title: title, Section: "/interviews", Data: struct {
		interview
		Choices []position
		More    bool
	}{shown, choices.Items, choices.Total > maxChoices}}, nil
}

func (p *pages) newUser(*http.Request) (view, error) {
	return view{Template: "user", Title: "Register a user", Section: "/users/new"}, nil
}

func (p *pages) offline(*http.Request) (view, error) {
	return view{Template: "offline", Title: "You are offline", Refresh: true}, nil
}

// readOne reads an item of a collection by its ID.
func readOne[T any](api *client, r *http.Request, collection, id string) (item T, err error) {
	if !validID(id) {
		return item, &apiError{status: http.StatusNotFound}
	}
	err = api.get(r, collection+"/"+id, nil, &item)
	return item, err
}

// readList reads the requested page of a collection, or the last one if there are fewer by now.
func readList[T any](api *client, r *http.Request, collection string, query url.Values) (found list[T], err error) {
	page, _ := strconv.Atoi(r.FormValue("page"))
	page = min(max(page, 1), maxPage)
	query.Set("limit", strconv.Itoa(pageSize))
	for {
		query.Set("offset", strconv.Itoa((page-1)*pageSize))
		found = list[T]{}
		if err := api.get(r, collection, query, &found); err != nil {
			return found, err
		}
		found.Page, found.Pages = page, max(1, (found.Total+pageSize-1)/pageSize)
		if page <= found.Pages {
			break
		}
		page = found.Pages
	}
	if page > 1 {
		found.Previous = pageURL(r, page-1)
	}
	if page < found.Pages {
		found.Next = pageURL(r, page+1)
	}
	return found, nil
}

// pageURL is the URL of another page of the same list.
func pageURL(r *http.Request, page int) string {
	query := r.URL.Query()
	query.Set("page", strconv.Itoa(page))
	return r.URL.Path + "?" + query.Encode()
}

// limitTo adds a parameter to a query, unless its value is empty.
func limitTo(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}
