// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func seconds(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Second}
}

func TestGetServiceMonitor(t *testing.T) {
	defaults := &ServiceMonitorSpec{Enabled: new(true), Interval: seconds(30), ScrapeTimeout: seconds(10)}
	written := &ServiceMonitorSpec{
		Enabled: new(false), Interval: seconds(60), ScrapeTimeout: seconds(20),
		Labels:            map[string]LabelValue{"release": "mine"},
		Relabelings:       []Relabeling{{Action: "labelmap", Replacement: new("pod_$1")}},
		MetricRelabelings: []Relabeling{{Action: "drop", Regex: "go_.*"}},
	}
	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *ServiceMonitorSpec
	}{
		"omitted":              {nil, defaults},
		"empty monitoring":     {&MonitoringSpec{}, defaults},
		"empty serviceMonitor": {&MonitoringSpec{ServiceMonitor: &ServiceMonitorSpec{}}, defaults},
		"one field": {
			&MonitoringSpec{ServiceMonitor: &ServiceMonitorSpec{Interval: seconds(15)}},
			&ServiceMonitorSpec{Enabled: new(true), Interval: seconds(15), ScrapeTimeout: seconds(10)},
		},
		"every field": {&MonitoringSpec{ServiceMonitor: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetServiceMonitor, tc.want)
	}
}

// The figures are those of the specification, «Alerting Rules», as a user reads
// them.
func TestGetAlerts(t *testing.T) {
	defaults := func() *AlertsSpec {
		return &AlertsSpec{
			Enabled:                  new(true),
			MetricsSource:            MetricsSourceApplication,
			RunbookBaseURL:           RunbookBaseURL,
			HighErrorRate:            &AlertRule{Threshold: "0.1", For: seconds(2 * 60)},
			HighResponseTime:         &AlertRule{Threshold: "2", For: seconds(5 * 60)},
			DatabaseConnectionIssues: &AlertRule{Threshold: "1", For: seconds(60)},
			HighMemoryUsage:          &AlertRule{Threshold: "0.9", For: seconds(5 * 60)},
			LowDiskSpace:             &AlertRule{Threshold: "0.1", For: seconds(10 * 60)},
			HighCPUUsage:             &AlertRule{Threshold: "80", For: seconds(10 * 60)},
			SLO:                      &SLOSpec{Availability: "99.5", LatencySeconds: "1", LatencyTarget: "95"},
		}
	}
	overridden := defaults()
	overridden.HighErrorRate.Threshold = "0"
	overridden.HighResponseTime.For = seconds(0)
	overridden.SLO.LatencyTarget = "99"

	written := defaults()
	written.Enabled = new(false)
	written.Labels = map[string]LabelValue{"release": "mine"}
	written.MetricsSource = MetricsSourceKubernetes
	written.RunbookBaseURL = "https://wiki.example.com/"
	written.Disabled = []AlertName{AlertHighErrorRate}
	written.SLO = &SLOSpec{Availability: "99", LatencySeconds: "0.5", LatencyTarget: "90"}
	for _, rule := range []**AlertRule{
		&written.HighErrorRate, &written.HighResponseTime, &written.DatabaseConnectionIssues,
		&written.HighMemoryUsage, &written.LowDiskSpace, &written.HighCPUUsage,
	} {
		*rule = &AlertRule{Threshold: "0.5", For: seconds(1)}
	}

	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *AlertsSpec
	}{
		"omitted":          {nil, defaults()},
		"empty monitoring": {&MonitoringSpec{}, defaults()},
		"empty alerts":     {&MonitoringSpec{Alerts: &AlertsSpec{}}, defaults()},
		"empty rules":      {&MonitoringSpec{Alerts: &AlertsSpec{HighErrorRate: &AlertRule{}, SLO: &SLOSpec{}}}, defaults()},
		"one field of each": {&MonitoringSpec{Alerts: &AlertsSpec{
			HighErrorRate: &AlertRule{Threshold: "0"}, HighResponseTime: &AlertRule{For: seconds(0)}, SLO: &SLOSpec{LatencyTarget: "99"},
		}}, overridden},
		"every field": {&MonitoringSpec{Alerts: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetAlerts, tc.want)
	}
}

// The default figures are one variable of the package: what a getter returns must
// be the caller's own.
func TestGetAlertsIsTheCallersOwn(t *testing.T) {
	spec := &InterviewTrackerSpec{}
	alerts := spec.GetAlerts()
	alerts.HighErrorRate.Threshold = "7"
	*alerts.HighErrorRate.For = *seconds(7)
	expect(t, "highErrorRate of the next call", &AlertRule{Threshold: "0.1", For: seconds(2 * 60)}, spec.GetAlerts().HighErrorRate)
}

func TestGetDashboard(t *testing.T) {
	defaults := &DashboardSpec{
		Enabled: new(true), Folder: "Interview Tracker",
		Labels:           map[string]LabelValue{"grafana_dashboard": "1"},
		InstanceSelector: map[string]LabelValue{"dashboards": "grafana"},
	}
	written := &DashboardSpec{
		Enabled: new(false), Folder: "Hiring",
		Labels:           map[string]LabelValue{"dashboard": "yes"},
		InstanceSelector: map[string]LabelValue{},
	}
	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *DashboardSpec
	}{
		"omitted":          {nil, defaults},
		"empty monitoring": {&MonitoringSpec{}, defaults},
		"empty dashboard":  {&MonitoringSpec{Dashboard: &DashboardSpec{}}, defaults},
		"every field, and labels replaced as a whole": {&MonitoringSpec{Dashboard: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetDashboard, tc.want)
	}
}

func TestGetSynthetic(t *testing.T) {
	written := &SyntheticSpec{
		ProberAddress: "blackbox:9115", Module: "mine", Interval: seconds(60), Timeout: seconds(5),
		APIURL: "https://api.example.com", FrontendURL: "https://example.com", Labels: map[string]LabelValue{"release": "mine"},
	}
	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *SyntheticSpec
	}{
		"omitted":          {nil, nil},
		"empty monitoring": {&MonitoringSpec{}, nil},
		"an address": {
			&MonitoringSpec{Synthetic: &SyntheticSpec{ProberAddress: "blackbox:9115"}},
			&SyntheticSpec{ProberAddress: "blackbox:9115", Module: "http_2xx", Interval: seconds(30), Timeout: seconds(10)},
		},
		"every field": {&MonitoringSpec{Synthetic: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetSynthetic, tc.want)
	}
}

// An alert's name follows the base URL as it is.
func TestRunbookBaseURLEndsWithASlash(t *testing.T) {
	if !strings.HasSuffix(RunbookBaseURL, "/") {
		t.Errorf("%s doesn't end with a slash", RunbookBaseURL)
	}
}

// expectFrom compares what a getter returns, and wants the written spec as it was.
func expectFrom[T any](t *testing.T, what string, monitoring *MonitoringSpec, get func(*InterviewTrackerSpec) T, want T) {
	t.Helper()
	spec := &InterviewTrackerSpec{Monitoring: monitoring}
	before := spec.DeepCopy()
	expect(t, what, want, get(spec))
	expect(t, what+": the written spec", before, spec)
}
