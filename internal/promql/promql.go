// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package promql holds what the rules, the dashboards and the metrics must agree on: the
// names of series, and how selectors of them are written. It is pure.
package promql

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Series is a selector of the series of a metric. Matchers are those that the functions
// below return: what they quote stays a string, whatever it contains.
func Series(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(matchers, ",") + "}"
}

// Equal is a matcher of a label by its value.
func Equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// NotEqual is the opposite of Equal.
func NotEqual(label, value string) string { return label + "!=" + strconv.Quote(value) }

// Matches is a matcher by a regular expression, which Prometheus anchors.
func Matches(label, regex string) string { return label + "=~" + strconv.Quote(regex) }

// NotMatches is the opposite of Matches.
func NotMatches(label, regex string) string { return label + "!~" + strconv.Quote(regex) }

// Number is a number as PromQL, without an exponent.
func Number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// UserRequests is a matcher that leaves out the requests of the kubelet, of Prometheus, of
// the operator and of probes, and those that browsers and pages send by themselves. While the database
// is down, each readiness probe is answered with 503, twelve times a minute and pod: the probe
// itself acts on that, and no user sees it.
var UserRequests = NotMatches("endpoint",
	contract.PathHealth+"(/.*)?|"+contract.PathMetrics+"|"+contract.PathStatus+"|"+contract.PathRUM+"|"+regexp.QuoteMeta(contract.PathServiceWorker))

// The operator's metrics.
const (
	Condition          = "interviewtracker_condition"
	DependencyUp       = "interviewtracker_dependency_up"
	DependencyResponse = "interviewtracker_dependency_response_seconds"
	Suspended          = "interviewtracker_suspended"
	RolloutFailed      = "interviewtracker_rollout_failed"
	ReadyPods          = "interviewtracker_ready_pods"
	Children           = "interviewtracker_children_total"
	BuildInfo          = "interviewtracker_operator_build_info"
	Undecodable        = "interviewtracker_undecodable_objects"
	PollDuration       = "interviewtracker_health_poll_duration_seconds"
	PollLag            = "interviewtracker_health_poll_lag_seconds"
	PollErrors         = "interviewtracker_health_poll_errors_total"
	JourneySuccess     = "interviewtracker_journey_success"
	JourneyDuration    = "interviewtracker_journey_duration_seconds"
	JourneyLastRun     = "interviewtracker_journey_last_run_timestamp_seconds"
	JourneyInterval    = "interviewtracker_journey_interval_seconds"
)

// The suffixes of the series of a histogram.
const (
	Bucket = "_bucket"
	Count  = "_count"
)

// The metrics of the application that rules and dashboards read. The frontend has those of
// requests as well, under a job of its own.
const (
	Requests        = "http_requests_total"
	RequestDuration = "http_request_duration_seconds"
	// DirectRequests and DirectDuration are the same for the requests to the API alone that did
	// not come through the frontend, which has counted the others.
	DirectRequests = "http_direct_requests_total"
	DirectDuration = "http_direct_request_duration_seconds"
	// HealthDuration is how long the answers of the health endpoints take.
	HealthDuration = "health_check_duration_seconds"
	// ActiveUsers is how many users the frontend has seen of late; FeatureUses is what they
	// have done, by the label feature.
	ActiveUsers         = "active_users"
	FeatureUses         = "feature_uses_total"
	DatabaseConnections = "database_connections"
	// StatementSeconds and StatementCalls are the database's own counts of a statement, which
	// every pod reports, by the labels queryid and statement.
	StatementSeconds = "database_statement_seconds_total"
	StatementCalls   = "database_statement_calls_total"
	// The histograms of what the frontend's pages measure in browsers, and the counters beside them. Their
	// labels are route and device.
	WebVitalsLCP  = "web_vitals_lcp_seconds"
	WebVitalsINP  = "web_vitals_inp_seconds"
	WebVitalsCLS  = "web_vitals_cls"
	WebVitalsFCP  = "web_vitals_fcp_seconds"
	WebVitalsTTFB = "web_vitals_ttfb_seconds"
	PageLoad      = "page_load_seconds"
	PageErrors    = "page_errors_total"
	RouteChanges  = "route_changes_total"
	RUMDropped    = "rum_dropped_total"
	MemoryUsage   = "memory_usage_bytes"
	MemoryLimit   = "memory_limit_bytes"
	CPUUsage      = "cpu_usage_percent"
	DiskFree      = "disk_free_bytes"
	DiskTotal     = "disk_total_bytes"
	ProcessCPU    = "process_cpu_seconds_total"
	ProcessStart  = "process_start_time_seconds"
)

// The metrics of the kubelet and of kube-state-metrics that rules and dashboards read.
const (
	ContainerCPU         = "container_cpu_usage_seconds_total"
	ContainerMemory      = "container_memory_working_set_bytes"
	ContainerCPUQuota    = "container_spec_cpu_quota"
	ContainerCPUPeriod   = "container_spec_cpu_period"
	ContainerMemoryLimit = "container_spec_memory_limit_bytes"
	ResourceLimits       = "kube_pod_container_resource_limits"
	ResourceRequests     = "kube_pod_container_resource_requests"
	VolumeAvailable      = "kubelet_volume_stats_available_bytes"
	VolumeCapacity       = "kubelet_volume_stats_capacity_bytes"
)

// The series of a blackbox exporter, of controller-runtime and of Prometheus that rules
// and dashboards read.
const (
	ProbeSuccess    = "probe_success"
	Leading         = "leader_election_master_status"
	ReconcileErrors = "controller_runtime_reconcile_errors_total"
	QueueDuration   = "workqueue_queue_duration_seconds"
	Up              = "up"
)

// The series that a tracker's recording rules write, without the window that each name
// ends with, such as 5m.
const (
	RecordedRequests = "tracker:http_requests:rate"
	RecordedErrors   = "tracker:http_requests:error_ratio_rate"
	RecordedSlow     = "tracker:http_request_duration:slow_ratio_rate"
	// RecordedUnserved is the share of the window in which nobody could be served. Without a window,
	// Unserved is 1 while that is so.
	RecordedUnserved = "tracker:unserved:ratio"
	Unserved         = "tracker:unserved"
)

// Tracker is the label of series that holds the name of the tracker.
const Tracker = "tracker"

// APIJob is the job of the series that come from the API's pods of a tracker, and ProbeJob
// that of its probes. No other job has such a name: prometheus-operator makes them of the
// name of a Service or the value of a label, which have no slash, or of two names, or of
// three with another beginning.
func APIJob(namespace, tracker string) string {
	return "interview-tracker/" + namespace + "/" + tracker
}

// ProbeJob is described at APIJob.
func ProbeJob(namespace, tracker string) string { return APIJob(namespace, tracker) + "/probe" }

// ComponentJob is the job of the series of a component that serves its metrics on a port of
// its own, such as the frontend.
func ComponentJob(namespace, tracker, component string) string {
	return APIJob(namespace, tracker) + "/" + component
}

// AnyAPIJob is a regular expression that matches the APIJob of every tracker.
const AnyAPIJob = "interview-tracker/[^/]+/[^/]+"

// NoJob is a matcher of what rules have recorded: what is scraped always has a job.
var NoJob = Equal("job", "")

// Where the operator runs, as config/manager says, and the job that its ServiceMonitor in
// config/prometheus sets, for the reason that APIJob gives.
const (
	OperatorNamespace = "interview-tracker-system"
	OperatorJob       = "interview-tracker-operator/manager/metrics"
	// Controller is the name of the operator's controller and of its queue.
	Controller = "interviewtracker"
)
