// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func TestMain(m *testing.M) {
	cache.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// application is a frontend with its API, both of which send traces to a receiver.
type application struct {
	receiver
	api, frontend       string // URLs
	apiLog, frontendLog lines
	close               func() // It sends the last spans, too.
}

// startApplication runs both until close, or the end of the test.
func startApplication(t *testing.T, databaseURL, redisURL string) *application {
	t.Helper()
	a := &application{}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", a.startHTTP(t))
	component := func(service telemetry.Service, log io.Writer) (*slog.Logger, *telemetry.Tracing) {
		logger := config.Log{}.NewLogger(log).With("logger", service.Name)
		return logger, telemetry.Start(t.Context(), service, logger)
	}

	ctx, stop := context.WithCancel(context.Background())
	log, apiTracing := component(telemetry.Service{Name: "tracker-api"}, &a.apiLog)
	service, err := api.New(ctx, config.API{DatabaseURL: databaseURL, RedisURL: redisURL},
		cache.Limits{TTL: eventually, Timeout: eventually}, apiTracing, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = service.Run(ctx, listener, 0)
	}()
	a.api = "http://" + listener.Addr().String()

	apiURL, err := url.Parse(a.api)
	if err != nil {
		t.Fatal(err)
	}
	log, frontendTracing := component(telemetry.Service{Name: "tracker-frontend", Public: true}, &a.frontendLog)
	pages, err := frontend.New(frontend.Options{APIURL: apiURL, ResponseTimeout: eventually, Log: log, Tracing: frontendTracing})
	if err != nil {
		t.Fatal(err)
	}
	public := httptest.NewServer(pages.Public)
	a.frontend = public.URL
	a.close = func() {
		public.Close()
		frontendTracing.CloseWithin(ctx, eventually)
		stop()
		<-ended
		apiTracing.CloseWithin(ctx, eventually)
	}
	t.Cleanup(func() { a.close() })
	return a
}

// do sends a request, and returns the status and the body.
func do(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
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
	return response.StatusCode, string(content)
}

