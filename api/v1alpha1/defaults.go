// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// GetEnvironment returns the environment, Development when omitted.
func (s *InterviewTrackerSpec) GetEnvironment() Environment {
	return cmp.Or(s.Environment, Development)
}

// GetLogLevel returns the log level: when omitted, the environment's.
func (s *InterviewTrackerSpec) GetLogLevel() LogLevel {
	if s.Logging != nil && s.Logging.Level != "" {
		return s.Logging.Level
	}
	switch s.GetEnvironment() {
	case Production:
		return LogLevelWarning
	case Staging:
		return LogLevelInfo
	default:
		return LogLevelDebug
	}
}

// GetLogFormat returns the log format, json when omitted.
func (s *InterviewTrackerSpec) GetLogFormat() LogFormat {
	if s.Logging == nil {
		return LogFormatJSON
	}
	return cmp.Or(s.Logging.Format, LogFormatJSON)
}

// GetAutoRollback reports whether the operator goes back to good pod templates when new ones
// fail: when omitted, in Production.
func (s *InterviewTrackerSpec) GetAutoRollback() bool {
	return ptr.Deref(ptr.Deref(s.Rollout, RolloutSpec{}).AutoRollback, s.GetEnvironment() == Production)
}

// GetRollout returns how new pod templates are rolled out, with every field filled in but
// prometheus.
func (s *InterviewTrackerSpec) GetRollout() RolloutSpec {
	minReadySeconds := int32(0)
	if s.GetEnvironment() == Production {
		minReadySeconds = 10
	}
	written := *cmp.Or(s.Rollout.DeepCopy(), &RolloutSpec{})
	written.AutoRollback = new(s.GetAutoRollback())
	written.Observe = cmp.Or(written.Observe, &metav1.Duration{Duration: 5 * time.Minute})
	written.MaxSurge = cmp.Or(written.MaxSurge, new(intstr.FromInt32(1)))
	written.MaxUnavailable = cmp.Or(written.MaxUnavailable, new(intstr.FromInt32(0)))
	written.MinReadySeconds = cmp.Or(written.MinReadySeconds, &minReadySeconds)
	written.ProgressDeadline = cmp.Or(written.ProgressDeadline, &metav1.Duration{Duration: 10 * time.Minute})
	return written
}

// GetTelemetry returns where traces are sent, with every field filled in but those that are empty
// by default; nil when the field is omitted.
func (s *InterviewTrackerSpec) GetTelemetry() *TelemetrySpec {
	written := s.Telemetry.DeepCopy()
	if written == nil {
		return nil
	}
	written.Protocol = cmp.Or(written.Protocol, TelemetryGRPC)
	written.Sampling = cmp.Or(written.Sampling, &SamplingSpec{})
	written.Sampling.Ratio = cmp.Or(written.Sampling.Ratio, "1")
	return written
}

// ShowsLastWords reports whether the status shows the output also of pods that read other
// Secrets than those of the database and Redis: not when omitted.
func (s *InterviewTrackerSpec) ShowsLastWords() bool {
	return s.Diagnostics != nil && s.Diagnostics.LastWords
}

// GetRUMSampleRatio returns the part of the frontend's page loads that report what their users
// meet: 1 when omitted, and 0 when that is disabled.
func (s *InterviewTrackerSpec) GetRUMSampleRatio() Decimal {
	written := ptr.Deref(ptr.Deref(s.Frontend, ComponentSpec{}).RealUserMonitoring, RealUserMonitoringSpec{})
	if !ptr.Deref(written.Enabled, true) {
		return "0"
	}
	return cmp.Or(written.SampleRatio, "1")
}

// RequestsMetric is the metric of pods that AutoscalingSpec.TargetRequestsPerSecond is about. A
// metrics adapter has to make it of the specified counter http_requests_total.
const RequestsMetric = "http_requests_per_second"

// GetTerminationGracePeriodSeconds returns how long a pod may take to end, 30 seconds when
// omitted.
func (c *ComponentSpec) GetTerminationGracePeriodSeconds() int64 {
	return ptr.Deref(c.TerminationGracePeriodSeconds, 30)
}

