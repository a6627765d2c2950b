// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
)

// created is a registry with a counter at 3.
func created() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "positions_created_total", Help: "Total positions created"})
	counter.Add(3)
	registry.MustRegister(counter)
	return registry
}

// The metrics that Prometheus scrapes arrive with the resource and the headers.
func TestPush(t *testing.T) {
	for protocol, serve := range map[string]func(*receiver, *testing.T) string{
		"grpc": (*receiver).startGRPC, "http/protobuf": (*receiver).startHTTP,
	} {
		t.Run(protocol, func(t *testing.T) {
			var (
				received receiver
				log      bytes.Buffer
			)
			tracing := start(t, &log, map[string]string{
				"EXPORTER_OTLP_ENDPOINT": serve(&received, t), "EXPORTER_OTLP_PROTOCOL": protocol, "METRICS_EXPORTER": "otlp",
				"EXPORTER_OTLP_HEADERS": "api-key=s3%2Fcret", "SERVICE_NAME": "hiring-api",
			})
			tracing.Push(created())
			tracing.CloseWithin(t.Context(), eventually)
			if len(received.metrics) != 1 || log.Len() > 0 {
				t.Fatalf("got %d requests, logged %s", len(received.metrics), log.String())
			}
			var service string
			for _, a := range received.metrics[0].Resource.Attributes {
				if a.Key == "service.name" {
					service = a.Value.GetStringValue()
				}
			}
			got := received.metrics[0].ScopeMetrics[0].Metrics[0]
			sum := got.GetSum()
			if got.Name != "positions_created_total" || sum.DataPoints[0].GetAsDouble() != 3 || !sum.IsMonotonic ||
				sum.AggregationTemporality != metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE || service != "hiring-api" {
				t.Errorf("%s: %v", service, got)
			}
			if len(received.apiKeys) != 1 || received.apiKeys[0] != "s3/cret" {
				t.Errorf("the header is %q", received.apiKeys)
			}
		})
	}
}

// What is wrong with the variables of metrics alone gives one warning, and traces and the process go on.
func TestWrongPush(t *testing.T) {
	for name, variables := range map[string]map[string]string{
		"endpoint":    {"EXPORTER_OTLP_METRICS_ENDPOINT": "collector:4317"},
		"no endpoint": {"EXPORTER_OTLP_ENDPOINT": "", "EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1"},
		"CA":          {"EXPORTER_OTLP_METRICS_CERTIFICATE": "/nowhere/ca.pem"},
		"CA for HTTP": {"EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:1", "EXPORTER_OTLP_METRICS_CERTIFICATE": "a CA"},
		"protocol":    {"EXPORTER_OTLP_METRICS_PROTOCOL": "udp"},
		"no traces":   {"TRACES_EXPORTER": "none"},
	} {
		t.Run(name, func(t *testing.T) {
			var (
				received receiver
				log      bytes.Buffer
			)
			env := map[string]string{"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t), "METRICS_EXPORTER": "otlp"}
			maps.Copy(env, variables)
			if name == "CA for HTTP" {
				_, env["EXPORTER_OTLP_METRICS_CERTIFICATE"] = (&receiver{}).startTLS(t)
			}
			tracing := start(t, &log, env)
			tracing.Push(created())
			if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `"event":"metrics are not sent"`) {
				t.Errorf("logged %s", line)
			}
			if (tracing == nil) != (name == "no traces") {
				t.Errorf("got %v", tracing)
			}
		})
	}
}

// What is wrong with the traces says what becomes of the metrics as well.
func TestMetricsAreOffWithTraces(t *testing.T) {
	var log bytes.Buffer
	tracing := start(t, &log, map[string]string{
		"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "EXPORTER_OTLP_PROTOCOL": "udp", "METRICS_EXPORTER": "otlp",
	})
	tracing.Push(created())
	if lines := log.String(); tracing != nil || strings.Count(lines, "\n") != 2 ||
		!strings.Contains(lines, `"event":"tracing is off"`) || !strings.Contains(lines, `"event":"metrics are not sent"`) {
		t.Errorf("got %v, logged %s", tracing, lines)
	}
}

// A metric that can't be gathered is reported as one, and the others are sent.
func TestPushOfWhatCanNotBeGathered(t *testing.T) {
	var (
		received receiver
		log      bytes.Buffer
	)
	tracing := start(t, &log, map[string]string{"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t), "METRICS_EXPORTER": "otlp"})
	registry := created()
	registry.MustRegister(brokenCollector{})
	tracing.Push(registry)
	tracing.CloseWithin(t.Context(), eventually)
	if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `"event":"metrics are not sent"`) || !strings.Contains(line, "it broke") {
		t.Errorf("logged %s", line)
	}
	if len(received.metrics) != 1 || received.metrics[0].ScopeMetrics[0].Metrics[0].Name != "positions_created_total" {
		t.Errorf("got %v", received.metrics)
	}
}

// brokenCollector has one metric, which it can't read.
type brokenCollector struct{}

func (brokenCollector) Describe(chan<- *prometheus.Desc) {}

func (brokenCollector) Collect(metrics chan<- prometheus.Metric) {
	metrics <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(nil), errors.New("it broke"))
}

// Without being asked for, no metrics are sent, and an endpoint that is down costs one warning.
func TestNoPush(t *testing.T) {
	var (
		received receiver
		log      bytes.Buffer
	)
	tracing := start(t, &log, map[string]string{"EXPORTER_OTLP_ENDPOINT": received.startHTTP(t), "METRICS_EXPORTER": "none"})
	tracing.Push(created())
	tracing.CloseWithin(t.Context(), eventually)
	if len(received.metrics) > 0 || log.Len() > 0 {
		t.Errorf("got %v, logged %s", received.metrics, log.String())
	}

	tracing = start(t, &log, map[string]string{"EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "METRICS_EXPORTER": "otlp"})
	tracing.Push(created())
	tracing.Close(t.Context())
	if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `"event":"metrics are not sent"`) {
		t.Errorf("logged %s", line)
	}
}
