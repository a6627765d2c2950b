//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
	"github.com/interview-tracker/interview-tracker-operator/internal/promql"
)

// Prometheus uses the monitoring objects, and the dashboards' queries return data.
func TestMonitoring(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", travelled)
	ready(t, tracker)
	eventually(t, tracker, "the monitoring is not Ready", func() bool { return is(tracker, "MonitoringReady", "True Selected") })
	scraped(t, tracker)

	t.Run("scraped series have the tracker's name", func(t *testing.T) { scrapedAsOurs(t, tracker) })
	t.Run("redirects are not followed", func(t *testing.T) { redirectsEnd(t, tracker) })
	t.Run("Prometheus loads every rule", func(t *testing.T) { rulesHealthy(t, tracker) })
	t.Run("the dashboards have data", func(t *testing.T) { dashboardsShow(t, tracker) })
	t.Run("that nothing selects it is reported", func(t *testing.T) { notSelected(t, tracker) })
	t.Run("disabled monitoring is removed", func(t *testing.T) { turnedOff(t, tracker) })
}

// config/prometheus can be applied again as docs/monitoring.md says: the label by which Prometheus
// selects the operator's objects stays, and Prometheus scrapes the operator.
func TestOperatorMonitoringAppliedAgain(t *testing.T) {
	t.Parallel()
	localOnly(t)
	if out, err := kubectl("apply", "--server-side", "-k", filepath.Join("..", "..", "config", "prometheus")); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key := client.ObjectKey{Namespace: operatorNamespace, Name: "interview-tracker-operator"}
	for _, object := range []client.Object{&monitoringv1.ServiceMonitor{}, &monitoringv1.PrometheusRule{}} {
		must(t, k8s.Get(t.Context(), key, object))
		if got := object.GetLabels()["release"]; got != "e2e" {
			t.Errorf("the label release of the %T is %q", object, got)
		}
	}
	awaitWithin(t, loadTimeout, "Prometheus does not scrape the operator", func() bool {
		return len(query(t, promql.Series(promql.Up, promql.Equal("job", promql.OperatorJob))+" == 1")) > 0
	})
}

func scrapedAsOurs(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	up := query(t, of(tracker, "up", job(tracker)))
	if len(up) != 1 || up[0].Metric["pod"] != apiPod(t, tracker).Name || up[0].Metric["service"] != "hiring-api" {
		t.Errorf("the tracker's targets are %v", up)
	}
	mine := query(t, of(tracker, "", `__name__=~"http_requests_total|memory_usage_bytes"`, job(tracker)))
	all := query(t, `{__name__=~"http_requests_total|memory_usage_bytes", instance="`+up[0].Metric["instance"]+`"}`)
	if len(mine) == 0 || len(mine) != len(all) {
		t.Errorf("%d of %d series have the tracker's name", len(mine), len(all))
	}
}

// redirectsEnd adds an address to the API's Service that redirects. It is not ready, so that
// nobody but Prometheus uses it.
func redirectsEnd(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	ip, err := nodeIP(t.Context())
	must(t, err)
	serve := func(handler http.HandlerFunc) netip.AddrPort {
		listener, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
		must(t, err)
		server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })
		address, err := netip.ParseAddrPort(listener.Addr().String())
		must(t, err)
		return address
	}
	var asked, followed atomic.Int32
	victim := serve(func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	pod := serve(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://"+victim.String()+"/metrics", http.StatusFound)
	})

	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, Name: "redirecting", Labels: map[string]string{discoveryv1.LabelServiceName: "hiring-api"},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{ip}, Conditions: discoveryv1.EndpointConditions{Ready: new(false)}}},
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(pod.Port())), Protocol: new(corev1.ProtocolTCP)}},
	}
	must(t, k8s.Create(t.Context(), slice))
	up := of(tracker, "up", job(tracker), promql.Equal("instance", pod.String()))
	awaitWithin(t, loadTimeout, "Prometheus does not scrape the address that redirects", func() bool { return len(query(t, up)) > 0 })
	if result := query(t, up); result[0].number(t) != 0 || asked.Load() == 0 || followed.Load() != 0 {
		t.Errorf("up is %v after %d requests, of which %d were redirected", result, asked.Load(), followed.Load())
	}
	must(t, k8s.Delete(t.Context(), slice))
	awaitWithin(t, 2*time.Minute, "Prometheus still scrapes it", func() bool { return targets(t, tracker) == 1 })
}