// GetTargetCPUUtilizationPercentage returns the average CPU use that the autoscaler aims at,
// in percent of the requests: when omitted, 80 without another target, and nil with one.
func (a *AutoscalingSpec) GetTargetCPUUtilizationPercentage() *int32 {
	if a.TargetCPUUtilizationPercentage == nil && a.TargetMemoryUtilizationPercentage == nil && a.TargetRequestsPerSecond == nil {
		return new(int32(80))
	}
	return a.TargetCPUUtilizationPercentage
}

// GetStorageClassName returns the StorageClass of the volume, nil for the
// cluster's default class.
func (m *ManagedSpec) GetStorageClassName() *string {
	if m.Storage == nil {
		return nil
	}
	return m.Storage.StorageClassName
}

// GetRequirement returns whether the tracker needs the dependency, Required when omitted.
func (d *DependencySpec) GetRequirement() Requirement {
	return cmp.Or(d.Requirement, RequirementRequired)
}

// GetRetention returns what happens to the data, Retain when omitted.
func (m *ManagedSpec) GetRetention() Retention {
	return cmp.Or(m.Retention, RetentionRetain)
}

// GetSlowQueryThreshold returns the time from which on the database logs a statement: a second
// when omitted.
func (m *ManagedSpec) GetSlowQueryThreshold() time.Duration {
	return ptr.Deref(m.SlowQueryThreshold, metav1.Duration{Duration: time.Second}).Duration
}

// GetHealth returns how the API's pods are polled for the health of the dependencies,
// with every field set.
func (s *InterviewTrackerSpec) GetHealth() HealthSpec {
	written := ptr.Deref(s.Health, HealthSpec{})
	return HealthSpec{
		Interval:         cmp.Or(written.Interval, &metav1.Duration{Duration: 10 * time.Second}),
		Timeout:          cmp.Or(written.Timeout, &metav1.Duration{Duration: 3 * time.Second}),
		FailureThreshold: cmp.Or(written.FailureThreshold, 3),
		SuccessThreshold: cmp.Or(written.SuccessThreshold, 1),
	}
}

// GetBackoffLimit returns how many failed pods are replaced, 3 when omitted.
func (m *MigrationsSpec) GetBackoffLimit() int32 {
	return ptr.Deref(m.BackoffLimit, 3)
}

// GetActiveDeadlineSeconds returns how long the Job may take, 600 when omitted.
func (m *MigrationsSpec) GetActiveDeadlineSeconds() int64 {
	return ptr.Deref(m.ActiveDeadlineSeconds, 600)
}

// RunbookBaseURL is where the operator's own runbooks are.
const RunbookBaseURL = "https://github.com/interview-tracker/interview-tracker-operator/blob/main/docs/runbooks/"

// alertFigures are the thresholds and durations of the section "Alerting Rules" of the
// health-check specification.
var alertFigures = map[AlertName]struct {
	threshold Decimal
	duration  time.Duration
}{
	AlertHighErrorRate:            {"0.1", 2 * time.Minute},
	AlertHighResponseTime:         {"2", 5 * time.Minute},
	AlertDatabaseConnectionIssues: {"1", time.Minute},
	AlertHighMemoryUsage:          {"0.9", 5 * time.Minute},
	AlertLowDiskSpace:             {"0.1", 10 * time.Minute},
	AlertHighCPUUsage:             {"80", 10 * time.Minute},
}

// AlertNames are the names of all alerts of a tracker.
var AlertNames = []AlertName{
	AlertHighErrorRate, AlertHighResponseTime, AlertDatabaseConnectionIssues, AlertHighMemoryUsage, AlertLowDiskSpace, AlertHighCPUUsage,
	AlertTrackerAPIDown, AlertTrackerMetricsAbsent, AlertAvailabilityBudgetBurn, AlertLatencyBudgetBurn,
	AlertTrackerDependencyDown, AlertTrackerOptionalDependencyDown, AlertTrackerDependencyUnknown, AlertTrackerRolloutStuck,
	AlertTrackerRolloutFailed, AlertTrackerRestarting,
	AlertTrackerProbeFailing, AlertTrackerCertificateExpiring, AlertPoorWebVitals,
	AlertTrackerJourneyFailing, AlertTrackerJourneyNotRunning, AlertTrackerWatchdog,
}

