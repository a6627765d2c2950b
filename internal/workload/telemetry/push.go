// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
)

// Push sends the metrics that Prometheus scrapes by OTLP as well, if OTEL_METRICS_EXPORTER is otlp:
// each minute, or as often as OTEL_METRIC_EXPORT_INTERVAL says, until Close.
func (t *Tracing) Push(metrics prometheus.Gatherer) {
	if t == nil || t.metrics == nil {
		return
	}
	t.pushing = metric.NewMeterProvider(metric.WithResource(t.resource), metric.WithReader(
		metric.NewPeriodicReader(t.metrics,
			metric.WithTimeout(exportTimeout),
			metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(metrics))))))
}

// newMetricExporter returns an exporter, which reads the other variables itself.
func newMetricExporter(ctx context.Context, protocol string) (metric.Exporter, error) {
	if protocol == protocolGRPC {
		return otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig{
			Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
		}))
	}
	return otlpmetrichttp.New(ctx, otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{
		Enabled: true, InitialInterval: initialRetry, MaxInterval: maxRetry, MaxElapsedTime: exportTimeout,
	}))
}
