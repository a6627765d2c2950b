// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AlertsSpec are the alerting and recording rules of a tracker.
type AlertsSpec struct {
	// enabled makes a PrometheusRule. true when omitted.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// labels are further labels of the PrometheusRule, by which a Prometheus selects
	// it, such as release: kube-prometheus-stack. None when omitted.
	// +mapType=granular
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))",message="labels has a key that is no label name: at most 63 letters, digits, '-', '_' and '.', with an optional DNS prefix before a '/'"
	// +kubebuilder:validation:XValidation:rule="!self.exists(k, k.startsWith('app.kubernetes.io/') || k.startsWith('apps.interviewtracker.dev/'))",message="labels can't set labels under app.kubernetes.io/ or apps.interviewtracker.dev/: the operator sets them"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// metricsSource is where memory, disk and CPU are read: Application, the API's own
	// gauges, or Kubernetes, what the kubelet and its cAdvisor measure.
	// Application when omitted.
	// +optional
	MetricsSource MetricsSource `json:"metricsSource,omitempty"`

	// runbookBaseURL is what the alerts' runbook_url begins with; the alert's name and
	// .md follow, after a '/' where it ends with none and has neither a query nor a
	// fragment. The operator's own runbooks when omitted.
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[[][0-9A-Fa-f:.]+[]])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?$')",message="runbookBaseURL must be an http or https URL without a user, such as https://wiki.example.com/runbooks/"
	// +optional
	RunbookBaseURL string `json:"runbookBaseURL,omitempty"`

	// disabled are the names of alerts that are left out. None when omitted.
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Disabled []AlertName `json:"disabled,omitempty"`

	// highErrorRate fires when the API answers more errors (status 5xx) a second than
	// threshold. 0.1 for 2m when omitted.
	// +optional
	HighErrorRate *AlertRule `json:"highErrorRate,omitempty"`

	// highResponseTime fires when the 95th percentile of the API's answers takes longer
	// than threshold, in seconds, which must be less than the last bound of the buckets
	// of http_request_duration_seconds: no percentile is above that one. It is 10 in
	// the reference application. 2 for 5m when omitted.
	// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.threshold.matches('[1-9]')",message="threshold must be greater than 0 seconds, such as '2'",fieldPath=".threshold"
	// +optional
	HighResponseTime *AlertRule `json:"highResponseTime,omitempty"`

	// databaseConnectionIssues fires when all pods of the API together have fewer
	// connections to the database than threshold. 1 for 1m when omitted.
	// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.threshold.matches('[1-9]')",message="threshold must be greater than 0 connections, such as '1'",fieldPath=".threshold"
	// +optional
	DatabaseConnectionIssues *AlertRule `json:"databaseConnectionIssues,omitempty"`

	// highMemoryUsage fires when the API uses more of its memory limit than threshold,
	// where 1 is all of it. 0.9 for 5m when omitted.
	// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.threshold.matches('^0[.]0*[1-9]')",message="threshold must be greater than 0 and less than 1, which is all of the limit, such as '0.9'",fieldPath=".threshold"
	// +optional
	HighMemoryUsage *AlertRule `json:"highMemoryUsage,omitempty"`

	// lowDiskSpace fires when less of the disk is free than threshold, where 1 is all
	// of it. 0.1 for 10m when omitted.
	// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.threshold.matches('^0[.]0*[1-9]')",message="threshold must be greater than 0 and less than 1, which is all of the disk, such as '0.1'",fieldPath=".threshold"
	// +optional
	LowDiskSpace *AlertRule `json:"lowDiskSpace,omitempty"`

	// highCPUUsage fires when the API uses more CPU than threshold, in percent of its
	// limit. 80 for 10m when omitted.
	// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || self.threshold.matches('^[1-9][0-9]?([.]|$)|^0[.]0*[1-9]')",message="threshold must be greater than 0 and less than 100 percent, such as '80'",fieldPath=".threshold"
	// +optional
	HighCPUUsage *AlertRule `json:"highCPUUsage,omitempty"`

	// slo are the service level objectives, over 30 days. When omitted, all its fields
	// have their defaults.
	// +optional
	SLO *SLOSpec `json:"slo,omitempty"`
}

// MetricsSource is where memory, disk and CPU are read.
// +kubebuilder:validation:Enum=Application;Kubernetes
type MetricsSource string

// Where memory, disk and CPU are read.
const (
	// MetricsSourceApplication is the API's own gauges.
	MetricsSourceApplication MetricsSource = "Application"
	// MetricsSourceKubernetes is what the kubelet and its cAdvisor measure.
	MetricsSourceKubernetes MetricsSource = "Kubernetes"
)

// AlertName is the name of one of the operator's alerts.
// +kubebuilder:validation:Enum=HighErrorRate;HighResponseTime;DatabaseConnectionIssues;HighMemoryUsage;LowDiskSpace;HighCPUUsage;TrackerAPIDown;TrackerMetricsAbsent;AvailabilityBudgetBurn;LatencyBudgetBurn;TrackerDependencyDown;TrackerDependencyUnknown;TrackerRolloutStuck;TrackerRestarting;TrackerProbeFailing;TrackerCertificateExpiring
type AlertName string

