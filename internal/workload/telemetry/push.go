// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Push sends the metrics that Prometheus scrapes by OTLP as well, if OTEL_METRICS_EXPORTER is otlp:
// each minute, or as often as OTEL_METRIC_EXPORT_INTERVAL says, until Close.
func (t *Tracing) Push(metrics prometheus.Gatherer) {
	if t == nil || t.exporter == nil {
		return
	}
	t.pushing = metric.NewMeterProvider(metric.WithResource(t.resource), metric.WithReader(
		metric.NewPeriodicReader(t.exporter,
			metric.WithTimeout(exportTimeout),
			metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(t.exporter.reporting(metrics)))))))
}

// newMetricExporter returns an exporter, which reads the other variables itself, or nil with a warning.
func newMetricExporter(ctx context.Context, log *slog.Logger) *metricExporter {
	protocol, err := check(os.Getenv, signalMetrics, os.ReadFile)
	var exporter metric.Exporter
	switch {
	case err != nil:
	case protocol == protocolGRPC:
		exporter, err = otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig{
			Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
		}))
	default:
		exporter, err = otlpmetrichttp.New(ctx, otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
			Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
		}))
	}
	if err != nil {
		log.Warn(metricsNotSent, "exception", err)
		return nil
	}
	return &metricExporter{exporter, newWarner(log, metricsNotSent, secrets(os.Getenv))}
}

// metricExporter reports errors as those of metrics: the SDK's own handler would as those of traces.
type metricExporter struct {
	metric.Exporter
	errs otel.ErrorHandler
}

// Export implements metric.Exporter. The reader could do no more about an error.
func (e *metricExporter) Export(ctx context.Context, metrics *metricdata.ResourceMetrics) error {
	if err := e.Exporter.Export(ctx, metrics); err != nil {
		e.errs.Handle(err)
	}
	return nil
}

// reporting returns what a gatherer has, and reports what it can't gather.
func (e *metricExporter) reporting(metrics prometheus.Gatherer) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := metrics.Gather()
		if err != nil {
			e.errs.Handle(err)
		}
		return families, nil
	})
}
