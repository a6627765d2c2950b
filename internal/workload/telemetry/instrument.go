// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"net/http"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// options are the options of otelhttp.
func (t *Tracing) options() []otelhttp.Option {
	return []otelhttp.Option{
		otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
	}
}

// Handler traces the requests of users, in spans that have the name of their route.
func (t *Tracing) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return otelhttp.NewHandler(next, "", append(t.options(),
		otelhttp.WithFilter(func(r *http.Request) bool { return traced(r.URL.Path) }))...)
}

// traced reports whether requests for the path are traced. Those of probes, of Prometheus and of
// browsers on their own are many, and say nothing about a user's request.
func traced(path string) bool {
	return !server.Monitoring(path) && path != contract.PathServiceWorker
}

// Transport traces requests to another component, which continues the trace.
func (t *Tracing) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return otelhttp.NewTransport(withoutQuery{next}, append(t.options(),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method }))...)
}

// withoutQuery removes the query from the span of a request: it has what users search for.
type withoutQuery struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t withoutQuery) RoundTrip(r *http.Request) (*http.Response, error) {
	shown := *r.URL
	shown.RawQuery, shown.User = "", nil
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("url.full", shown.String()))
	return t.RoundTripper.RoundTrip(r)
}

// Postgres makes a pool trace its statements, without their parameters. What is no part of a
// request, such as a health check, is not traced.
func (t *Tracing) Postgres(cfg *pgxpool.Config) {
	if t != nil {
		cfg.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(t.provider))
	}
}

// Redis makes a client trace its commands, without their arguments. What is no part of a request
// is not traced.
func (t *Tracing) Redis(client *redis.Client) {
	if t == nil {
		return
	}
	_ = redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(parented{t.provider}),
		redisotel.WithDBStatement(false), redisotel.WithCallerEnabled(false)) // It fails for other types of clients.
}

// parented is a provider whose spans are all parts of others.
type parented struct{ trace.TracerProvider }

// Tracer implements trace.TracerProvider.
func (p parented) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return parentedTracer{p.TracerProvider.Tracer(name, options...)}
}

type parentedTracer struct{ trace.Tracer }

// Start implements trace.Tracer.
func (t parentedTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, noop.Span{}
	}
	return t.Tracer.Start(ctx, name, options...)
}
