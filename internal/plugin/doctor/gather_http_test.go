// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// answering is a gatherer whose API server answers by a handler.
func answering(t *testing.T, handler http.HandlerFunc) *gatherer {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	core, err := corev1client.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return &gatherer{raw: core.RESTClient(), limit: 1000}
}

func refuse(code int, reason string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d}`, reason, code)
	}
}

func TestTargets(t *testing.T) {
	p := &monitoringv1.Prometheus{}
	p.Namespace, p.Name = "monitoring", "k8s"
	var asked []string
	answer := func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		fmt.Fprintf(w, `{"status":"success","data":{"activeTargets":[
			{"labels":{"pod":"hiring-api-0"},"scrapePool":"serviceMonitor/team/hiring-api/0","health":"down","lastError":"Get \"http://u:%s@10.0.0.1\": \u001b[31mrefused"},
			{"labels":{"pod":"other"},"scrapePool":"serviceMonitor/team/other/0","health":"up"}]}}`, canary)
	}
	got := answering(t, answer).targets(t.Context(), p, new(tracker()))
	want := []Target{{Monitor: "hiring-api", Pod: "hiring-api-0", Health: "down", Error: `Get "http://u:***@10.0.0.1": refused`}}
	if got.Unread != "" || fmt.Sprint(got.Value) != fmt.Sprint(want) {
		t.Errorf("got %+v", got)
	}
	if len(asked) != 2 || !strings.HasPrefix(asked[0], "/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/api/v1/targets?") {
		t.Errorf("asked %v", asked)
	}

	p.Spec.RoutePrefix, p.Spec.PortName, p.Spec.ServiceName = "/prometheus", "https", new("mine")
	p.Spec.Web = &monitoringv1.PrometheusWebSpec{WebConfigFileFields: monitoringv1.WebConfigFileFields{TLSConfig: &monitoringv1.WebTLSConfig{}}}
	asked = nil
	answering(t, answer).targets(t.Context(), p, new(tracker()))
	if len(asked) != 2 || !strings.HasPrefix(asked[0], "/api/v1/namespaces/monitoring/services/https:mine:https/proxy/prometheus/api/v1/targets?") {
		t.Errorf("asked %v", asked)
	}
}

// TestTargetsStayWithPrometheus has Prometheus objects that would lead the user's requests elsewhere.
func TestTargetsStayWithPrometheus(t *testing.T) {
	for name, spec := range map[string]monitoringv1.CommonPrometheusFields{
		"service": {ServiceName: new("x/../../secrets/database?a=")}, "port": {PortName: "web/../../../secrets"},
		"prefix": {RoutePrefix: "/../../../../../secrets/database?watch=1#"}, "relative prefix": {RoutePrefix: "../../x"},
		"escaped prefix": {RoutePrefix: "/%2e%2e/%2e%2e/secrets"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &monitoringv1.Prometheus{Spec: monitoringv1.PrometheusSpec{CommonPrometheusFields: spec}}
			p.Namespace, p.Name = "monitoring", "k8s"
			got := answering(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/") ||
					strings.Contains(r.URL.Path, "/..") || r.URL.Query().Get("state") != "active" || r.URL.Query().Has("watch") {
					t.Errorf("asked %s", r.URL)
				}
				fmt.Fprint(w, `{}`)
			}).targets(t.Context(), p, new(tracker()))
			if refused := strings.Contains(got.Unread, "names a Service or a port"); refused != (spec.RoutePrefix == "") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTargetsUnread(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"forbidden":    {refuse(http.StatusForbidden, "Forbidden"), "you may not get services/proxy of prometheus-operated in namespace monitoring"},
		"no endpoints": {refuse(http.StatusServiceUnavailable, "ServiceUnavailable"), "could not ask Prometheus k8s through Service prometheus-operated in namespace monitoring: "},
		"no JSON":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>"+canary) }, "could not ask Prometheus k8s * not the JSON that was expected"},
		"too long": {
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1001)) },
			"could not ask Prometheus k8s * the answer has more than 1000 bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &monitoringv1.Prometheus{}
			p.Namespace, p.Name = "monitoring", "k8s"
			got := answering(t, test.handler).targets(t.Context(), p, new(tracker()))
			if !says(got.Unread, test.want) || got.Value != nil || strings.Contains(got.Unread, canary) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	var asked string
	got := answering(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		fmt.Fprint(w, `{"items":[{"metadata":{"name":"hiring-api-0"},"containers":[{"name":"api","usage":{"cpu":"12345678n","memory":"204800Ki"}}]}]}`)
	}).usage(t.Context(), tracker().Object)
	used := got.Value[ContainerKey{"hiring-api-0", "api"}]
	memory, cpu := used[corev1.ResourceMemory], used[corev1.ResourceCPU]
	if got.Unread != "" || memory.Value() != 200<<20 || cpu.MilliValue() != 13 {
		t.Errorf("got %+v", got)
	}
	if want := "/apis/metrics.k8s.io/v1beta1/namespaces/team/pods?labelSelector=apps.interviewtracker.dev%2Ftracker%3Dhiring"; asked != want {
		t.Errorf("asked %s", asked)
	}
	for handler, want := range map[*http.HandlerFunc]string{
		new(refuse(http.StatusNotFound, "NotFound")):                     "the cluster has no metrics-server that works",
		new(refuse(http.StatusServiceUnavailable, "ServiceUnavailable")): "the cluster has no metrics-server that works",
		new(refuse(http.StatusForbidden, "Forbidden")):                   "you may not list pods.metrics.k8s.io in namespace team",
	} {
		if got := answering(t, *handler).usage(t.Context(), tracker().Object); !strings.HasPrefix(got.Unread, want) {
			t.Errorf("got %q, want %q", got.Unread, want)
		}
	}
}