// GetServiceMonitor returns how Prometheus scrapes the API, with every field filled
// in but those that are empty by default, and limits.targets, which depends on the replicas.
func (s *InterviewTrackerSpec) GetServiceMonitor() *ServiceMonitorSpec {
	written := cmp.Or(s.getMonitoring().ServiceMonitor, &ServiceMonitorSpec{}).DeepCopy()
	written.Enabled = cmp.Or(written.Enabled, new(true))
	written.Interval = cmp.Or(written.Interval, &metav1.Duration{Duration: 30 * time.Second})
	written.ScrapeTimeout = cmp.Or(written.ScrapeTimeout, &metav1.Duration{Duration: 10 * time.Second})
	limits := ptr.Deref(written.Limits, ScrapeLimits{})
	written.Limits = &ScrapeLimits{
		Samples:          cmp.Or(limits.Samples, 10_000),
		Labels:           cmp.Or(limits.Labels, 64),
		LabelNameLength:  cmp.Or(limits.LabelNameLength, 256),
		LabelValueLength: cmp.Or(limits.LabelValueLength, 1024),
		Targets:          limits.Targets,
		BodySize:         cmp.Or(limits.BodySize, "10MB"),
	}
	return written
}

// GetNotifications returns who is notified, with every field filled in but those that are
// empty by default; nil when the field is omitted.
func (s *InterviewTrackerSpec) GetNotifications() *NotificationsSpec {
	written := s.getMonitoring().Notifications.DeepCopy()
	if written == nil {
		return nil
	}
	both := []Severity{SeverityCritical, SeverityWarning}
	for i := range written.Receivers {
		r := &written.Receivers[i]
		r.SendResolved = cmp.Or(r.SendResolved, new(true))
		if len(r.Severities) == 0 {
			r.Severities = slices.Clone(both)
		}
		if r.Email != nil {
			r.Email.RequireTLS = cmp.Or(r.Email.RequireTLS, new(true))
		}
	}
	for i := range written.Escalation {
		level := &written.Escalation[i]
		level.After = cmp.Or(level.After, &metav1.Duration{})
		if len(level.Severities) == 0 {
			level.Severities = slices.Clone(both)
		}
	}
	return written
}

// SecretKey returns the key of a Secret that a receiver reads; nil when it reads none.
func (r *Receiver) SecretKey() *SecretKey {
	switch {
	case r.Slack != nil:
		return &r.Slack.APIURL
	case r.PagerDuty != nil:
		return &r.PagerDuty.RoutingKey
	case r.Webhook != nil:
		return &r.Webhook.URL
	case r.Email != nil:
		return r.Email.Password
	default:
		return nil
	}
}

// End is when maintenance ends: the first full minute that is not before until, as
// Alertmanager mutes by the minute. The zero time means that there is none.
func (m *MaintenanceSpec) End() time.Time {
	if m == nil {
		return time.Time{}
	}
	until := m.Until.UTC()
	if minute := until.Truncate(time.Minute); minute.Before(until) {
		return minute.Add(time.Minute)
	}
	return until
}

// GetAlerts returns the rules, with every field filled in but those that are empty
// by default.
func (s *InterviewTrackerSpec) GetAlerts() *AlertsSpec {
	written := cmp.Or(s.getMonitoring().Alerts, &AlertsSpec{}).DeepCopy()
	written.Enabled = cmp.Or(written.Enabled, new(true))
	written.MetricsSource = cmp.Or(written.MetricsSource, MetricsSourceApplication)
	written.RunbookBaseURL = cmp.Or(written.RunbookBaseURL, RunbookBaseURL)
	slo := ptr.Deref(written.SLO, SLOSpec{})
	written.SLO = &SLOSpec{
		Availability:  cmp.Or(slo.Availability, "99.5"),
		Latency:       cmp.Or(slo.Latency, &metav1.Duration{Duration: time.Second}),
		LatencyTarget: cmp.Or(slo.LatencyTarget, "95"),
	}
	return written
}

// GetRule returns the threshold and the duration of an alert, those of the specification
// where the spec does not override them. An alert that has none returns an empty rule.
func (a *AlertsSpec) GetRule(name AlertName) AlertRule {
	figures, ok := alertFigures[name]
	if !ok {
		return AlertRule{Name: name}
	}
	var written AlertRule
	if i := slices.IndexFunc(a.Rules, func(r AlertRule) bool { return r.Name == name }); i >= 0 {
		written = a.Rules[i]
	}
	return AlertRule{
		Name:      name,
		Threshold: cmp.Or(written.Threshold, figures.threshold),
		For:       cmp.Or(written.For, &metav1.Duration{Duration: figures.duration}),
	}
}