func rulesHealthy(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	var data struct {
		Groups []struct {
			Name, File string
			Rules      []struct{ Name, Health, LastError string }
		}
	}
	evaluated := 0
	awaitWithin(t, loadTimeout, "Prometheus does not evaluate all rules", func() bool {
		evaluated = 0
		getPrometheus(t, "rules", url.Values{"type": {"alert"}}, &data)
		for _, group := range data.Groups {
			if !strings.Contains(group.File, "/"+tracker.Namespace+"-"+tracker.Name+"-") {
				continue
			}
			for _, rule := range group.Rules {
				if rule.Health == "err" {
					t.Fatalf("the rule %s of %s: %s", rule.Name, group.Name, rule.LastError)
				}
				if rule.Health == "unknown" {
					return false
				}
				evaluated++
			}
		}
		return evaluated > 0
	})
	t.Logf("%d alerting rules", evaluated)
}

// dashboardsShow checks that every query of every dashboard returns data of a tracker that
// is in use.
func dashboardsShow(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	api, ctx := apiPod(t, tracker), t.Context()
	for path, record := range map[string]string{
		"positions": `{"title": "Gardener"}`, "users": `{"name": "Ada", "email": "ada@example.com"}`,
	} {
		if status := store(ctx, api, path, record); status != http.StatusCreated {
			t.Fatalf("storing one of the %s: status %d", path, status)
		}
		list(ctx, api, path)
	}
	stop := traffic(t, 1, func(ctx context.Context) {
		list(ctx, api, "positions")
		list(ctx, api, "users?q=ada") // Redis does not answer that.
		through(ctx, tracker, "/api/positions")
		time.Sleep(500 * time.Millisecond)
	})
	defer stop()
	visited(t, tracker)
	var empty []string
	shown := 0
	show := func() bool {
		empty = nil
		shown++ // A quiet operator has no time of a reconcile to show.
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			s.Monitoring.Dashboard = &v1alpha1.DashboardSpec{Folder: fmt.Sprintf("Shown %d", shown)}
		})
		for title, dashboard := range map[string]dashboards.Dashboard{
			"tracker": dashboards.Tracker(tracker, catalog.Default()), "fleet": dashboards.Fleet(), "operator": dashboards.Operator(),
		} {
			for _, q := range dashboard.Queries() {
				promQL := q.PromQL(model.Duration(time.Minute))
				if !hasNumber(t, query(t, promQL)) && (!q.MayBeEmpty || q.Row == "Users") {
					empty = append(empty, fmt.Sprintf("%s: %s: %s: %s", title, q.Row, q.Panel, promQL))
				}
			}
		}
		return len(empty) == 0
	}
	// The objectives are recorded every five minutes.
	if !within(t, 7*time.Minute, show) {
		t.Errorf("no data for\n%s", strings.Join(empty, "\n"))
	}
}

// visited visits the tracker in Chromium, and waits until Prometheus has what its pages have measured there: on the
// list of positions twice, and once on the form between.
func visited(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	count := func(metric, route string) []sample {
		return query(t, of(tracker, metric, promql.Equal("device", "desktop"), promql.Equal("route", route)))
	}
	const list, form = "/", "/positions/new"
	awaitWithin(t, loadTimeout, "Prometheus does not get the frontend's metrics", func() bool { return len(count(promql.RouteChanges, list)) == 1 })
	address := nowhere
	await(t, "the frontend's Service has no endpoint", func() bool { // Once: what a visit measures is counted.
		address = endpoint(t.Context(), tracker, 0)
		return address != nowhere
	})
	visit := exec.CommandContext(t.Context(), "go", "run", "-C", filepath.Join("..", "browser"), "./visit", address)
	out, err := visit.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", visit, err, out)
	}
	t.Logf("%s", out)
	for _, want := range []struct {
		metric, route string
		count         float64
	}{
		{promql.WebVitalsLCP + promql.Count, list, 2},
		{promql.WebVitalsCLS + promql.Count, list, 2},
		{promql.WebVitalsFCP + promql.Count, list, 2},
		{promql.WebVitalsTTFB + promql.Count, list, 2},
		{promql.WebVitalsINP + promql.Count, form, 1},
		{promql.PageLoad + promql.Count, form, 1},
		{promql.RouteChanges, list, 1},
		{promql.RouteChanges, form, 1},
		{promql.PageErrors, list, 2},
	} {
		var got []sample
		counted := within(t, 2*time.Minute, func() bool {
			got = count(want.metric, want.route)
			return len(got) == 1 && got[0].number(t) == want.count
		})
		if !counted {
			t.Fatalf("%s of %s is %v, want %v", want.metric, want.route, got, want.count)
		}
	}
}

