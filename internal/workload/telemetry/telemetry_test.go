// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
)

// start sets the variables, whose names it completes, and starts what they ask for. The log is that of the component.
func start(t *testing.T, log io.Writer, env map[string]string) *telemetry.Tracing {
	t.Helper()
	return startService(t, log, telemetry.Service{Name: "tracker-api", Version: "1.2.3"}, env)
}

func startService(t *testing.T, log io.Writer, service telemetry.Service, env map[string]string) *telemetry.Tracing {
	t.Helper()
	for name, value := range env {
		t.Setenv("OTEL_"+name, value)
	}
	tracing := telemetry.Start(t.Context(), service, config.Log{}.NewLogger(log).With("logger", "tracker.api"))
	t.Cleanup(func() { tracing.Close(context.Background()) })
	return tracing
}

// counts are the values of the metrics.
func counts(t *testing.T, tracing *telemetry.Tracing) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(tracing.Metrics()...)
	recorder := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	return metricstest.Parse(t, recorder.Body.String())
}

const (
	droppedFull   = `telemetry_spans_dropped_total{reason="queue_full"}`
	droppedFailed = `telemetry_spans_dropped_total{reason="export_failed"}`
	failures      = "telemetry_export_failures_total"
)

// request sends a request through a traced handler, and returns the status.
func request(handler http.Handler, path string) int { return requestOf(handler, path, "") }

// requestOf sends a request that continues a trace.
func requestOf(handler http.Handler, path, traceparent string) int {
	recorder, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.Header.Set("Traceparent", traceparent)
	handler.ServeHTTP(recorder, r)
	return recorder.Code
}

// traced is a handler of which everything but health is traced.
func traced(tracing *telemetry.Tracing) http.Handler {
	mux := &server.Mux{}
	mux.HandleFunc("GET /positions/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("no luck") })
	return tracing.Handler(server.Observe(server.Recover(slog.New(slog.DiscardHandler), server.JSONErrors(mux))))
}

func TestOff(t *testing.T) {
	var log bytes.Buffer
	tracing := start(t, &log, map[string]string{"EXPORTER_OTLP_ENDPOINT": "", "EXPORTER_OTLP_TRACES_ENDPOINT": ""})
	if tracing != nil || log.Len() > 0 || len(tracing.Metrics()) > 0 {
		t.Errorf("got %v, logged %s", tracing, log.String())
	}
	transport := http.DefaultTransport
	if got := tracing.Transport(transport); got != transport {
		t.Errorf("the transport is %T", got)
	}
	if got := request(traced(tracing), "/positions/7"); got != http.StatusOK {
		t.Errorf("got %d", got)
	}
}

// What is wrong gives one warning, and never an outage.
func TestWrongSettings(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"endpoint":        {"EXPORTER_OTLP_ENDPOINT": "collector:4317"},
		"CA":              {"EXPORTER_OTLP_ENDPOINT": "https://127.0.0.1:1", "EXPORTER_OTLP_CERTIFICATE": "/nowhere/ca.pem"},
		"CA without TLS":  {"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "EXPORTER_OTLP_CERTIFICATE": ""},
		"secret headers":  {"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "EXPORTER_OTLP_HEADERS": "s3cret"},
		"the URL's own":   {"EXPORTER_OTLP_ENDPOINT": "http://user:s3cret@:1"},
		"other protocols": {"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "EXPORTER_OTLP_PROTOCOL": "udp"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "CA without TLS" {
				_, env["EXPORTER_OTLP_CERTIFICATE"] = (&receiver{}).startTLS(t)
			}
			var log bytes.Buffer
			tracing := start(t, &log, env)
			line := log.String()
			if tracing != nil || strings.Count(line, "\n") != 1 || !strings.Contains(line, `"level":"warning","event":"tracing is off"`) {
				t.Errorf("got %v, logged %s", tracing, line)
			}
			if strings.Contains(line, "s3cret") {
				t.Errorf("a secret is logged: %s", line)
			}
			if got := request(traced(tracing), "/positions/7"); got != http.StatusOK {
				t.Errorf("got %d", got)
			}
		})
	}
}