// The alerts. The first six, with their thresholds and durations, are those of the
// health-check specification, «Alerting Rules».
const (
	// AlertHighErrorRate tells that the API answers many errors.
	AlertHighErrorRate AlertName = "HighErrorRate"
	// AlertHighResponseTime tells that the API answers slowly.
	AlertHighResponseTime AlertName = "HighResponseTime"
	// AlertDatabaseConnectionIssues tells that the API has lost its connections to the database.
	AlertDatabaseConnectionIssues AlertName = "DatabaseConnectionIssues"
	// AlertHighMemoryUsage tells that the API is near its memory limit.
	AlertHighMemoryUsage AlertName = "HighMemoryUsage"
	// AlertLowDiskSpace tells that the disk is nearly full.
	AlertLowDiskSpace AlertName = "LowDiskSpace"
	// AlertHighCPUUsage tells that the API is near its CPU limit.
	AlertHighCPUUsage AlertName = "HighCPUUsage"

	// AlertTrackerAPIDown tells that no API pod answers Prometheus.
	AlertTrackerAPIDown AlertName = "TrackerAPIDown"
	// AlertTrackerMetricsAbsent tells that Prometheus knows no API pod at all.
	AlertTrackerMetricsAbsent AlertName = "TrackerMetricsAbsent"

	// AlertAvailabilityBudgetBurn tells that errors use up the availability objective.
	AlertAvailabilityBudgetBurn AlertName = "AvailabilityBudgetBurn"
	// AlertLatencyBudgetBurn tells that slow answers use up the latency objective.
	AlertLatencyBudgetBurn AlertName = "LatencyBudgetBurn"

	// AlertTrackerDependencyDown tells that the operator's verdict on a dependency is bad.
	AlertTrackerDependencyDown AlertName = "TrackerDependencyDown"
	// AlertTrackerDependencyUnknown tells that the operator has no verdict on one.
	AlertTrackerDependencyUnknown AlertName = "TrackerDependencyUnknown"
	// AlertTrackerRolloutStuck tells that the API or the frontend does not become available.
	AlertTrackerRolloutStuck AlertName = "TrackerRolloutStuck"
	// AlertTrackerRestarting tells that the API's pods keep restarting.
	AlertTrackerRestarting AlertName = "TrackerRestarting"
	// AlertTrackerProbeFailing tells that a synthetic probe fails.
	AlertTrackerProbeFailing AlertName = "TrackerProbeFailing"
	// AlertTrackerCertificateExpiring tells that the certificate behind a probed URL expires.
	AlertTrackerCertificateExpiring AlertName = "TrackerCertificateExpiring"
)

// AlertRule overrides an alert's figures.
type AlertRule struct {
	// threshold is a decimal number in quotes, such as "0.25". As the description of
	// the alert says when omitted.
	// +optional
	Threshold Decimal `json:"threshold,omitempty"`

	// for is how long it must be so before the alert fires, such as 5m, from 0s to 24h.
	// As the description of the alert says when omitted.
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,6}([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('24h')",message="for must be a duration of at most 24h, such as 5m"
	// +optional
	For *metav1.Duration `json:"for,omitempty"`
}

// Decimal is a number such as 0.25, without sign or exponent, which survives a
// round trip through JSON.
// +kubebuilder:validation:MaxLength=16
// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$')",message="must be a decimal number in quotes, such as '0.25', with at most 9 digits before the point and 6 after it"
type Decimal string

// SLOSpec are the service level objectives of the API, over 30 days. Requests for
// /health and /metrics don't count, unless the application observes them in
// http_request_duration_seconds: then they count for the latency. Alerts on a budget
// that is used up too fast need 100 other requests in their longer window.
type SLOSpec struct {
	// availability is how many of the requests have to be answered without an error
	// (status 5xx), in percent, in quotes. "99.5" when omitted.
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) >= 50.0 && double(self) <= 99.999",message="availability must be from 50 to 99.999 percent, such as '99.5'"
	// +optional
	Availability Decimal `json:"availability,omitempty"`

	// latencySeconds is how long an answer may take, in seconds, in quotes. It must be
	// an upper bound of a bucket of http_request_duration_seconds; those of the
	// reference application are 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5 and
	// 10. "1" when omitted.
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) > 0.0 && double(self) <= 3600.0",message="latencySeconds must be greater than 0 and at most 3600, such as '0.5'"
	// +optional
	LatencySeconds Decimal `json:"latencySeconds,omitempty"`

	// latencyTarget is how many of the requests have to be answered in time, in
	// percent, in quotes. "95" when omitted.
	// +kubebuilder:validation:XValidation:rule="!self.matches('^(0|[1-9][0-9]{0,8})([.][0-9]{1,6})?$') || double(self) >= 50.0 && double(self) <= 99.999",message="latencyTarget must be from 50 to 99.999 percent, such as '95'"
	// +optional
	LatencyTarget Decimal `json:"latencyTarget,omitempty"`
}
