// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// patience is how long one test may take on a busy machine.
const patience = 3 * time.Minute

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, condition func() bool, otherwise func() string) {
	t.Helper()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-deadline:
			t.Fatal(otherwise())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// startAPI serves an API with a Postgres and a Redis of its own until the test ends.
func startAPI(t *testing.T) *url.URL {
	t.Helper()
	postgres, redis := testservers.StartPostgres(t), testservers.StartRedis(t)
	ctx, stop := context.WithCancel(context.Background())
	service, err := api.New(ctx, config.API{
		Environment: "production", Version: "1.0.0", DatabaseURL: postgres.CreateDatabase(t, "browser"), RedisURL: redis.URL(),
	}, cache.Limits{TTL: time.Second, Timeout: patience}, nil, slog.New(slog.DiscardHandler))
	must(t, err)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	must(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- service.Run(ctx, listener, 0) }()
	t.Cleanup(func() {
		stop()
		must(t, <-stopped)
	})
	at := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	waitFor(t, func() bool {
		response, err := http.Get(at.JoinPath(contract.PathReady).String())
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, func() string { return "the API does not become ready" })
	return at
}

// site is a frontend that serves browsers.
type site struct {
	url     string
	metrics http.Handler
	// blocked makes reports fail as behind a firewall: their connections break.
	blocked atomic.Bool

	mu      sync.Mutex
	reports []report
}

// report is a request in which a page reports what it has measured.
type report struct {
	header http.Header
	body   string
}

// startSite serves a frontend of the API until the test ends.
func startSite(t *testing.T, api *url.URL, sampleRatio float64) *site {
	t.Helper()
	f, err := frontend.New(frontend.Options{
		APIURL: api, ResponseTimeout: frontend.ResponseTimeout, RUMSampleRatio: sampleRatio, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	s := &site{metrics: f.Metrics}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == contract.PathRUM && s.blocked.Load() {
			panic(http.ErrAbortHandler)
		}
		if r.URL.Path == contract.PathRUM {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				body = fmt.Appendf(nil, "it can't be read: %v", err)
			}
			s.mu.Lock()
			s.reports = append(s.reports, report{r.Header.Clone(), string(body)})
			s.mu.Unlock()
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		f.Public.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// reported are the reports until now.
func (s *site) reported() []report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reports)
}

// scrape returns the frontend's metrics.
func (s *site) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	recorder := httptest.NewRecorder()
	s.metrics.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, contract.PathMetrics, http.NoBody))
	return metricstest.Parse(t, recorder.Body.String())
}

// browser is a tab of a Chromium, with a profile of its own.
type browser struct {
	ctx context.Context //nolint:containedctx // It is how chromedp names a tab.

	mu       sync.Mutex
	problems []string
}

// startBrowser starts a Chromium, which ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	deadline, stop := context.WithTimeout(context.Background(), patience)
	t.Cleanup(stop)
	tab, end, err := Open(deadline)
	must(t, err)
	t.Cleanup(end)
	b := &browser{ctx: tab}
	go b.listen(chromedp.Console(tab))
	return b
}

// listen collects what a developer would see as an error in the console, until the browser ends. That a request was
// blocked is not the page's doing.
func (b *browser) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for message, err := range messages {
		if err != nil {
			return
		}
		bad := message.Type == chromedp.ConsoleException || message.Type == chromedp.ConsoleError || message.Type == chromedp.ConsoleWarning
		if bad && !strings.HasPrefix(message.Text, "Failed to load resource: net::ERR_BLOCKED") {
			b.mu.Lock()
			b.problems = append(b.problems, message.Text)
			b.mu.Unlock()
		}
	}
}

// run does what a user does.
func (b *browser) run(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatalf("%v; the console has %q", err, b.console())
	}
}

// call makes a step of a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// text returns the text of the page that is open.
func (b *browser) text(t *testing.T) string {
	t.Helper()
	shown, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS("main")))
	must(t, err)
	return shown
}

func (b *browser) console() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.problems)
}