// Each protocol brings the resource and the headers to the endpoint.
func TestProtocols(t *testing.T) {
	for name, serve := range map[string]func(*testing.T, *receiver) map[string]string{
		"grpc": func(t *testing.T, r *receiver) map[string]string {
			return map[string]string{"EXPORTER_OTLP_ENDPOINT": r.startGRPC(t), "EXPORTER_OTLP_PROTOCOL": "grpc"}
		},
		"http/protobuf": func(t *testing.T, r *receiver) map[string]string {
			return map[string]string{"EXPORTER_OTLP_ENDPOINT": r.startHTTP(t), "EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
		},
		"the default over TLS": func(t *testing.T, r *receiver) map[string]string {
			url, ca := r.startTLS(t)
			return map[string]string{"EXPORTER_OTLP_TRACES_ENDPOINT": url + "/v1/traces", "EXPORTER_OTLP_CERTIFICATE": ca}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var (
				received receiver
				log      bytes.Buffer
			)
			env := map[string]string{
				"EXPORTER_OTLP_HEADERS": "api-key=s3%2Fcret",
				"SERVICE_NAME":          "hiring-api",
				"RESOURCE_ATTRIBUTES":   "deployment.environment.name=staging",
			}
			maps.Copy(env, serve(t, &received))
			tracing := start(t, &log, env)
			if got := request(traced(tracing), "/positions/7"); got != http.StatusOK {
				t.Errorf("got %d", got)
			}
			tracing.CloseWithin(t.Context(), eventually)
			spans := received.received()
			if len(spans) != 1 || log.Len() > 0 {
				t.Fatalf("got %d spans, logged %s", len(spans), log.String())
			}
			got := spans[0]
			if got.Name != "GET /positions/{id}" || got.resource["service.name"] != "hiring-api" ||
				got.resource["service.version"] != "1.2.3" || got.resource["deployment.environment.name"] != "staging" {
				t.Errorf("got %s of %v", got.Name, got.resource)
			}
			if len(received.apiKeys) != 1 || received.apiKeys[0] != "s3/cret" {
				t.Errorf("the header is %q", received.apiKeys)
			}
		})
	}
}

