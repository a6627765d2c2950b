// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/usage"
)

// source is who exports a metric.
type source string

const (
	workload  source = "the application"
	process   source = "client_golang, in the application"
	operator  source = "the operator"
	kubelet   source = "the kubelet or its cAdvisor"
	kubeState source = "kube-state-metrics"
	recorded  source = "the tracker's recording rules"
	scraper   source = "Prometheus"
	blackbox  source = "the blackbox exporter"
)

// exported are the metrics that queries may name; a histogram has the suffix _bucket.
var exported = map[source][]string{
	workload: {
		"active_connections",
		"active_users",
		"cache_hit_ratio",
		"cpu_usage_percent",
		"database_connections",
		"database_statement_calls_total",
		"database_statement_seconds_total",
		"disk_free_bytes",
		"disk_total_bytes",
		"feature_uses_total",
		"health_check_duration_seconds_bucket",
		"http_direct_request_duration_seconds_bucket",
		"http_direct_requests_total",
		"http_request_duration_seconds_bucket",
		"http_requests_total",
		"interviews_scheduled_total",
		"memory_limit_bytes",
		"memory_usage_bytes",
		"page_errors_total",
		"page_load_seconds_bucket",
		"positions_created_total",
		"route_changes_total",
		"rum_dropped_total",
		"users_registered_total",
		"web_vitals_cls_bucket",
		"web_vitals_fcp_seconds_bucket",
		"web_vitals_inp_seconds_bucket",
		"web_vitals_lcp_seconds_bucket",
		"web_vitals_ttfb_seconds_bucket",
	},
	process: {"process_cpu_seconds_total", "process_start_time_seconds"},
	operator: {
		"controller_runtime_reconcile_errors_total",
		"controller_runtime_reconcile_panics_total",
		"controller_runtime_reconcile_time_seconds_bucket",
		"controller_runtime_reconcile_timeouts_total",
		"controller_runtime_reconcile_total",
		"interviewtracker_children_total",
		"interviewtracker_condition",
		"interviewtracker_dependency_response_seconds",
		"interviewtracker_dependency_up",
		"interviewtracker_health_poll_duration_seconds_bucket",
		"interviewtracker_health_poll_errors_total",
		"interviewtracker_health_poll_lag_seconds_bucket",
		"interviewtracker_journey_duration_seconds",
		"interviewtracker_journey_interval_seconds",
		"interviewtracker_journey_last_run_timestamp_seconds",
		"interviewtracker_journey_success",
		"interviewtracker_operator_build_info",
		"interviewtracker_ready_pods",
		"interviewtracker_rollout_failed",
		"interviewtracker_suspended",
		"interviewtracker_undecodable_objects",
		"leader_election_master_status",
		"rest_client_requests_total",
		"workqueue_depth",
		"workqueue_queue_duration_seconds_bucket",
	},
	kubelet: {
		"container_cpu_usage_seconds_total",
		"container_fs_limit_bytes",
		"container_fs_usage_bytes",
		"container_memory_working_set_bytes",
		"container_network_receive_bytes_total",
		"container_network_transmit_bytes_total",
		"container_start_time_seconds",
		"kubelet_volume_stats_available_bytes",
		"kubelet_volume_stats_capacity_bytes",
	},
	kubeState: {"kube_pod_container_resource_limits", "kube_pod_container_resource_requests"},
	recorded: {
		"tracker:http_request_duration:slow_ratio_rate1h",
		"tracker:http_request_duration:slow_ratio_rate3d",
		"tracker:http_request_duration:slow_ratio_rate5m",
		"tracker:http_request_duration:slow_ratio_rate6h",
		"tracker:http_requests:error_ratio_rate1h",
		"tracker:http_requests:error_ratio_rate3d",
		"tracker:http_requests:error_ratio_rate5m",
		"tracker:http_requests:error_ratio_rate6h",
		"tracker:http_requests:rate5m",
		"tracker:unserved",
		"tracker:unserved:ratio1h",
		"tracker:unserved:ratio3d",
		"tracker:unserved:ratio5m",
		"tracker:unserved:ratio6h",
	},
	scraper:  {"ALERTS", "up"},
	blackbox: {"probe_duration_seconds", "probe_success"},
}

// histogramParts is what a metric's name has before it when it is one of a histogram.
var histogramParts = regexp.MustCompile("_(bucket|count|sum)$")

// sourceOf finds out who exports a metric; false when nobody is known to.
func sourceOf(metric string) (source, bool) {
	for by, names := range exported {
		for _, m := range names {
			if m == metric || histogramParts.MatchString(m) && histogramParts.ReplaceAllString(m, "") == histogramParts.ReplaceAllString(metric, "") {
				return by, true
			}
		}
	}
	return "", false
}

// Only a test of the operator's may import the application.
func TestTheApplicationExportsWhatQueriesName(t *testing.T) {
	application := metrics.New(metrics.Sources{
		Meter: usage.NewMeter(), DatabaseConnections: func() int { return 1 }, CacheHitRatio: func() float64 { return 1 },
		Statements: func() []database.Statement { return []database.Statement{{ID: "1", Text: "SELECT $1"}} },
	})
	for _, endpoint := range []string{"/positions", contract.PathReady} {
		request := httptest.NewRequest(http.MethodGet, endpoint, http.NoBody)
		application.Observe(request, server.Request{Endpoint: endpoint, Status: http.StatusOK})
	}
	frontend := metrics.NewFrontend()
	frontend.Pages.Expect(nil)
	var exposed strings.Builder
	for _, handler := range []http.Handler{
		application.Handler(slog.New(slog.DiscardHandler)), frontend.Handler(slog.New(slog.DiscardHandler)),
	} {
		response := httptest.NewRecorder()
		handler.ServeHTTP(response, httptest.NewRequest(http.MethodGet, contract.PathMetrics, http.NoBody))
		exposed.WriteString(response.Body.String())
	}
	var got []string
	for _, line := range regexp.MustCompile("(?m)^# TYPE ([a-z_]+) ([a-z]+)$").FindAllStringSubmatch(exposed.String(), -1) {
		if name := line[1]; !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			got = append(got, name+map[string]string{"histogram": "_bucket"}[line[2]])
		}
	}
	slices.Sort(got)
	got = slices.Compact(got) // Both count requests.
	if diff := cmp.Diff(exported[workload], got); diff != "" {
		t.Errorf("metrics of the application (-want +got):\n%s", diff)
	}
}

func TestTheProcessCollectorExportsWhatQueriesName(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, family := range families {
		got = append(got, family.GetName())
	}
	for _, want := range exported[process] {
		if !slices.Contains(got, want) {
			t.Errorf("no %s among %v", want, got)
		}
	}
}

// What docs/metrics.md promises is what the operator's own tests hold it to.
func TestTheOperatorExportsWhatQueriesName(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	ofOperator, _, _ := strings.Cut(string(text), "## Traces of the reference workload")
	var got []string
	for _, line := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (gauge|counter|histogram) \\|").FindAllStringSubmatch(ofOperator, -1) {
		got = append(got, line[1]+map[string]string{"histogram": "_bucket"}[line[2]])
	}
	slices.Sort(got)
	if diff := cmp.Diff(exported[operator], got); diff != "" {
		t.Errorf("metrics of the operator (-want +got):\n%s", diff)
	}
}
