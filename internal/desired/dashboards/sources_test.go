// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package dashboards

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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
		"cache_hit_ratio",
		"cpu_usage_percent",
		"database_connections",
		"disk_free_bytes",
		"disk_total_bytes",
		"http_request_duration_seconds_bucket",
		"http_requests_total",
		"interviews_scheduled_total",
		"memory_limit_bytes",
		"memory_usage_bytes",
		"positions_created_total",
		"users_registered_total",
	},
	process: {"process_start_time_seconds"},
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
		"interviewtracker_suspended",
		"interviewtracker_undecodable_objects",
		"leader_election_master_status",
		"rest_client_requests_total",
		"workqueue_depth",
		"workqueue_queue_duration_seconds_bucket",
	},
	kubelet: {
		"container_cpu_usage_seconds_total",
		"container_memory_working_set_bytes",
		"container_network_receive_bytes_total",
		"container_network_transmit_bytes_total",
		"container_spec_cpu_period",
		"container_spec_cpu_quota",
		"container_spec_memory_limit_bytes",
		"container_start_time_seconds",
		"kubelet_volume_stats_available_bytes",
		"kubelet_volume_stats_capacity_bytes",
	},
	kubeState: {"kube_pod_container_resource_limits"},
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
	},
	scraper:  {"ALERTS", "up"},
	blackbox: {"probe_duration_seconds", "probe_success"},
}

// histogramParts is what a metric's name has before it when it is one of a histogram.
var histogramParts = regexp.MustCompile("_(bucket|count|sum)$")

// sourceOf finds out who exports a metric; false when nobody is known to.
func sourceOf(metric string) (source, bool) {
	for by, metrics := range exported {
		for _, m := range metrics {
			if m == metric || histogramParts.MatchString(m) && histogramParts.ReplaceAllString(m, "") == histogramParts.ReplaceAllString(metric, "") {
				return by, true
			}
		}
	}
	return "", false
}

// The operator can't import the workload, so what it registers is read from its source.
func TestTheApplicationExportsWhatQueriesName(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../workload/metrics/metrics.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	named := func(node ast.Node, suffix string) {
		literal, ok := node.(*ast.BasicLit)
		if !ok {
			t.Fatalf("a name that is no literal at %d", node.Pos())
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name+suffix)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch function := call.Fun.(type) {
		case *ast.Ident:
			if function.Name == "counter" || function.Name == "gauge" {
				named(call.Args[0], "")
			}
		case *ast.SelectorExpr:
			suffix := map[string]string{"NewHistogram": "_bucket"}[function.Sel.Name]
			for _, arg := range call.Args {
				for _, field := range fields(arg) {
					if key, ok := field.Key.(*ast.Ident); ok && key.Name == "Name" {
						if _, parameter := field.Value.(*ast.Ident); !parameter { // that of counter and gauge
							named(field.Value, suffix)
						}
					}
				}
			}
		}
		return true
	})
	slices.Sort(got)
	if diff := cmp.Diff(exported[workload], got); diff != "" {
		t.Errorf("metrics of the application (-want +got):\n%s", diff)
	}
}

// fields are the fields of a struct that is written out.
func fields(expr ast.Expr) []*ast.KeyValueExpr {
	literal, ok := expr.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	var out []*ast.KeyValueExpr
	for _, element := range literal.Elts {
		if field, ok := element.(*ast.KeyValueExpr); ok {
			out = append(out, field)
		}
	}
	return out
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
	var got []string
	for _, line := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (gauge|counter|histogram) \\|").FindAllStringSubmatch(string(text), -1) {
		got = append(got, line[1]+map[string]string{"histogram": "_bucket"}[line[2]])
	}
	slices.Sort(got)
	if diff := cmp.Diff(exported[operator], got); diff != "" {
		t.Errorf("metrics of the operator (-want +got):\n%s", diff)
	}
}