func TestTracedPaths(t *testing.T) {
	var received receiver
	tracing := start(t, &bytes.Buffer{}, map[string]string{"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t)})
	handler := traced(tracing)
	for _, path := range []string{
		contract.PathHealth, contract.PathDetailed, contract.PathReady, contract.PathLive, contract.PathMetrics,
		contract.PathRUM, contract.PathServiceWorker,
	} {
		request(handler, path)
	}
	request(handler, "/healthy-restaurants")
	tracing.CloseWithin(t.Context(), eventually)
	if spans := received.received(); len(spans) != 1 || spans[0].attribute("url.path") != "/healthy-restaurants" {
		t.Errorf("got %v", spans)
	}
}

// A request without a trace is sampled as the variables say. The flag of one with a trace counts
// only where no stranger can have set it.
func TestSampler(t *testing.T) {
	const (
		trace             = "0af7651916cd43dd8448eb211c80319c"
		sampled, unwanted = "00-" + trace + "-b7ad6b7169203331-01", "00-" + trace + "-b7ad6b7169203331-00"
		byRatio           = "parentbased_traceidratio"
	)
	for name, test := range map[string]struct {
		sampler, arg     string
		traceparent      string
		internal, public bool // Whether there is a span.
	}{
		"no trace, none":            {byRatio, "0", "", false, false},
		"no trace, all":             {byRatio, "1", "", true, true},
		"sampled, none":             {byRatio, "0", sampled, true, false},
		"sampled, all":              {byRatio, " 1 ", sampled, true, true},
		"not sampled, none":         {byRatio, "0", unwanted, false, false},
		"not sampled, all":          {byRatio, "1", unwanted, false, true},
		"not sampled, by default":   {byRatio, "", unwanted, false, true},
		"not sampled, no variables": {"", "", unwanted, false, true},
		"not sampled, on":           {"parentbased_always_on", "", unwanted, false, true},
		"sampled, off":              {"Parentbased_Always_Off", "", sampled, true, false},
		"sampled, always off":       {"always_off", "", sampled, false, false},
		"not sampled, always on":    {"always_on", "", unwanted, true, true},
		"sampled, no parent, none":  {"traceidratio", "0", sampled, false, false},
		"not sampled, wrong ratio":  {byRatio, "-1", unwanted, false, true},
		"not sampled, not a ratio":  {byRatio, "few", unwanted, false, true},
		"sampled, no such sampler":  {"dice", "", sampled, true, true},
	} {
		for public, want := range map[bool]bool{false: test.internal, true: test.public} {
			t.Run(fmt.Sprintf("%s, public: %t", name, public), func(t *testing.T) {
				var received receiver
				tracing := startService(t, io.Discard, telemetry.Service{Name: "tracker", Public: public}, map[string]string{
					"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t), "TRACES_SAMPLER": test.sampler, "TRACES_SAMPLER_ARG": test.arg,
				})
				requestOf(traced(tracing), "/positions/7", test.traceparent)
				tracing.CloseWithin(t.Context(), eventually)
				spans := received.received()
				if got := len(spans) == 1; got != want {
					t.Fatalf("got %v", spans)
				}
				if want && test.traceparent != "" && spans[0].trace() != trace {
					t.Errorf("it is of the trace %s", spans[0].trace())
				}
			})
		}
	}
}

func TestPanic(t *testing.T) {
	var received receiver
	tracing := start(t, &bytes.Buffer{}, map[string]string{"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t)})
	if got := request(traced(tracing), "/panic"); got != http.StatusInternalServerError {
		t.Errorf("got %d", got)
	}
	tracing.CloseWithin(t.Context(), eventually)
	spans := received.received()
	if len(spans) != 1 {
		t.Fatalf("got %v", spans)
	}
	message, stack := spans[0].exception()
	if message != "panic: no luck" || !strings.Contains(stack, "telemetry_test.traced") || len(spans[0].Events) != 1 ||
		spans[0].Status.GetCode().String() != "STATUS_CODE_ERROR" {
		t.Errorf("got %v", spans[0])
	}
}

// blocked is an exporter that never returns before it is released.
type blocked struct{ release chan struct{} }

func (b blocked) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	<-b.release
	return nil
}

func (blocked) Shutdown(context.Context) error { return nil }

// Requests are served while an export hangs, and the spans beyond the queue are counted.
func TestFullQueue(t *testing.T) {
	exporter := blocked{make(chan struct{})}
	tracing := telemetry.New(t.Context(), exporter, telemetry.Service{Name: "tracker-api", Version: "1.2.3"}, otel.ErrorHandlerFunc(func(err error) { t.Error(err) }))
	handler := traced(tracing)
	const requests = 5000
	for i := range requests {
		if got := request(handler, "/positions/7"); got != http.StatusOK {
			t.Fatalf("request %d: got %d", i, got)
		}
	}
	got := counts(t, tracing)
	if got[droppedFull] != requests-telemetry.MaxQueue || tracing.Waiting() != telemetry.MaxQueue ||
		got[droppedFailed] != 0 || got[failures] != 0 {
		t.Errorf("%d wait, metrics %v", tracing.Waiting(), got)
	}
	close(exporter.release)
	tracing.CloseWithin(t.Context(), eventually)
	if tracing.Waiting() != 0 || counts(t, tracing)[droppedFull] != requests-telemetry.MaxQueue {
		t.Errorf("%d wait, metrics %v", tracing.Waiting(), counts(t, tracing))
	}
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// An endpoint that accepts connections and never responds costs spans, and no request.
func TestDeadEndpoint(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0") // The kernel accepts for it.
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			var log lines
			tracing := start(t, &log, map[string]string{
				"EXPORTER_OTLP_ENDPOINT": "http://" + listener.Addr().String(), "EXPORTER_OTLP_PROTOCOL": protocol,
				"EXPORTER_OTLP_HEADERS": "api-key=s3cret",
			})
			handler := traced(tracing)
			const requests = 5000
			for i := range requests {
				if got := request(handler, "/positions/7"); got != http.StatusOK {
					t.Fatalf("request %d: got %d", i, got)
				}
				if waiting := tracing.Waiting(); waiting > telemetry.MaxQueue {
					t.Fatalf("request %d: %d spans wait", i, waiting)
				}
			}
			got := counts(t, tracing)
			if lost := got[droppedFull] + got[droppedFailed]; got[droppedFull] == 0 || lost < requests-telemetry.MaxQueue || lost > requests {
				t.Errorf("%d wait, metrics %v", tracing.Waiting(), got)
			}
			tracing.Close(t.Context()) // It does not wait for the endpoint either.
			if strings.Contains(log.String(), "s3cret") {
				t.Errorf("a secret is logged: %s", log.String())
			}
		})
	}
}

// An endpoint that refuses the spans costs one warning, without what its response quotes.
func TestRefusingEndpoint(t *testing.T) {
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, "wrong key "+r.Header.Get("Api-Key"), http.StatusForbidden)
	}))
	defer served.Close()
	var log bytes.Buffer
	tracing := start(t, &log, map[string]string{"EXPORTER_OTLP_ENDPOINT": served.URL, "EXPORTER_OTLP_HEADERS": "api-key=s3%2Fcret"})
	request(traced(tracing), "/positions/7")
	tracing.CloseWithin(t.Context(), eventually)
	if got := counts(t, tracing); got[failures] != 1 || got[droppedFailed] != 1 || got[droppedFull] != 0 {
		t.Errorf("got %v", got)
	}
	if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, "wrong key ***") || strings.Contains(line, "cret") {
		t.Errorf("logged %s", line)
	}
}

func TestWarnings(t *testing.T) {
	var log bytes.Buffer
	handler := telemetry.Warn(config.Log{}.NewLogger(&log), "traces are not sent", []string{"s3cret"})
	for range 3 {
		handler.Handle(errors.Join(errors.New("s3cret"), errors.New(strings.Repeat("é", 1000))))
	}
	line := log.String()
	if strings.Count(line, "\n") != 1 || len(line) > 700 || strings.Contains(line, "s3cret") ||
		!strings.Contains(line, `"level":"warning","event":"traces are not sent"`) || strings.Contains(line, "\\ufffd") {
		t.Errorf("logged %s", line)
	}
}
