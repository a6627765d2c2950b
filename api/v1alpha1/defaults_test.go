// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestEnvironmentDefaults(t *testing.T) {
	for _, tc := range []struct {
		environment, want Environment
		level             LogLevel
	}{
		{"", Development, LogLevelDebug},
		{Development, Development, LogLevelDebug},
		{Staging, Staging, LogLevelInfo},
		{Production, Production, LogLevelWarning},
	} {
		t.Run("environment "+string(tc.environment), func(t *testing.T) {
			spec := InterviewTrackerSpec{Environment: tc.environment}
			expect(t, "GetEnvironment", tc.want, spec.GetEnvironment())
			expect(t, "GetLogLevel", tc.level, spec.GetLogLevel())
			spec.Logging = &LoggingSpec{}
			expect(t, "GetLogLevel of an empty logging", tc.level, spec.GetLogLevel())
			spec.Logging.Level = LogLevelError
			expect(t, "GetLogLevel as written", LogLevelError, spec.GetLogLevel())
		})
	}
}

func TestGetLogFormat(t *testing.T) {
	for name, tc := range map[string]struct {
		logging *LoggingSpec
		want    LogFormat
	}{
		"omitted":       {nil, LogFormatJSON},
		"empty logging": {&LoggingSpec{}, LogFormatJSON},
		"written":       {&LoggingSpec{Format: LogFormatText}, LogFormatText},
	} {
		spec := InterviewTrackerSpec{Logging: tc.logging}
		expect(t, name, tc.want, spec.GetLogFormat())
	}
}

func TestGetTargetCPUUtilizationPercentage(t *testing.T) {
	for name, test := range map[string]struct {
		spec AutoscalingSpec
		want int32 // 0 for none
	}{
		"omitted":             {AutoscalingSpec{}, 80},
		"written":             {AutoscalingSpec{TargetCPUUtilizationPercentage: new(int32(55))}, 55},
		"by memory alone":     {AutoscalingSpec{TargetMemoryUtilizationPercentage: new(int32(70))}, 0},
		"by requests alone":   {AutoscalingSpec{TargetRequestsPerSecond: new(int32(50))}, 0},
		"written with memory": {AutoscalingSpec{TargetCPUUtilizationPercentage: new(int32(55)), TargetMemoryUtilizationPercentage: new(int32(70))}, 55},
	} {
		expect(t, name, test.want, ptr.Deref(test.spec.GetTargetCPUUtilizationPercentage(), 0))
	}
}

func TestGetTerminationGracePeriodSeconds(t *testing.T) {
	expect(t, "omitted", 30, (&ComponentSpec{}).GetTerminationGracePeriodSeconds())
	expect(t, "written", 90, (&ComponentSpec{TerminationGracePeriodSeconds: new(int64(90))}).GetTerminationGracePeriodSeconds())
}

func TestGetRUMSampleRatio(t *testing.T) {
	frontend := func(r *RealUserMonitoringSpec) *InterviewTrackerSpec {
		return &InterviewTrackerSpec{Frontend: &ComponentSpec{RealUserMonitoring: r}}
	}
	expect(t, "no frontend", "1", (&InterviewTrackerSpec{}).GetRUMSampleRatio())
	expect(t, "omitted", "1", frontend(nil).GetRUMSampleRatio())
	expect(t, "empty", "1", frontend(&RealUserMonitoringSpec{}).GetRUMSampleRatio())
	expect(t, "written", "0.1", frontend(&RealUserMonitoringSpec{SampleRatio: "0.1"}).GetRUMSampleRatio())
	expect(t, "enabled", "0.1", frontend(&RealUserMonitoringSpec{Enabled: new(true), SampleRatio: "0.1"}).GetRUMSampleRatio())
	expect(t, "disabled", "0", frontend(&RealUserMonitoringSpec{Enabled: new(false), SampleRatio: "0.1"}).GetRUMSampleRatio())
}

func TestManagedDefaults(t *testing.T) {
	fast := "fast"
	if got := (&ManagedSpec{}).GetStorageClassName(); got != nil {
		t.Errorf("GetStorageClassName, omitted: got %s, want nil", *got)
	}
	if got := (&ManagedSpec{Storage: &StorageSpec{}}).GetStorageClassName(); got != nil {
		t.Errorf("GetStorageClassName, empty storage: got %s, want nil", *got)
	}
	expect(t, "GetStorageClassName, written", &fast, (&ManagedSpec{Storage: &StorageSpec{StorageClassName: &fast}}).GetStorageClassName())
	expect(t, "GetRetention, omitted", RetentionRetain, (&ManagedSpec{}).GetRetention())
	expect(t, "GetRetention, written", RetentionDelete, (&ManagedSpec{Retention: RetentionDelete}).GetRetention())
	expect(t, "GetSlowQueryThreshold, omitted", time.Second, (&ManagedSpec{}).GetSlowQueryThreshold())
	expect(t, "GetSlowQueryThreshold, written", 250*time.Millisecond,
		(&ManagedSpec{SlowQueryThreshold: &metav1.Duration{Duration: 250 * time.Millisecond}}).GetSlowQueryThreshold())
}

