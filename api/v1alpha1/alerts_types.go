// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AlertsSpec configures the alerting and recording rules of a tracker.
type AlertsSpec struct {
	// enabled specifies whether the operator creates a PrometheusRule.
	// Defaults to true.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// labels are added to the PrometheusRule, so that the ruleSelector of a Prometheus
	// can select it. Example: release: kube-prometheus-stack. At most 32 labels.
	// Defaults to none.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has an invalid key: a label name has at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// metricsSource specifies which metrics the alerts on memory, disk and CPU use:
	// Application, the gauges of the API itself, or Kubernetes, the metrics of the
	// kubelet and its cAdvisor. Defaults to Application.
	// +optional
	MetricsSource MetricsSource `json:"metricsSource,omitempty"`

	// runbookBaseURL is the first part of the annotation runbook_url of each alert. The
	// alert's name and .md are appended, after a '/' if the URL does not end with one
	// and has neither a query nor a fragment. At most 512 characters.
	// Defaults to the runbooks of the operator.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?$')",message="runbookBaseURL must be an http or https URL without a user, such as https://wiki.example.com/runbooks/"
	// +optional
	RunbookBaseURL string `json:"runbookBaseURL,omitempty"`

	// disabled lists the names of alerts to leave out. The condition MonitoringReady
	// reports names of alerts that do not exist. At most 32 names. Defaults to none.
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Disabled []AlertName `json:"disabled,omitempty"`

	// rules override the threshold and the duration of alerts, by the alert's name:
	// HighErrorRate, HighResponseTime, DatabaseConnectionIssues, HighMemoryUsage,
	// LowDiskSpace and HighCPUUsage. The condition MonitoringReady reports other names.
	// At most 32 rules. Defaults to none.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Rules []AlertRule `json:"rules,omitempty"`

	// slo specifies the service level objectives of the API, over 30 days.
	// Defaults to the defaults of its fields.
	// +optional
	SLO *SLOSpec `json:"slo,omitempty"`
}

// MetricsSource specifies which metrics the alerts on memory, disk and CPU use.
// +kubebuilder:validation:Enum=Application;Kubernetes
type MetricsSource string

// The sources of the metrics on memory, disk and CPU.
const (
	// MetricsSourceApplication is the gauges of the API itself.
	MetricsSourceApplication MetricsSource = "Application"
	// MetricsSourceKubernetes is the metrics of the kubelet and its cAdvisor.
	MetricsSourceKubernetes MetricsSource = "Kubernetes"
)

// AlertName is the name of one of the operator's alerts. The schema does not list the
// names: a resource stays valid when a later version of the operator renames an alert.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z][A-Za-z0-9]*$')",message="must be the name of an alert, such as HighErrorRate: letters and digits, starting with a letter"
type AlertName string

// The alerts. The first six, with their thresholds and durations, are those of the
// section "Alerting Rules" of the health-check specification.
const (
	// AlertHighErrorRate fires when the API returns many errors.
	AlertHighErrorRate AlertName = "HighErrorRate"
	// AlertHighResponseTime fires when the API responds slowly.
	AlertHighResponseTime AlertName = "HighResponseTime"
	// AlertDatabaseConnectionIssues fires when the API has lost its connections to the database.
	AlertDatabaseConnectionIssues AlertName = "DatabaseConnectionIssues"
	// AlertHighMemoryUsage fires when the API is near its memory limit or, without one, its request.
	AlertHighMemoryUsage AlertName = "HighMemoryUsage"
	// AlertLowDiskSpace fires when the disk is nearly full.
	AlertLowDiskSpace AlertName = "LowDiskSpace"
	// AlertHighCPUUsage fires when the API is near its CPU limit or, without one, its request.
	AlertHighCPUUsage AlertName = "HighCPUUsage"

	// AlertTrackerAPIDown fires when Prometheus can scrape no API pod.
	AlertTrackerAPIDown AlertName = "TrackerAPIDown"
	// AlertTrackerMetricsAbsent fires when Prometheus has no API pod among its targets.
	AlertTrackerMetricsAbsent AlertName = "TrackerMetricsAbsent"

	// AlertAvailabilityBudgetBurn fires when errors use up the availability objective.
	AlertAvailabilityBudgetBurn AlertName = "AvailabilityBudgetBurn"
	// AlertLatencyBudgetBurn fires when slow responses use up the latency objective.
	AlertLatencyBudgetBurn AlertName = "LatencyBudgetBurn"

	// AlertTrackerDependencyDown fires when the operator finds a required dependency unhealthy.
	AlertTrackerDependencyDown AlertName = "TrackerDependencyDown"
	// AlertTrackerOptionalDependencyDown fires when the operator finds an optional dependency unhealthy.
	AlertTrackerOptionalDependencyDown AlertName = "TrackerOptionalDependencyDown"
	// AlertTrackerDependencyUnknown fires when the operator can't find out how a dependency is.
	AlertTrackerDependencyUnknown AlertName = "TrackerDependencyUnknown"
	// AlertTrackerRolloutStuck fires when the API or the frontend does not become available.
	AlertTrackerRolloutStuck AlertName = "TrackerRolloutStuck"
	// AlertTrackerRolloutFailed fires when new pod templates have failed (spec.rollout.autoRollback).
	AlertTrackerRolloutFailed AlertName = "TrackerRolloutFailed"
	// AlertTrackerRestarting fires when the API's pods keep restarting.
	AlertTrackerRestarting AlertName = "TrackerRestarting"
	// AlertTrackerProbeFailing fires when a synthetic probe fails.
	AlertTrackerProbeFailing AlertName = "TrackerProbeFailing"
	// AlertTrackerCertificateExpiring fires when the certificate of a probed URL expires soon.
	AlertTrackerCertificateExpiring AlertName = "TrackerCertificateExpiring"

	// AlertPoorWebVitals fires when users wait long for the frontend's pages.
	AlertPoorWebVitals AlertName = "PoorWebVitals"
	// AlertTrackerJourneyFailing fires when a journey fails.
	AlertTrackerJourneyFailing AlertName = "TrackerJourneyFailing"
	// AlertTrackerJourneyNotRunning fires when a journey has stopped running.
	AlertTrackerJourneyNotRunning AlertName = "TrackerJourneyNotRunning"

	// AlertTrackerWatchdog fires as long as Prometheus works; its absence is the alarm.
	AlertTrackerWatchdog AlertName = "TrackerWatchdog"
)

