// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package telemetry sends traces, and metrics if asked to, by OTLP as the standard OTEL_ variables
// say. An endpoint that is down, slow or wrong loses spans, and delays no request.
package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/time/rate"
	"google.golang.org/grpc/grpclog"
)

const (
	// maxQueue is how many spans wait for their export, or are being exported.
	maxQueue = 2048
	// exportTimeout limits the export of a batch with its retries.
	exportTimeout = 5 * time.Second
	// flushTimeout limits how long the end of the process waits for the last batches.
	// With the shutdown of the server it stays below Kubernetes' 30 seconds.
	flushTimeout = 1500 * time.Millisecond
	// maxAttribute bounds an attribute in characters: clients choose their paths and user agents.
	maxAttribute = 1024
	// warnInterval is the shortest time between two warnings about failed exports.
	warnInterval = time.Minute
	// maxWarning bounds such a warning in bytes: it may have the response's body.
	maxWarning = 500
)

// The waits between the attempts of an export, which exportTimeout ends.
const (
	initialRetry = 500 * time.Millisecond
	maxRetry     = 2 * time.Second
)

// Tracing sends traces. A nil Tracing traces nothing: its methods change nothing.
type Tracing struct {
	provider *sdktrace.TracerProvider
	resource *resource.Resource
	exporter *metricExporter       // Of metrics; nil if they are not to be sent.
	pushing  *metric.MeterProvider // Nil before Push.
	*queue
}

// The libraries print to standard error, in another format, and with the values of malformed
// headers. What matters goes to the error handler. gRPC's logger can only be set at the beginning.
func init() {
	otel.SetLogger(logr.Discard())
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard))
}

// Service is what sends traces.
type Service struct {
	// Name and Version are the defaults of the resource's attributes.
	Name, Version string
	// Public means that strangers send the requests: it continues their traces, but does not
	// sample them because they ask for it.
	Public bool
}

// Start returns nil if no endpoint is set. A variable that is wrong gives a warning, and nil:
// traces are not worth an outage.
func Start(ctx context.Context, service Service, log *slog.Logger) *Tracing {
	var t *Tracing
	if enabled(os.Getenv) {
		t = startTraces(ctx, service, log)
	}
	switch {
	case !pushes(os.Getenv):
	case t == nil:
		log.Warn(metricsNotSent, "exception", errors.New("tracing is off, and OTEL_METRICS_EXPORTER sends metrics only beside traces"))
	default:
		t.exporter = newMetricExporter(ctx, log)
	}
	return t
}

// startTraces returns nil, with a warning, if a variable is wrong.
func startTraces(ctx context.Context, service Service, log *slog.Logger) *Tracing {
	errs := newWarner(log, tracesNotSent, secrets(os.Getenv))
	otel.SetErrorHandler(errs)

	protocol, err := check(os.Getenv, signalTraces, os.ReadFile)
	if err != nil {
		log.Warn(tracingOff, "exception", err)
		return nil
	}
	exporter, err := newExporter(ctx, protocol)
	if err != nil {
		log.Warn(tracingOff, "exception", err)
		return nil
	}
	return New(ctx, exporter, service, errs)
}

// newExporter returns an exporter, which reads the other variables itself.
func newExporter(ctx context.Context, protocol string) (sdktrace.SpanExporter, error) {
	if protocol == protocolGRPC {
		return otlptracegrpc.New(ctx, otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{
			Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
		}))
	}
	return otlptracehttp.New(ctx, otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
		Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
	}))
}

// New returns a Tracing with an exporter of its own.
func New(ctx context.Context, exporter sdktrace.SpanExporter, service Service, errs otel.ErrorHandler) *Tracing {
	described, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", service.Name), attribute.String("service.version", service.Version)),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // Of two values, the last one counts.
	)
	if err != nil {
		errs.Handle(err) // The resource has what could be read.
	}
	limits := sdktrace.NewSpanLimits()
	if limits.AttributeValueLengthLimit < 0 {
		limits.AttributeValueLengthLimit = maxAttribute
	}
	var sampler sdktrace.Sampler // When nil, the provider reads the variables.
	if service.Public {
		sampler = publicSampler(os.Getenv)
	}
	waiting := newQueue(errs)
	return &Tracing{
		provider: sdktrace.NewTracerProvider(
			sdktrace.WithResource(described),
			sdktrace.WithRawSpanLimits(limits),
			sdktrace.WithSampler(sampler),
			sdktrace.WithSpanProcessor(waiting.processor(exporter)),
			sdktrace.WithoutPanicRecording(), // Of a panic, server.Recover records the stack as well.
		),
		resource: described,
		queue:    waiting,
	}
}

// Close sends what waits, for which it takes flushTimeout at most, even if ctx has ended.
func (t *Tracing) Close(ctx context.Context) { t.closeWithin(ctx, flushTimeout) }

func (t *Tracing) closeWithin(ctx context.Context, limit time.Duration) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	var ending sync.WaitGroup
	if t.pushing != nil {
		ending.Go(func() { _ = t.pushing.Shutdown(ctx) }) // The exporter has reported its error.
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		t.errs.Handle(err)
	}
	ending.Wait()
}

// Metrics are the collectors of what the traces cost, of which there are none without traces.
func (t *Tracing) Metrics() []prometheus.Collector {
	if t == nil {
		return nil
	}
	return []prometheus.Collector{t.dropped, t.failures}
}

// The warnings.
const (
	tracingOff     = "tracing is off"
	tracesNotSent  = "traces are not sent"
	metricsNotSent = "metrics are not sent"
)

// warner logs the errors of exports, one in a while.
type warner struct {
	log       *slog.Logger
	warning   string
	redact    *strings.Replacer
	sometimes rate.Sometimes
}

func newWarner(log *slog.Logger, warning string, secrets []string) *warner {
	pairs := make([]string, 0, 2*len(secrets))
	for _, secret := range secrets {
		pairs = append(pairs, secret, "***")
	}
	return &warner{log: log, warning: warning, redact: strings.NewReplacer(pairs...), sometimes: rate.Sometimes{First: 1, Interval: warnInterval}}
}

// Handle implements otel.ErrorHandler. A proxy's response may quote the request's headers.
func (w *warner) Handle(err error) {
	w.sometimes.Do(func() {
		text := w.redact.Replace(err.Error())
		w.log.Warn(w.warning, "exception", errors.New(strings.ToValidUTF8(text[:min(len(text), maxWarning)], "")))
	})
}
