// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// RunbookBaseURL is where the operator's own runbooks are.
const RunbookBaseURL = "https://github.com/interview-tracker/interview-tracker-operator/blob/main/docs/runbooks/"

// alertRules are the figures of the health-check specification, «Alerting Rules».
var alertRules = map[AlertName]*AlertRule{
	AlertHighErrorRate:            alertRule("0.1", 2*time.Minute),
	AlertHighResponseTime:         alertRule("2", 5*time.Minute),
	AlertDatabaseConnectionIssues: alertRule("1", time.Minute),
	AlertHighMemoryUsage:          alertRule("0.9", 5*time.Minute),
	AlertLowDiskSpace:             alertRule("0.1", 10*time.Minute),
	AlertHighCPUUsage:             alertRule("80", 10*time.Minute),
}

func alertRule(threshold Decimal, duration time.Duration) *AlertRule {
	return &AlertRule{Threshold: threshold, For: &metav1.Duration{Duration: duration}}
}

// GetServiceMonitor returns how Prometheus scrapes the API, with every field filled
// in but those that are empty by default.
func (s *InterviewTrackerSpec) GetServiceMonitor() *ServiceMonitorSpec {
	written := cmp.Or(s.getMonitoring().ServiceMonitor, &ServiceMonitorSpec{}).DeepCopy()
	written.Enabled = cmp.Or(written.Enabled, new(true))
	written.Interval = cmp.Or(written.Interval, &metav1.Duration{Duration: 30 * time.Second})
	written.ScrapeTimeout = cmp.Or(written.ScrapeTimeout, &metav1.Duration{Duration: 10 * time.Second})
	return written
}

// GetAlerts returns the rules, with every field filled in but those that are empty
// by default.
func (s *InterviewTrackerSpec) GetAlerts() *AlertsSpec {
	written := cmp.Or(s.getMonitoring().Alerts, &AlertsSpec{}).DeepCopy()
	written.Enabled = cmp.Or(written.Enabled, new(true))
	written.MetricsSource = cmp.Or(written.MetricsSource, MetricsSourceApplication)
	written.RunbookBaseURL = cmp.Or(written.RunbookBaseURL, RunbookBaseURL)
	for name, rule := range map[AlertName]**AlertRule{
		AlertHighErrorRate:            &written.HighErrorRate,
		AlertHighResponseTime:         &written.HighResponseTime,
		AlertDatabaseConnectionIssues: &written.DatabaseConnectionIssues,
		AlertHighMemoryUsage:          &written.HighMemoryUsage,
		AlertLowDiskSpace:             &written.LowDiskSpace,
		AlertHighCPUUsage:             &written.HighCPUUsage,
	} {
		override, figures := ptr.Deref(*rule, AlertRule{}), alertRules[name].DeepCopy()
		*rule = &AlertRule{
			Threshold: cmp.Or(override.Threshold, figures.Threshold),
			For:       cmp.Or(override.For, figures.For),
		}
	}
	slo := ptr.Deref(written.SLO, SLOSpec{})
	written.SLO = &SLOSpec{
		Availability:   cmp.Or(slo.Availability, "99.5"),
		LatencySeconds: cmp.Or(slo.LatencySeconds, "1"),
		LatencyTarget:  cmp.Or(slo.LatencyTarget, "95"),
	}
	return written
}

// GetDashboard returns the dashboard, with every field filled in.
func (s *InterviewTrackerSpec) GetDashboard() *DashboardSpec {
	written := cmp.Or(s.getMonitoring().Dashboard, &DashboardSpec{}).DeepCopy()
	written.Enabled = cmp.Or(written.Enabled, new(true))
	written.Folder = cmp.Or(written.Folder, "Interview Tracker")
	if written.Labels == nil {
		written.Labels = map[string]LabelValue{"grafana_dashboard": "1"}
	}
	if written.InstanceSelector == nil {
		written.InstanceSelector = map[string]LabelValue{"dashboards": "grafana"}
	}
	return written
}

// GetSynthetic returns the synthetic probes, with every field filled in but the
// URLs; nil when there are none.
func (s *InterviewTrackerSpec) GetSynthetic() *SyntheticSpec {
	written := s.getMonitoring().Synthetic.DeepCopy()
	if written == nil {
		return nil
	}
	written.Module = cmp.Or(written.Module, "http_2xx")
	written.Interval = cmp.Or(written.Interval, &metav1.Duration{Duration: 30 * time.Second})
	written.Timeout = cmp.Or(written.Timeout, &metav1.Duration{Duration: 10 * time.Second})
	return written
}

func (s *InterviewTrackerSpec) getMonitoring() MonitoringSpec {
	return ptr.Deref(s.Monitoring, MonitoringSpec{})
}