// UnknownAlerts reports the names in spec.monitoring.alerts that have no effect: a
// sentence for each field, which says what to write. The CRD does not refuse them, so that
// a later version can rename an alert.
func (s *InterviewTrackerSpec) UnknownAlerts() []string {
	alerts := s.GetAlerts()
	if !*alerts.Enabled {
		return nil
	}
	var configurable, rules []AlertName
	for _, name := range AlertNames {
		if _, ok := alertFigures[name]; ok {
			configurable = append(configurable, name)
		}
	}
	for _, rule := range alerts.Rules {
		rules = append(rules, rule.Name)
	}
	return slices.Concat(
		unknownAlerts("spec.monitoring.alerts.disabled", "unknown alerts", alerts.Disabled, AlertNames),
		unknownAlerts("spec.monitoring.alerts.rules", "alerts without a threshold", rules, configurable),
	)
}

func unknownAlerts(field, what string, written, existing []AlertName) []string {
	var unknown, names []string
	for _, name := range written {
		if !slices.Contains(existing, name) {
			unknown = append(unknown, strconv.Quote(string(name)))
		}
	}
	if unknown == nil {
		return nil
	}
	for _, name := range existing {
		names = append(names, string(name))
	}
	return []string{fmt.Sprintf("%s names %s: %s. Remove them, or write one of %s",
		field, what, strings.Join(unknown, ", "), strings.Join(names, ", "))}
}

// Float returns the number, NaN for what is none or infinite, which the schema refuses.
func (d Decimal) Float() float64 {
	n, err := strconv.ParseFloat(string(d), 64)
	if err != nil || math.IsInf(n, 0) {
		return math.NaN()
	}
	return n
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
// URLs; nil when there are none or they are disabled.
func (s *InterviewTrackerSpec) GetSynthetic() *SyntheticSpec {
	written := s.getMonitoring().Synthetic.DeepCopy()
	if written == nil || !ptr.Deref(written.Enabled, true) {
		return nil
	}
	written.Enabled = new(true)
	written.Module = cmp.Or(written.Module, "http_2xx")
	written.Interval = cmp.Or(written.Interval, &metav1.Duration{Duration: 30 * time.Second})
	written.ScrapeTimeout = cmp.Or(written.ScrapeTimeout, &metav1.Duration{Duration: 10 * time.Second})
	return written
}

// Hosts are the DNS names at which users reach the tracker, by its Ingress or HTTPRoute.
func (s *InterviewTrackerSpec) Hosts() []Host {
	var hosts []Host
	if s.Ingress != nil {
		hosts = append(hosts, s.Ingress.Host)
	}
	if s.Gateway != nil {
		hosts = append(hosts, s.Gateway.Hostnames...)
	}
	return hosts
}

// IngressURL is the URL at which users reach the tracker by its Ingress; empty without one.
func (s *InterviewTrackerSpec) IngressURL() string {
	switch {
	case s.Ingress == nil:
		return ""
	case s.Ingress.TLS == nil:
		return "http://" + string(s.Ingress.Host)
	}
	return "https://" + string(s.Ingress.Host)
}

// CertificateSecret is the name of the Secret with the certificate of the Ingress; empty without one.
func (t *InterviewTracker) CertificateSecret() string {
	if t.Spec.Ingress == nil || t.Spec.Ingress.TLS == nil {
		return ""
	}
	return cmp.Or(t.Spec.Ingress.TLS.SecretName, t.Name+"-tls")
}

// GetJourneys returns the journeys, with the timeout filled in. They must not be changed
// otherwise.
func (s *InterviewTrackerSpec) GetJourneys() []JourneySpec {
	journeys := slices.Clone(s.getMonitoring().Journeys)
	for i := range journeys {
		journeys[i].Timeout = cmp.Or(journeys[i].Timeout, &metav1.Duration{Duration: time.Minute})
	}
	return journeys
}

func (s *InterviewTrackerSpec) getMonitoring() MonitoringSpec {
	return ptr.Deref(s.Monitoring, MonitoringSpec{})
}