// hasNumber reports whether there is anything to draw.
func hasNumber(t *testing.T, samples []sample) bool {
	t.Helper()
	for _, s := range samples {
		if !math.IsNaN(s.number(t)) {
			return true
		}
	}
	return false
}

func notSelected(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	if n := targets(t, tracker); n != 1 {
		t.Errorf("Prometheus scrapes %d pods, want 1", n)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring.ServiceMonitor.Labels, s.Monitoring.Alerts.Labels, s.Monitoring.Synthetic.Labels = nil, nil, nil
		s.Monitoring.Dashboard = &v1alpha1.DashboardSpec{Folder: "Elsewhere"}
	})
	eventually(t, tracker, "it is not reported", func() bool { return is(tracker, "MonitoringReady", "False NotSelected") })
	if !is(tracker, "Ready", "True Ready") {
		t.Errorf("the tracker is not Ready:\n%s", describe(tracker))
	}
	awaitWithin(t, loadTimeout, "Prometheus does not let go of it", func() bool { return targets(t, tracker) == 0 })
	if got := fetch(t, tracker, "hiring-dashboard", &corev1.ConfigMap{}).Annotations["grafana_folder"]; got != "Elsewhere" {
		t.Errorf("the dashboard is for the folder %q", got)
	}
}

// targets is how many pods of a tracker's API Prometheus scrapes now. The series of a
// dropped target stay for five minutes.
func targets(t *testing.T, tracker *v1alpha1.InterviewTracker) int {
	t.Helper()
	var data struct {
		ActiveTargets []struct{ Labels map[string]string }
	}
	getPrometheus(t, "targets", url.Values{"state": {"active"}}, &data)
	n := 0
	for _, target := range data.ActiveTargets {
		if target.Labels["job"] == promql.APIJob(tracker.Namespace, tracker.Name) {
			n++
		}
	}
	return n
}

func turnedOff(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	made := func() []string {
		return slices.DeleteFunc(belongings(t, tracker), func(object string) bool {
			kind, _, _ := strings.Cut(object, " ")
			return !slices.Contains([]string{"ServiceMonitor", "PrometheusRule", "Probe", "ConfigMap", "AlertmanagerConfig"}, kind)
		})
	}
	must(t, k8s.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "pagers"},
		StringData: map[string]string{"webhook": "https://hook.example.com/"},
	}))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring.Notifications = &v1alpha1.NotificationsSpec{
			Receivers:  []v1alpha1.Receiver{{Name: "hook", Webhook: &v1alpha1.WebhookReceiver{URL: pagersKey("webhook")}}},
			Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"hook"}}},
		}
	})
	eventually(t, tracker, "the notifications are not reported", func() bool {
		return meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionNotificationsReady) != nil
	})
	want := []string{"AlertmanagerConfig hiring", "ConfigMap hiring-dashboard", "Probe hiring-api", "Probe hiring-frontend", "PrometheusRule hiring", "ServiceMonitor hiring-api", "ServiceMonitor hiring-frontend"}
	if got := made(); !slices.Equal(got, want) {
		t.Errorf("the monitoring objects are %q, want %q", got, want)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring = &v1alpha1.MonitoringSpec{
			ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Enabled: new(false)},
			Alerts:         &v1alpha1.AlertsSpec{Enabled: new(false)},
			Dashboard:      &v1alpha1.DashboardSpec{Enabled: new(false)},
		}
	})
	await(t, "what is turned off stays", func() bool { return len(made()) == 0 })
}