func expect[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func seconds(n int) *metav1.Duration {
	return &metav1.Duration{Duration: time.Duration(n) * time.Second}
}

func TestGetServiceMonitor(t *testing.T) {
	limits := func() *ScrapeLimits {
		return &ScrapeLimits{Samples: 10_000, Labels: 64, LabelNameLength: 256, LabelValueLength: 1024, BodySize: "10MB"}
	}
	defaults := &ServiceMonitorSpec{Enabled: new(true), Interval: seconds(30), ScrapeTimeout: seconds(10), Limits: limits()}
	fewer := *defaults
	fewer.Limits = limits()
	fewer.Limits.Samples = 500
	written := &ServiceMonitorSpec{
		Enabled: new(false), Interval: seconds(60), ScrapeTimeout: seconds(20),
		Labels:            map[string]LabelValue{"release": "mine"},
		Relabelings:       []Relabeling{{Action: "labelmap", Replacement: new("pod_$1")}},
		MetricRelabelings: []Relabeling{{Action: "drop", Regex: "go_.*"}},
		Limits:            &ScrapeLimits{Samples: 1, Labels: 2, LabelNameLength: 3, LabelValueLength: 4, Targets: 5, BodySize: "6KB"},
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
			&ServiceMonitorSpec{Enabled: new(true), Interval: seconds(15), ScrapeTimeout: seconds(10), Limits: limits()},
		},
		"one limit":   {&MonitoringSpec{ServiceMonitor: &ServiceMonitorSpec{Limits: &ScrapeLimits{Samples: 500}}}, &fewer},
		"every field": {&MonitoringSpec{ServiceMonitor: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetServiceMonitor, tc.want)
	}
}

func TestGetAlerts(t *testing.T) {
	defaults := func() *AlertsSpec {
		return &AlertsSpec{
			Enabled:        new(true),
			MetricsSource:  MetricsSourceApplication,
			RunbookBaseURL: RunbookBaseURL,
			SLO:            &SLOSpec{Availability: "99.5", Latency: seconds(1), LatencyTarget: "95"},
		}
	}
	overridden := defaults()
	overridden.SLO.LatencyTarget = "99"

	written := &AlertsSpec{
		Enabled:        new(false),
		Labels:         map[string]LabelValue{"release": "mine"},
		MetricsSource:  MetricsSourceKubernetes,
		RunbookBaseURL: "https://wiki.example.com/",
		Disabled:       []AlertName{AlertHighErrorRate},
		Rules:          []AlertRule{{Name: AlertLowDiskSpace, Threshold: "0.5", For: seconds(1)}},
		SLO:            &SLOSpec{Availability: "99", Latency: seconds(2), LatencyTarget: "90"},
	}
	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *AlertsSpec
	}{
		"omitted":          {nil, defaults()},
		"empty monitoring": {&MonitoringSpec{}, defaults()},
		"empty alerts":     {&MonitoringSpec{Alerts: &AlertsSpec{}}, defaults()},
		"empty slo":        {&MonitoringSpec{Alerts: &AlertsSpec{SLO: &SLOSpec{}}}, defaults()},
		"one field of slo": {&MonitoringSpec{Alerts: &AlertsSpec{SLO: &SLOSpec{LatencyTarget: "99"}}}, overridden},
		"every field":      {&MonitoringSpec{Alerts: written}, written},
	} {
		expectFrom(t, name, tc.monitoring, (*InterviewTrackerSpec).GetAlerts, tc.want)
	}
}

// The thresholds and durations of the section "Alerting Rules" of the specification.
func TestGetRule(t *testing.T) {
	for name, tc := range map[string]struct {
		rules []AlertRule
		want  AlertRule
	}{
		"HighErrorRate":            {nil, AlertRule{AlertHighErrorRate, "0.1", seconds(2 * 60)}},
		"HighResponseTime":         {nil, AlertRule{AlertHighResponseTime, "2", seconds(5 * 60)}},
		"DatabaseConnectionIssues": {nil, AlertRule{AlertDatabaseConnectionIssues, "1", seconds(60)}},
		"HighMemoryUsage":          {nil, AlertRule{AlertHighMemoryUsage, "0.9", seconds(5 * 60)}},
		"LowDiskSpace":             {nil, AlertRule{AlertLowDiskSpace, "0.1", seconds(10 * 60)}},
		"HighCPUUsage":             {nil, AlertRule{AlertHighCPUUsage, "80", seconds(10 * 60)}},
		"an alert without figures": {[]AlertRule{{AlertTrackerAPIDown, "1", seconds(1)}}, AlertRule{Name: AlertTrackerAPIDown}},
		"another alert's":          {[]AlertRule{{AlertHighErrorRate, "7", seconds(7)}}, AlertRule{AlertHighCPUUsage, "80", seconds(10 * 60)}},
		"an empty one":             {[]AlertRule{{Name: AlertHighErrorRate}}, AlertRule{AlertHighErrorRate, "0.1", seconds(2 * 60)}},
		"a threshold of 0":         {[]AlertRule{{Name: AlertHighErrorRate, Threshold: "0"}}, AlertRule{AlertHighErrorRate, "0", seconds(2 * 60)}},
		"a duration of 0":          {[]AlertRule{{Name: AlertHighErrorRate, For: seconds(0)}}, AlertRule{AlertHighErrorRate, "0.1", seconds(0)}},
	} {
		expect(t, name, tc.want, (&AlertsSpec{Rules: tc.rules}).GetRule(tc.want.Name))
	}
}

