// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"context"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	metricscollector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// span is a span as it arrived.
type span struct {
	*tracepb.Span
	resource map[string]string
}

func (s span) trace() string  { return hex.EncodeToString(s.TraceId) }
func (s span) id() string     { return hex.EncodeToString(s.SpanId) }
func (s span) parent() string { return hex.EncodeToString(s.ParentSpanId) }

// attribute is the text of an attribute, or empty.
func (s span) attribute(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// exception is the message and the stack of the recorded exception.
func (s span) exception() (message, stack string) {
	for _, event := range s.Events {
		for _, a := range event.Attributes {
			switch a.Key {
			case "exception.message":
				message = a.Value.GetStringValue()
			case "exception.stacktrace":
				stack = a.Value.GetStringValue()
			}
		}
	}
	return message, stack
}

// receiver receives traces and metrics by both protocols.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu      sync.Mutex
	spans   []span
	metrics []*metricspb.ResourceMetrics
	apiKeys []string // of each request
}

// metricsReceiver receives metrics by gRPC.
type metricsReceiver struct {
	metricscollector.UnimplementedMetricsServiceServer
	*receiver
}

// Export implements the service of gRPC.
func (r metricsReceiver) Export(ctx context.Context, request *metricscollector.ExportMetricsServiceRequest) (*metricscollector.ExportMetricsServiceResponse, error) {
	headers, _ := metadata.FromIncomingContext(ctx)
	r.addMetrics(request, headers.Get("api-key"))
	return &metricscollector.ExportMetricsServiceResponse{}, nil
}

func (r *receiver) addMetrics(request *metricscollector.ExportMetricsServiceRequest, apiKeys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apiKeys = append(r.apiKeys, apiKeys...)
	r.metrics = append(r.metrics, request.ResourceMetrics...)
}

// Export implements the service of gRPC.
func (r *receiver) Export(ctx context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	headers, _ := metadata.FromIncomingContext(ctx)
	r.add(request, headers.Get("api-key"))
	return &collector.ExportTraceServiceResponse{}, nil
}

// ServeHTTP implements http.Handler for http/protobuf.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var (
		traces  collector.ExportTraceServiceRequest
		metrics metricscollector.ExportMetricsServiceRequest
	)
	switch {
	case err == nil && request.URL.Path == "/v1/traces" && proto.Unmarshal(body, &traces) == nil:
		r.add(&traces, request.Header.Values("Api-Key"))
	case err == nil && request.URL.Path == "/v1/metrics" && proto.Unmarshal(body, &metrics) == nil:
		r.addMetrics(&metrics, request.Header.Values("Api-Key"))
	default:
		http.Error(w, "neither traces nor metrics", http.StatusBadRequest)
	}
}

func (r *receiver) add(request *collector.ExportTraceServiceRequest, apiKeys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apiKeys = append(r.apiKeys, apiKeys...)
	for _, of := range request.ResourceSpans {
		resource := map[string]string{}
		for _, a := range of.Resource.Attributes {
			resource[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				r.spans = append(r.spans, span{s, resource})
			}
		}
	}
}

// received are the spans until now.
func (r *receiver) received() []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// startHTTP serves http/protobuf, and returns the URL.
func (r *receiver) startHTTP(t *testing.T) string {
	t.Helper()
	served := httptest.NewServer(r)
	t.Cleanup(served.Close)
	return served.URL
}

// startTLS serves http/protobuf over TLS, and returns the URL and the file of its CA.
func (r *receiver) startTLS(t *testing.T) (url, ca string) {
	t.Helper()
	served := httptest.NewTLSServer(r)
	t.Cleanup(served.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Certificate().Raw})
	if err := os.WriteFile(ca, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return served.URL, ca
}

// startGRPC serves gRPC, and returns the URL.
func (r *receiver) startGRPC(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := grpc.NewServer()
	collector.RegisterTraceServiceServer(served, r)
	metricscollector.RegisterMetricsServiceServer(served, metricsReceiver{receiver: r})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = served.Serve(listener) // It ends with Stop.
	}()
	t.Cleanup(func() {
		served.Stop()
		<-ended
	})
	return "http://" + listener.Addr().String()
}
