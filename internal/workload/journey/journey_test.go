// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package journey_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/healthcheck"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/journey"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func TestMain(m *testing.M) {
	cache.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// tracker is a whole tracker: a frontend, its API, and the API's dependencies.
type tracker struct {
	frontend *frontend.Frontend
	postgres *testservers.Postgres
	api      string          // its URL
	log      strings.Builder // of the journeys
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func start(t *testing.T) *tracker {
	t.Helper()
	postgres, redis := testservers.StartPostgres(t), testservers.StartRedis(t)
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	service, err := api.New(ctx, config.API{
		Environment: "production", Version: "1.2.3", DatabaseURL: postgres.CreateDatabase(t, "journey"), RedisURL: redis.URL(),
	}, cache.Limits{TTL: eventually, Timeout: eventually}, nil, log)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = service.Run(ctx, listener, 0)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	tracker := &tracker{postgres: postgres, api: "http://" + listener.Addr().String()}
	deadline := time.Now().Add(eventually)
	for healthcheck.Check(ctx, tracker.api+contract.PathReady) != nil {
		if time.Now().After(deadline) {
			t.Fatal("the API is not ready")
		}
	}
	tracker.frontend, err = frontend.New(frontend.Options{APIURL: parse(t, tracker.api), ResponseTimeout: frontend.ResponseTimeout, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return tracker
}

// run runs the journey NAME through a handler that stands before the frontend.
func (w *tracker) run(t *testing.T, name string, through func(http.ResponseWriter, *http.Request)) error {
	t.Helper()
	served := httptest.NewServer(http.HandlerFunc(through))
	defer served.Close()
	return journey.Run(t.Context(), journey.Options{
		Frontend: parse(t, served.URL), Name: name, Log: slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &w.log), nil)),
	})
}

// request sends a request to the API as another client than a journey.
func (w *tracker) request(t *testing.T, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.api+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// rest is what the tracker holds: the numbers of its interviews, users and positions.
func (w *tracker) rest(t *testing.T) string {
	t.Helper()
	var totals []string
	for _, collection := range []string{"interviews", "users", "positions"} {
		list := w.request(t, http.MethodGet, "/"+collection+"?limit=1", "")
		totals = append(totals, collection+list[strings.LastIndex(list, ":"):])
	}
	return strings.Join(totals, " ")
}

const (
	nothing = "interviews:0} users:0} positions:0}"
	others  = "interviews:1} users:1} positions:1}"
)

// businessMetrics are the series that count users and what they do, of which requests that journeys send
// must change none.
func (w *tracker) businessMetrics(t *testing.T) map[string]float64 {
	t.Helper()
	recorder := httptest.NewRecorder()
	w.frontend.Metrics.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, contract.PathMetrics, http.NoBody))
	all := metricstest.Parse(t, w.request(t, http.MethodGet, contract.PathMetrics, ""))
	all["active_users"] = metricstest.Parse(t, recorder.Body.String())["active_users"]
	maps.DeleteFunc(all, func(series string, _ float64) bool {
		return !slices.ContainsFunc([]string{
			"positions_created_total", "interviews_scheduled_total", "users_registered_total", "feature_uses_total{", "active_users",
		}, func(prefix string) bool { return strings.HasPrefix(series, prefix) })
	})
	return all
}

