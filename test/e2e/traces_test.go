//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// span is a span as it arrives.
type span struct{ service, trace, name string }

// metric is a metric as it arrives.
type metric struct{ service, name string }

// hasMetric reports whether a metric has arrived.
func (d *destination) hasMetric(m metric) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.metrics[m]
}

// hasSpan reports whether a span has arrived.
func (d *destination) hasSpan(s span) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Contains(d.spans, s)
}

// runCollector runs a collector that receives traces and metrics, for a destination: by HTTP at the pod's
// port 4318, and by gRPC with TLS at port 4317 of the Service. ca is what the certificate is checked by.
func runCollector(t *testing.T, ns string, to *destination) (pod *corev1.Pod, ca string) {
	t.Helper()
	certificate, key := selfSigned(t, "collector."+ns+".svc")
	labels := map[string]string{"app": "collector"}
	must(t, k8s.Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "collector"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 4317}}},
	}))
	pod = &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "collector", Labels: labels},
		Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			TerminationGracePeriodSeconds: new(int64(1)),
			Containers: []corev1.Container{{
				Name: "collector", Image: "otel-collector:v0.160.0", Args: []string{"--config=env:CONFIG"},
				Env: []corev1.EnvVar{{Name: "CONFIG", Value: fmt.Sprintf(`
receivers:
  otlp:
    protocols:
      http: {endpoint: "0.0.0.0:4318"}
      grpc: {endpoint: "0.0.0.0:4317", tls: {cert_pem: %q, key_pem: %q}}
exporters: {otlp_http: {endpoint: %q, encoding: json, compression: none}}
extensions: {health_check: {endpoint: "0.0.0.0:13133"}}
service:
  extensions: [health_check]
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http]}
    metrics: {receivers: [otlp], exporters: [otlp_http]}
`, certificate, key, to.url)}},
				ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
					HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(13133)},
				}},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
	must(t, k8s.Create(t.Context(), pod))
	await(t, "the collector of traces and metrics does not become ready", func() bool {
		refresh(t, pod)
		return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		})
	})
	return pod, certificate
}

// traced checks that a request is one trace from the frontend through the API to the statement and the
// cache, and returns its id.
func traced(t *testing.T, tracker *v1alpha1.InterviewTracker, arrived *destination) string {
	t.Helper()
	const trace = "0af7651916cd43dd8448eb211c80319c"
	// The frontend reaches the API once kube-proxy knows its pod.
	await(t, "the frontend does not show its page", func() bool {
		status, _, _ := visit(t, pageOf(t, tracker), http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}})
		return status == http.StatusOK
	})
	for _, want := range []span{
		{"hiring-frontend", trace, "GET /{$}"},
		{"hiring-api", trace, "GET /positions"},
		{"hiring-api", trace, "SELECT"},
		{"hiring-api", trace, "get"},
	} {
		await(t, fmt.Sprintf("the request's trace has no span %+v", want), func() bool { return arrived.hasSpan(want) })
	}
	return trace
}

// tracedLines checks that the lines of a traced request have the trace's id.
func tracedLines(t *testing.T, tracker *v1alpha1.InterviewTracker, trace string, arrived *destination) {
	t.Helper()
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentFrontend, v1alpha1.ComponentAPI} {
		await(t, fmt.Sprintf("no line of the %s has the request's trace", c), func() bool {
			return arrived.count(func(l line) bool {
				return l.namespace == tracker.Namespace && l.component == string(c) && l.event == "request" && l.trace == trace
			}) > 0
		})
	}
}

// pushed checks that the API's metrics arrive, of which Prometheus scrapes the same ones.
func pushed(t *testing.T, tracker *v1alpha1.InterviewTracker, arrived *destination) {
	t.Helper()
	for _, want := range []metric{
		{"hiring-api", "http_requests_total"},
		{"hiring-api", "database_connections"},
	} {
		await(t, fmt.Sprintf("no metric %+v arrives", want), func() bool { return arrived.hasMetric(want) })
	}
}

// pageOf is the URL of the frontend's first page.
func pageOf(t *testing.T, tracker *v1alpha1.InterviewTracker) string {
	t.Helper()
	return fmt.Sprintf("http://%s:3000/", componentPod(t, tracker, v1alpha1.ComponentFrontend).Status.PodIP)
}

// getOK requests a URL, and returns the body and how long it took. Any status but 200 is a failure.
func getOK(t *testing.T, url string) (body string, took time.Duration) {
	t.Helper()
	status, body, took := visit(t, url, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", url, status)
	}
	return body, took
}

func visit(t *testing.T, url string, header http.Header) (status int, body string, took time.Duration) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	must(t, err)
	request.Header = header
	began := time.Now()
	response, err := (&http.Client{Timeout: 30 * time.Second}).Do(request)
	must(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(content), time.Since(began)
}

// unhurried checks that the endpoint gone for a minute costs no request its time, and that the dropped
// spans are counted.
func unhurried(t *testing.T, tracker *v1alpha1.InterviewTracker, collector *corev1.Pod) {
	t.Helper()
	median, p99 := latencies(t, tracker, 20*time.Second)
	must(t, k8s.Delete(t.Context(), collector))
	medianWithout, p99Without := latencies(t, tracker, time.Minute)
	t.Logf("of the requests, half took at most %s with the endpoint and %s without, 99 %% %s and %s", median, medianWithout, p99, p99Without)
	// Other tests run beside this one; an export that fails takes 5 s with its retries.
	if medianWithout > max(3*median, 100*time.Millisecond) || p99Without > max(5*p99, 4*time.Second) {
		t.Error("requests take longer without the endpoint")
	}
	dropped := regexp.MustCompile(`(?m)^telemetry_spans_dropped_total\{reason="export_failed"\} (\S+)$`)
	await(t, "the API counts no dropped spans", func() bool {
		metrics, _ := getOK(t, fmt.Sprintf("http://%s:8000/metrics", apiPod(t, tracker).Status.PodIP))
		found := dropped.FindStringSubmatch(metrics)
		if found == nil {
			return false
		}
		n, err := strconv.ParseFloat(found[1], 64)
		must(t, err)
		return n > 0
	})
}

// latencies requests the first page ten times a second for some time, and returns how long half of the
// requests took at most, and 99 % of them.
func latencies(t *testing.T, tracker *v1alpha1.InterviewTracker, lasting time.Duration) (median, p99 time.Duration) {
	t.Helper()
	page := pageOf(t, tracker)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	var took []time.Duration
	for began := time.Now(); time.Since(began) < lasting; <-ticker.C {
		_, d := getOK(t, page)
		took = append(took, d)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}
