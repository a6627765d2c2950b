//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// monitored makes the Prometheus of test/monitoring monitor a tracker, with alerts that
// fire soon, but at the specified thresholds.
func monitored(s *v1alpha1.InterviewTrackerSpec) {
	release := map[string]v1alpha1.LabelValue{"release": "e2e"}
	interval, timeout := &metav1.Duration{Duration: 5 * time.Second}, &metav1.Duration{Duration: 4 * time.Second}
	var rules []v1alpha1.AlertRule
	for _, name := range v1alpha1.AlertNames[:6] {
		rules = append(rules, v1alpha1.AlertRule{Name: name, For: interval})
	}
	s.Monitoring = &v1alpha1.MonitoringSpec{
		ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: release, Interval: interval, ScrapeTimeout: timeout},
		Alerts: &v1alpha1.AlertsSpec{
			Labels: release,
			Rules:  rules,
		},
		Synthetic: &v1alpha1.SyntheticSpec{
			ProberAddress: "blackbox-exporter.monitoring:9115", Labels: release, Interval: interval, ScrapeTimeout: timeout,
		},
	}
}

// prometheusPod is the pod of the Prometheus of test/monitoring.
func prometheusPod(t testing.TB) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{}
	must(t, k8s.Get(t.Context(), client.ObjectKey{Namespace: "monitoring", Name: "prometheus-e2e-0"}, pod))
	return pod
}

// getPrometheus reads the data of a response of Prometheus's API.
func getPrometheus(t testing.TB, path string, parameters url.Values, data any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestTimeout)
	defer cancel()
	address := "http://" + prometheusPod(t).Status.PodIP + ":9090/api/v1/" + path + "?" + parameters.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	reply := struct {
		Error string
		Data  any
	}{Data: data}
	must(t, json.NewDecoder(response.Body).Decode(&reply))
	if reply.Error != "" {
		t.Fatalf("Prometheus responds to %s: %s", address, reply.Error)
	}
}

// sample is the current value of a series.
type sample struct {
	Metric map[string]string
	// Value is the time and the value, in quotes.
	Value [2]any
}

func (s sample) number(t testing.TB) float64 {
	t.Helper()
	number, err := strconv.ParseFloat(fmt.Sprint(s.Value[1]), 64)
	must(t, err)
	return number
}

// query returns the current result of a query.
func query(t testing.TB, promQL string) []sample {
	t.Helper()
	var data struct{ Result []sample }
	getPrometheus(t, "query", url.Values{"query": {promQL}}, &data)
	return data.Result
}

// of is a selector for a metric of a tracker.
func of(tracker *v1alpha1.InterviewTracker, metric string, matchers ...string) string {
	own := fmt.Sprintf("namespace=%q, tracker=%q", tracker.Namespace, tracker.Name)
	return metric + "{" + strings.Join(append(matchers, own), ", ") + "}"
}

// job is a matcher of what Prometheus scrapes of a tracker's API.
func job(tracker *v1alpha1.InterviewTracker) string {
	return promql.Equal("job", promql.APIJob(tracker.Namespace, tracker.Name))
}

// scraped waits until Prometheus has scraped a tracker's API.
func scraped(t testing.TB, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	awaitWithin(t, loadTimeout, "Prometheus does not get the API's metrics", func() bool {
		return len(query(t, of(tracker, "up", job(tracker))+" == 1")) > 0
	})
}

// alert is a pending or firing alert.
type alert struct {
	Labels, Annotations map[string]string
	State               string
}

// alerts returns a tracker's alerts with that name.
func alerts(t testing.TB, tracker *v1alpha1.InterviewTracker, name v1alpha1.AlertName) []alert {
	t.Helper()
	var data struct{ Alerts []alert }
	getPrometheus(t, "alerts", nil, &data)
	return slices.DeleteFunc(data.Alerts, func(a alert) bool {
		return a.Labels["alertname"] != string(name) || a.Labels["namespace"] != tracker.Namespace || a.Labels["tracker"] != tracker.Name
	})
}

// fires waits until an alert fires, and checks its annotations.
func fires(t testing.TB, tracker *v1alpha1.InterviewTracker, name v1alpha1.AlertName, severity string) {
	t.Helper()
	var fired alert
	start := time.Now()
	awaitWithin(t, 4*time.Minute, string(name)+" does not fire", func() bool {
		all := alerts(t, tracker, name)
		i := slices.IndexFunc(all, func(a alert) bool { return a.State == "firing" && a.Labels["severity"] == severity })
		if i >= 0 {
			fired = all[i]
		}
		return i >= 0
	})
	t.Logf("%s fires after %s: %s", name, time.Since(start).Round(time.Second), fired.Annotations["description"])
	if !strings.Contains(fired.Annotations["description"], tracker.Namespace+"/"+tracker.Name) || fired.Annotations["summary"] == "" {
		t.Errorf("%s does not name its object: %v", name, fired.Annotations)
	}
	if got, want := fired.Annotations["runbook_url"], v1alpha1.RunbookBaseURL+string(name)+".md"; got != want {
		t.Errorf("the runbook of %s is %s, want %s", name, got, want)
	}
}

// resolves waits until an alert is neither firing nor pending. Rates over five minutes take
// that long.
func resolves(t testing.TB, tracker *v1alpha1.InterviewTracker, name v1alpha1.AlertName) {
	t.Helper()
	start := time.Now()
	awaitWithin(t, 7*time.Minute, string(name)+" does not resolve", func() bool { return len(alerts(t, tracker, name)) == 0 })
	t.Logf("%s is resolved after %s", name, time.Since(start).Round(time.Second))
}