// A journey passes, leaves nothing, removes what an earlier run of its own has left and nothing
// else, and counts in no business metric.
func TestJourney(t *testing.T) {
	w := start(t)
	before := w.businessMetrics(t)
	if len(before) < 5 || before["active_users"] != 0 {
		t.Fatalf("business metrics: %v", before)
	}
	requests := 0
	if err := w.run(t, "hiring", func(rw http.ResponseWriter, r *http.Request) {
		requests++
		if r.Header.Get(contract.HeaderJourney) != "hiring" {
			t.Errorf("%s %s has no mark", r.Method, r.URL)
		}
		w.frontend.Public.ServeHTTP(rw, r)
	}); err != nil {
		t.Fatal(err)
	}
	if requests < 10 {
		t.Errorf("%d requests", requests)
	}
	if diff := cmp.Diff(before, w.businessMetrics(t)); diff != "" {
		t.Errorf("business metrics (-before +after):\n%s", diff)
	}
	if rest := w.rest(t); rest != nothing {
		t.Errorf("it leaves %s", rest)
	}

	t.Run("what a run has left", func(t *testing.T) {
		// The frontend dies after the interview is scheduled.
		gone := false
		err := w.run(t, "hiring", func(rw http.ResponseWriter, r *http.Request) {
			if gone {
				panic(http.ErrAbortHandler)
			}
			w.frontend.Public.ServeHTTP(rw, r)
			gone = r.Method == http.MethodPost && r.URL.Path == "/api/interviews"
		})
		if err == nil || !strings.HasPrefix(err.Error(), `step "find the position": GET /positions/{id}: `) {
			t.Fatalf("error %v", err)
		}
		if rest := w.rest(t); rest != others {
			t.Fatalf("it leaves %s", rest)
		}
		// Neither another journey nor one whose name is a part of this one's removes it.
		for _, other := range []string{"evening", "iring", "hiring-2"} {
			if err := w.run(t, other, w.frontend.Public.ServeHTTP); err != nil {
				t.Error(err)
			}
		}
		if rest := w.rest(t); rest != others {
			t.Errorf("other journeys leave %s", rest)
		}
		w.age(t, "interviews", "users", "positions")
		w.request(t, http.MethodPost, "/positions", `{"title":"SRE","description":"see journey hiring: 12345678"}`)
		w.request(t, http.MethodPost, "/users", `{"name":"journey hiring: Ada","email":"ada@example.com"}`)
		if err := w.run(t, "hiring", w.frontend.Public.ServeHTTP); err != nil {
			t.Error(err)
		}
		if rest := w.rest(t); rest != "interviews:0} users:1} positions:1}" {
			t.Errorf("the next run leaves %s", rest)
		}
		w.request(t, http.MethodDelete, "/users/"+lastID(t, w.request(t, http.MethodGet, "/users", "")), "")
		w.request(t, http.MethodDelete, "/positions/"+lastID(t, w.request(t, http.MethodGet, "/positions", "")), "")
	})

	// Each step can fail: its name and what answered are reported, and what there is is removed.
	for request, want := range map[string]string{
		"GET /positions/new":     `step "add a position": GET /positions/new answered 503 Service Unavailable`,
		"POST /api/positions":    `step "add a position": POST /api/positions answered 503 Service Unavailable: the database is not available`,
		"POST /api/users":        `step "register a user": POST /api/users answered 503 Service Unavailable: the database is not available`,
		"GET /interviews/new":    `step "schedule an interview": GET /interviews/new answered 503 Service Unavailable`,
		"POST /api/interviews":   `step "schedule an interview": POST /api/interviews answered 503 Service Unavailable: the database is not available`,
		"GET /positions/":        `step "find the position": GET /positions/{id} answered 503 Service Unavailable`,
		"GET /interviews":        `step "find the interview": GET /interviews answered 503 Service Unavailable`,
		"GET /api/interviews/":   `step "find the interview": GET /api/interviews/{id} answered 503 Service Unavailable: the database is not available`,
		"DELETE /api/interviews": `step "remove the interview": DELETE /api/interviews/{id} answered 503 Service Unavailable: the database is not available`,
		"DELETE /api/users":      `step "remove the user": DELETE /api/users/{id} answered 503 Service Unavailable: the database is not available`,
		"GET /api/users":         `step "find the user": GET /api/users answered 503 Service Unavailable: the database is not available`,
	} {
		t.Run(request, func(t *testing.T) {
			failed := false
			err := w.run(t, "hiring", func(rw http.ResponseWriter, r *http.Request) {
				what := r.Method + " " + r.URL.Path
				hit := what == request || strings.HasSuffix(request, "/") && strings.HasPrefix(what, request) && what != request+"new" ||
					strings.HasPrefix(request, "DELETE") && strings.HasPrefix(what, request)
				leftover := strings.HasPrefix(r.URL.Query().Get("q"), "journey ")
				if !hit || failed || leftover {
					w.frontend.Public.ServeHTTP(rw, r)
					return
				}
				failed = true
				rw.WriteHeader(http.StatusServiceUnavailable)
				if strings.Contains(r.URL.Path, "/api/") {
					_, _ = io.WriteString(rw, `{"error":"the database\n is not available"}`)
				}
			})
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
			if rest := w.rest(t); rest != nothing {
				t.Errorf("it leaves %s", rest)
			}
		})
	}

	t.Run("the database is stopped", func(t *testing.T) {
		w.postgres.Kill()
		err := w.run(t, "hiring", w.frontend.Public.ServeHTTP)
		want := `step "add a position": POST /api/positions answered 503 Service Unavailable: the database is not available`
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	})
}

