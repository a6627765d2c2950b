// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// The reasons for which spans are dropped.
const (
	queueFull    = "queue_full"
	exportFailed = "export_failed"
)

// queue bounds and counts the spans between their end and their export. The SDK's processor
// drops as well, without a metric of it.
type queue struct {
	waiting  atomic.Int64 // With those of the batch that is being exported.
	dropped  *prometheus.CounterVec
	failures prometheus.Counter
	errs     otel.ErrorHandler
}

func newQueue(errs otel.ErrorHandler) *queue {
	q := &queue{
		errs: errs,
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telemetry_spans_dropped_total", Help: "Spans that were dropped, by reason.",
		}, []string{"reason"}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "telemetry_export_failures_total", Help: "Failed exports of a batch of spans.",
		}),
	}
	for _, reason := range []string{queueFull, exportFailed} {
		q.dropped.WithLabelValues(reason)
	}
	return q
}

// processor returns a batch span processor that never blocks.
func (q *queue) processor(to sdktrace.SpanExporter) sdktrace.SpanProcessor {
	return &processor{queue: q, SpanProcessor: sdktrace.NewBatchSpanProcessor(&exporter{queue: q, SpanExporter: to},
		sdktrace.WithMaxQueueSize(maxQueue), sdktrace.WithExportTimeout(exportTimeout))}
}

type processor struct {
	*queue
	sdktrace.SpanProcessor
}

// OnEnd implements sdktrace.SpanProcessor.
func (p *processor) OnEnd(span sdktrace.ReadOnlySpan) {
	if !span.SpanContext().IsSampled() {
		return
	}
	if p.waiting.Add(1) > maxQueue {
		p.waiting.Add(-1)
		p.dropped.WithLabelValues(queueFull).Inc()
		return
	}
	p.SpanProcessor.OnEnd(span)
}

type exporter struct {
	*queue
	sdktrace.SpanExporter
}

// ExportSpans implements sdktrace.SpanExporter. The processor could do no more about an error.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	defer e.waiting.Add(-int64(len(spans)))
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.failures.Inc()
		e.dropped.WithLabelValues(exportFailed).Add(float64(len(spans)))
		e.errs.Handle(err)
	}
	return nil
}