func TestUnknownAlerts(t *testing.T) {
	for name, tc := range map[string]struct {
		alerts AlertsSpec
		want   []string
	}{
		"none": {},
		"names that exist": {alerts: AlertsSpec{
			Disabled: []AlertName{AlertHighErrorRate, AlertTrackerAPIDown}, Rules: []AlertRule{{Name: AlertHighCPUUsage}},
		}},
		"disabled": {AlertsSpec{Disabled: []AlertName{"Old", AlertHighErrorRate, "Older"}}, []string{
			`spec.monitoring.alerts.disabled names unknown alerts: "Old", "Older". Remove them, or write one of HighErrorRate, HighResponseTime, ` +
				`DatabaseConnectionIssues, HighMemoryUsage, LowDiskSpace, HighCPUUsage, TrackerAPIDown, TrackerMetricsAbsent, AvailabilityBudgetBurn, ` +
				`LatencyBudgetBurn, TrackerDependencyDown, TrackerOptionalDependencyDown, TrackerDependencyUnknown, TrackerRolloutStuck, TrackerRolloutFailed, TrackerRestarting, ` +
				`TrackerProbeFailing, TrackerCertificateExpiring, PoorWebVitals, TrackerJourneyFailing, TrackerJourneyNotRunning, TrackerWatchdog`,
		}},
		"rules": {AlertsSpec{Rules: []AlertRule{{Name: "Old"}, {Name: AlertTrackerAPIDown}, {Name: AlertLowDiskSpace}}}, []string{
			`spec.monitoring.alerts.rules names alerts without a threshold: "Old", "TrackerAPIDown". Remove them, or write one of HighErrorRate, ` +
				`HighResponseTime, DatabaseConnectionIssues, HighMemoryUsage, LowDiskSpace, HighCPUUsage`,
		}},
		"no alerts at all": {alerts: AlertsSpec{Enabled: new(false), Disabled: []AlertName{"Old"}}},
	} {
		spec := &InterviewTrackerSpec{Monitoring: &MonitoringSpec{Alerts: &tc.alerts}}
		expect(t, name, tc.want, spec.UnknownAlerts())
	}
}

func TestGetJourneys(t *testing.T) {
	spec := &InterviewTrackerSpec{}
	expect(t, "none", nil, spec.GetJourneys())
	spec.Monitoring = &MonitoringSpec{Journeys: []JourneySpec{{Name: "a"}, {Name: "b", Timeout: &metav1.Duration{Duration: time.Second}}}}
	expect(t, "two", []JourneySpec{
		{Name: "a", Timeout: &metav1.Duration{Duration: time.Minute}},
		{Name: "b", Timeout: &metav1.Duration{Duration: time.Second}},
	}, spec.GetJourneys())
	expect(t, "as it was written", nil, spec.Monitoring.Journeys[0].Timeout)
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
		ProberAddress: "blackbox:9115", Module: "mine", Interval: seconds(60), ScrapeTimeout: seconds(5), Enabled: new(true),
		APIURL: "https://api.example.com", FrontendURL: "https://example.com", Labels: map[string]LabelValue{"release": "mine"},
	}
	for name, tc := range map[string]struct {
		monitoring *MonitoringSpec
		want       *SyntheticSpec
	}{
		"omitted":          {nil, nil},
		"empty monitoring": {&MonitoringSpec{}, nil},
		"disabled":         {&MonitoringSpec{Synthetic: &SyntheticSpec{Enabled: new(false), ProberAddress: "blackbox:9115"}}, nil},
		"an address": {
			&MonitoringSpec{Synthetic: &SyntheticSpec{ProberAddress: "blackbox:9115"}},
			&SyntheticSpec{ProberAddress: "blackbox:9115", Module: "http_2xx", Interval: seconds(30), ScrapeTimeout: seconds(10), Enabled: new(true)},
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

func TestGetTelemetry(t *testing.T) {
	if got := (&InterviewTrackerSpec{}).GetTelemetry(); got != nil {
		t.Errorf("omitted: %v", got)
	}
	written := &TelemetrySpec{Endpoint: "http://a"}
	got := (&InterviewTrackerSpec{Telemetry: written}).GetTelemetry()
	want := &TelemetrySpec{Endpoint: "http://a", Protocol: TelemetryGRPC, Sampling: &SamplingSpec{Ratio: "1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if written.Sampling != nil {
		t.Error("the spec has changed")
	}
	full := &TelemetrySpec{Endpoint: "http://a", Protocol: TelemetryHTTP, Sampling: &SamplingSpec{Ratio: "0"}}
	if diff := cmp.Diff(full, (&InterviewTrackerSpec{Telemetry: full}).GetTelemetry()); diff != "" {
		t.Error(diff)
	}
}