// lastID is the first ID of a list: that of the newest record.
func lastID(t *testing.T, list string) string {
	t.Helper()
	_, rest, _ := strings.Cut(list, `"id":`)
	id, _, found := strings.Cut(rest, ",")
	if !found {
		t.Fatalf("no ID in %s", list)
	}
	return id
}

// What has been created is removed although the journey is ended, and a frontend that doesn't answer
// costs no more than the time of a journey.
func TestJourneyIsEnded(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	var removed []string
	served := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch what := r.Method + " " + r.URL.Path; {
		case r.Method == http.MethodDelete:
			removed = append(removed, r.URL.Path)
			rw.WriteHeader(http.StatusNoContent)
		case r.Method == http.MethodPost && what == "POST /api/positions":
			rw.WriteHeader(http.StatusCreated)
			content, _ := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(rw, `{"id":7,%s`, string(content)[1:])
		case r.URL.Path == "/users/new":
			end()
			<-r.Context().Done()
		case strings.HasPrefix(r.URL.Path, "/api/"):
			// Another application's, which may still be in use.
			_, _ = io.WriteString(rw, `{"items":[{"id":8,"title":"journey hiring: 12345678"}]}`)
		default:
			_, _ = io.WriteString(rw, `data-path="/api/positions"`)
		}
	}))
	defer served.Close()
	err := journey.Run(ctx, journey.Options{Frontend: parse(t, served.URL), Name: "hiring", Log: slog.New(slog.DiscardHandler)})
	if err == nil || err.Error() != `step "register a user": GET /users/new: no answer before the journey was ended` {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(removed, []string{"/api/positions/7"}) {
		t.Errorf("removed %q", removed)
	}
}

// Whoever sends the header of journeys reaches no other user than those of journeys, and is not
// seen to have asked for the header to be dropped on the way to the API.
func TestForgedMark(t *testing.T) {
	w := start(t)
	w.request(t, http.MethodPost, "/users", `{"name":"Ada","email":"ada@example.com"}`)
	w.request(t, http.MethodPost, "/users", `{"name":"journey","email":"journey+a+1@journey.invalid"}`)
	w.request(t, http.MethodGet, "/users", "") // Cached, if it is.
	for _, connection := range []string{"", contract.HeaderJourney} {
		for _, request := range []struct{ method, path, want string }{
			{http.MethodGet, "/api/users", `"total":1}`},
			{http.MethodGet, "/api/users?q=ada", `"total":0}`},
			{http.MethodDelete, "/api/users/1", `{"error":"there is no such user"}`},
		} {
			r := httptest.NewRequest(request.method, request.path, http.NoBody)
			r.Header.Set(contract.HeaderJourney, "forged")
			if connection != "" {
				r.Header.Set("Connection", connection)
			}
			recorder := httptest.NewRecorder()
			w.frontend.Public.ServeHTTP(recorder, r)
			if got := recorder.Body.String(); !strings.Contains(got, request.want) || strings.Contains(got, "ada@") {
				t.Errorf("Connection %q, %s %s: %s", connection, request.method, request.path, got)
			}
		}
	}
	if list := w.request(t, http.MethodGet, "/users", ""); !strings.Contains(list, `"total":2}`) {
		t.Errorf("other clients list %s", list)
	}
}