// AlertRule overrides the threshold and the duration of one alert.
// +kubebuilder:validation:XValidation:rule="self.name != 'HighResponseTime' || !has(self.threshold) || self.threshold.matches('[1-9]') && (!self.threshold.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self.threshold) < 10.0)",message="threshold of HighResponseTime must be greater than 0 seconds and less than 10, the last bucket of http_request_duration_seconds, such as '2'",fieldPath=".threshold"
// +kubebuilder:validation:XValidation:rule="self.name != 'DatabaseConnectionIssues' || !has(self.threshold) || self.threshold.matches('[1-9]')",message="threshold of DatabaseConnectionIssues must be greater than 0 connections, such as '1'",fieldPath=".threshold"
// +kubebuilder:validation:XValidation:rule="self.name != 'HighMemoryUsage' || !has(self.threshold) || self.threshold.matches('^0[.]0*[1-9]')",message="threshold of HighMemoryUsage must be greater than 0 and less than 1, which is all of the limit, such as '0.9'",fieldPath=".threshold"
// +kubebuilder:validation:XValidation:rule="self.name != 'LowDiskSpace' || !has(self.threshold) || self.threshold.matches('^0[.]0*[1-9]')",message="threshold of LowDiskSpace must be greater than 0 and less than 1, which is all of the disk, such as '0.1'",fieldPath=".threshold"
// +kubebuilder:validation:XValidation:rule="self.name != 'HighCPUUsage' || !has(self.threshold) || self.threshold.matches('^[1-9][0-9]?([.]|$)|^0[.]0*[1-9]')",message="threshold of HighCPUUsage must be greater than 0 and less than 100 percent, such as '80'",fieldPath=".threshold"
type AlertRule struct {
	// name is the name of the alert.
	// +required
	Name AlertName `json:"name"`

	// threshold is the value that the alert compares with, a decimal number in quotes:
	// - HighErrorRate: errors (status 5xx) of the API per second. Defaults to "0.1".
	// - HighResponseTime: 95th percentile of the API's response times, in seconds; less
	//   than 10, the bound of the last bucket of http_request_duration_seconds. Defaults
	//   to "2".
	// - DatabaseConnectionIssues: connections to the database of all API pods together;
	//   the alert fires below it. Defaults to "1".
	// - HighMemoryUsage: used part of the API's memory limit, else of its request; 1 is all
	//   of it. Defaults to "0.9".
	// - LowDiskSpace: free part of the disk, where 1 is all of it; the alert fires below
	//   it. Defaults to "0.1".
	// - HighCPUUsage: used part of the API's CPU limit, else of its request, in percent.
	//   Defaults to "80".
	// +optional
	Threshold Decimal `json:"threshold,omitempty"`

	// for is how long the value must be beyond the threshold before the alert fires, a
	// duration from 0s to 24h, such as 5m. Defaults to 2m for HighErrorRate, 5m for
	// HighResponseTime and HighMemoryUsage, 1m for DatabaseConnectionIssues, and 10m for
	// LowDiskSpace and HighCPUUsage.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('24h')",message="for must be a duration from 0s to 24h, such as 5m"
	// +optional
	For *metav1.Duration `json:"for,omitempty"`
}

// Decimal is a decimal number without sign or exponent, such as 0.25, as a string: it
// survives a round trip through JSON.
// +kubebuilder:validation:MaxLength=16
// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$')",message="must be a decimal number in quotes, such as '0.25', with at most 9 digits before the point and 6 after it"
type Decimal string

// SLOSpec specifies the service level objectives of the API, over 30 days. Requests for
// /health and /metrics don't count, unless the application observes them in
// http_request_duration_seconds: then they count for the latency. The alerts on error
// budgets need 100 other requests in their longer window.
type SLOSpec struct {
	// availability is the part of the requests that must be answered without an error
	// (status 5xx), in percent, from 50 to 99.999, in quotes. Defaults to "99.5".
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) >= 50.0 && double(self) <= 99.999",message="availability must be from 50 to 99.999 percent, such as '99.5'"
	// +optional
	Availability Decimal `json:"availability,omitempty"`

	// latency is the time within which a request must be answered. It must be the upper
	// bound of a bucket of http_request_duration_seconds: 5ms, 10ms, 25ms, 50ms, 100ms,
	// 250ms, 500ms, 1s, 2s, 5s or 10s. Defaults to 1s.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) in ['5ms', '10ms', '25ms', '50ms', '100ms', '250ms', '500ms', '1s', '2s', '5s', '10s'].map(d, duration(d))",message="latency must be the bound of a bucket of http_request_duration_seconds: write 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2s, 5s or 10s"
	// +optional
	Latency *metav1.Duration `json:"latency,omitempty"`

	// latencyTarget is the part of the requests that must be answered within latency,
	// in percent, from 50 to 99.999, in quotes. Defaults to "95".
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) >= 50.0 && double(self) <= 99.999",message="latencyTarget must be from 50 to 99.999 percent, such as '95'"
	// +optional
	LatencyTarget Decimal `json:"latencyTarget,omitempty"`
}