// await requests the path until the response has the status.
func await(t *testing.T, url string, status int) {
	t.Helper()
	deadline := time.Now().Add(eventually)
	for {
		got, body := do(t, http.MethodGet, url, "")
		if got == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still responds %d %s", url, got, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// named are the spans of a component with the name.
func named(spans []span, service, name string) []span {
	var found []span
	for _, s := range spans {
		if s.resource["service.name"] == service && s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// requestLine is the line of a log about the request for the path.
func requestLine(t *testing.T, log, path string) map[string]any {
	t.Helper()
	for line := range strings.Lines(log) {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if got["event"] == "request" && got["path"] == path {
			return got
		}
	}
	t.Fatalf("no request for %s in:\n%s", path, log)
	return nil
}

// A user's request is one trace from the frontend through the API to the SQL and the cache, and
// nothing but users' requests is traced.
func TestOneTrace(t *testing.T) {
	postgres, redis := testservers.StartPostgres(t), testservers.StartRedis(t)
	a := startApplication(t, postgres.CreateDatabase(t, "tracker"), redis.URL())
	await(t, a.api+contract.PathReady, http.StatusOK)
	for _, path := range []string{contract.PathHealth, contract.PathDetailed, contract.PathLive, contract.PathMetrics} {
		do(t, http.MethodGet, a.api+path, "")
	}
	do(t, http.MethodGet, a.frontend+contract.PathHealth, "")
	do(t, http.MethodGet, a.frontend+contract.PathServiceWorker, "")

	if status, body := do(t, http.MethodGet, a.frontend+"/", ""); status != http.StatusOK { // a list that Redis does not have
		t.Fatalf("got %d %s", status, body)
	}
	if status, body := do(t, http.MethodPost, a.frontend+"/api/users", `{"name":"Ada","email":"ada@example.com"}`); status != http.StatusCreated {
		t.Fatalf("got %d %s", status, body)
	}
	if status, body := do(t, http.MethodGet, a.frontend+"/interviews?q=lovelace&past=1", ""); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	if status, body := do(t, http.MethodGet, a.api+"/users/1", ""); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	_, exposition := do(t, http.MethodGet, a.api+contract.PathMetrics, "", "Accept", "application/openmetrics-text; version=1.0.0")
	a.close()

	spans := a.received()
	page := named(spans, "tracker-frontend", "GET /{$}")
	served := named(spans, "tracker-api", "GET /positions")
	if len(page) != 1 || len(served) != 1 {
		t.Fatalf("got %v, %v of %v", page, served, spans)
	}
	root := page[0]
	ids := map[string]span{}
	for _, s := range spans {
		ids[s.id()] = s
	}
	kinds := map[string]bool{} // of the spans in the page's trace
	for _, s := range spans {
		parent, found := ids[s.parent()]
		switch {
		case s.parent() == "" && s.Kind != tracepb.Span_SPAN_KIND_SERVER:
			t.Errorf("%s is a trace of its own", s.Name)
		case s.parent() != "" && (!found || parent.trace() != s.trace()):
			t.Errorf("%s has no parent", s.Name)
		}
		if s.trace() == root.trace() {
			kinds[fmt.Sprintf("%s %s %s", s.resource["service.name"], s.Kind, s.Name)] = true
		}
		if strings.Contains(s.Name+s.attribute("url.path")+s.attribute("url.full"), contract.PathHealth) {
			t.Errorf("a health endpoint is traced: %v", s)
		}
		for _, secret := range []string{"Ada", "ada@example.com", "lovelace", testservers.Password} {
			if strings.Contains(s.String(), secret) {
				t.Errorf("%s contains %q: %v", s.Name, secret, s)
			}
		}
	}
	for _, want := range []string{
		"tracker-frontend SPAN_KIND_SERVER GET /{$}", "tracker-frontend SPAN_KIND_CLIENT GET",
		"tracker-api SPAN_KIND_SERVER GET /positions", "tracker-api SPAN_KIND_CLIENT SELECT", "tracker-api SPAN_KIND_CLIENT get",
	} {
		if !kinds[want] {
			t.Errorf("the page's trace has no %s: %v", want, kinds)
		}
	}
	for _, s := range named(spans, "tracker-api", "SELECT") {
		if !strings.HasPrefix(s.attribute("db.query.text"), "SELECT ") {
			t.Errorf("no statement: %v", s)
		}
	}

	for _, test := range []struct {
		log, path string
		want      span
	}{{a.frontendLog.String(), "/", root}, {a.apiLog.String(), "/positions", served[0]}} {
		if line := requestLine(t, test.log, test.path); line["trace_id"] != test.want.trace() || line["span_id"] != test.want.id() {
			t.Errorf("the line of %s is %v, want %s and %s", test.path, line, test.want.trace(), test.want.id())
		}
	}
	if !strings.Contains(exposition, `# {trace_id="`) || !strings.HasSuffix(exposition, "# EOF\n") ||
		!strings.Contains(exposition, droppedFull+" 0") {
		t.Errorf("no exemplar, or no metrics of telemetry:\n%s", exposition)
	}
}

// What fails is on the span of the request, as it is in the log.
func TestFailures(t *testing.T) {
	dead := fmt.Sprintf("127.0.0.1:%d", testservers.FreePort(t))
	a := startApplication(t, "postgres://tracker:s3cret@"+dead+"/tracker", "redis://:s3cret@"+dead+"/0")
	if status, body := do(t, http.MethodGet, a.frontend+"/positions/7", ""); status != http.StatusServiceUnavailable {
		t.Fatalf("got %d %s", status, body)
	}
	a.close()
	spans := a.received()
	for _, service := range []string{"tracker-frontend", "tracker-api"} {
		failed := named(spans, service, "GET /positions/{id}")
		if len(failed) != 1 {
			t.Fatalf("%s: got %v", service, failed)
		}
		if message, _ := failed[0].exception(); message == "" || failed[0].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
			t.Errorf("%s: got %v", service, failed[0])
		}
	}
	for _, s := range spans {
		if strings.Contains(s.String(), "s3cret") {
			t.Errorf("a span has a password: %v", s)
		}
	}
	line := func(log string) string {
		for line := range strings.Lines(log) {
			if strings.Contains(line, `"exception":`) && strings.Contains(line, `"trace_id":`) {
				return line
			}
		}
		return ""
	}
	if line(a.apiLog.String()) == "" || line(a.frontendLog.String()) == "" {
		t.Errorf("no exception with a trace in:\n%s%s", a.apiLog.String(), a.frontendLog.String())
	}
}

// A component without an endpoint writes no IDs, whatever the request's header says.
func TestNoTrace(t *testing.T) {
	var log bytes.Buffer
	target, err := url.Parse("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := frontend.New(frontend.Options{APIURL: target, ResponseTimeout: eventually, Log: config.Log{}.NewLogger(&log)})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodGet, "/users/new", http.NoBody)
	request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	pages.Public.ServeHTTP(httptest.NewRecorder(), request)
	if line := requestLine(t, log.String(), "/users/new"); line["trace_id"] != nil || line["span_id"] != nil {
		t.Errorf("got %v", line)
	}
}
