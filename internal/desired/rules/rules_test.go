// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// trackerWith is a tracker with rules and synthetic probes.
func trackerWith(alerts v1alpha1.AlertsSpec) *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring"},
		Spec: v1alpha1.InterviewTrackerSpec{
			Version: "1.0.0",
			Monitoring: &v1alpha1.MonitoringSpec{
				Alerts:    &alerts,
				Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"},
			},
		},
	}
}

// build returns the rules of a tracker without patches.
func build(t *v1alpha1.InterviewTracker) monitoringv1.PrometheusRuleSpec {
	c := catalog.Default()
	return Build(t, c, c.Primary().Resources(&t.Spec))
}

// alertsOf are the alerting rules of a name.
func alertsOf(spec monitoringv1.PrometheusRuleSpec, name v1alpha1.AlertName) []monitoringv1.Rule {
	var found []monitoringv1.Rule
	for _, group := range spec.Groups {
		for _, rule := range group.Rules {
			if rule.Alert == string(name) {
				found = append(found, rule)
			}
		}
	}
	return found
}

// The health-check specification, "Alerting Rules".
func TestSpecifiedAlerts(t *testing.T) {
	spec := build(trackerWith(v1alpha1.AlertsSpec{}))
	for _, want := range []struct {
		name                           v1alpha1.AlertName
		comparison                     string
		duration                       monitoringv1.Duration
		severity, summary, description string
	}{
		{v1alpha1.AlertHighErrorRate, " > 0.1", "2m", "critical", "High error rate detected", `Error rate is {{ printf "%.2f" $value }} errors per second`},
		{
			v1alpha1.AlertHighResponseTime, " > 2\nunless on (namespace, tracker) ALERTS{", "5m", "warning",
			"High response time detected", `95th percentile response time is {{ printf "%.2f" $value }} seconds`,
		},
		{v1alpha1.AlertDatabaseConnectionIssues, " < 1", "1m", "critical", "Database connection issues", "No active database connections"},
		{v1alpha1.AlertHighMemoryUsage, " > 0.9", "5m", "warning", "High memory usage", "Memory usage is {{ $value | humanizePercentage }} of limit: API pod "},
		{v1alpha1.AlertLowDiskSpace, " < 0.1", "10m", "warning", "Low disk space", "Disk space is {{ $value | humanizePercentage }} free: "},
		{v1alpha1.AlertHighCPUUsage, " > 80", "10m", "warning", "High CPU usage", `CPU usage is {{ printf "%.1f" $value }}% of request: API pod `},
	} {
		found := alertsOf(spec, want.name)
		if len(found) != 1 {
			t.Errorf("%s: there are %d rules", want.name, len(found))
			continue
		}
		rule := found[0]
		if !strings.Contains(rule.Expr.StrVal, want.comparison) || *rule.For != want.duration || rule.Labels["severity"] != want.severity ||
			rule.Annotations["summary"] != want.summary || !strings.HasPrefix(rule.Annotations["description"], want.description) {
			t.Errorf("%s: got %+v", want.name, rule)
		}
	}
}

func TestEveryAlertSaysWhoseItIs(t *testing.T) {
	for _, source := range []v1alpha1.MetricsSource{v1alpha1.MetricsSourceApplication, v1alpha1.MetricsSourceKubernetes} {
		spec := build(notifying(trackerWith(v1alpha1.AlertsSpec{MetricsSource: source})))
		for _, group := range spec.Groups {
			if !strings.HasPrefix(group.Name, groupPrefix) {
				t.Errorf("group %s has a name that a user's could have", group.Name)
			}
			for _, rule := range group.Rules {
				if rule.Record != "" {
					continue
				}
				if rule.Labels["namespace"] != "team" || rule.Labels["tracker"] != "hiring" || rule.Labels["severity"] == "" {
					t.Errorf("%s: labels %v", rule.Alert, rule.Labels)
				}
				if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" ||
					rule.Annotations["runbook_url"] != v1alpha1.RunbookBaseURL+rule.Alert+".md" {
					t.Errorf("%s: annotations %v", rule.Alert, rule.Annotations)
				}
			}
		}
	}
}

// Whoever gets a pod of their own scraped can give its series any name, and any label that
// Prometheus does not set.
func TestEverySelectorNamesTheJob(t *testing.T) {
	for _, source := range []v1alpha1.MetricsSource{v1alpha1.MetricsSourceApplication, v1alpha1.MetricsSourceKubernetes} {
		for _, group := range build(notifying(trackerWith(v1alpha1.AlertsSpec{MetricsSource: source}))).Groups {
			for _, rule := range group.Rules {
				parser.Inspect(parseExpr(t, rule.Expr.StrVal), func(node parser.Node, _ []parser.Node) error {
					selector, ok := node.(*parser.VectorSelector)
					if !ok {
						return nil
					}
					jobs := []string{"interview-tracker/team/hiring", "interview-tracker/team/hiring/frontend"}
					switch name := selector.Name; {
					case strings.HasPrefix(name, "container_"), strings.HasPrefix(name, "kube"):
						return nil // The job is the cluster's.
					case strings.HasPrefix(name, "tracker:"), name == "ALERTS":
						jobs = []string{""}
					case strings.HasPrefix(name, "probe_"):
						jobs = []string{"interview-tracker/team/hiring/probe"}
					case strings.HasPrefix(name, "interviewtracker_"):
						jobs = []string{"interview-tracker-operator/manager/metrics"}
					}
					if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool {
						return m.Name == "job" && (m.Type == labels.MatchEqual && slices.Contains(jobs, m.Value) ||
							rule.Labels[v1alpha1.LabelEscalationLevel] != "" && m.String() == `job=~"|interview-tracker/team/hiring(/.+)?"`)
					}) {
						t.Errorf("%s%s: %s names none of the jobs %q", rule.Alert, rule.Record, selector, jobs)
					}
					return nil
				})
			}
		}
	}
}

func TestDisabled(t *testing.T) {
	all := build(trackerWith(v1alpha1.AlertsSpec{}))
	names := map[v1alpha1.AlertName]bool{}
	for _, group := range all.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				names[v1alpha1.AlertName(rule.Alert)] = true
			}
		}
	}
	var disabled []v1alpha1.AlertName
	for name := range names {
		spec := build(trackerWith(v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{name}}))
		for other := range names {
			if left := len(alertsOf(spec, other)); (left == 0) != (other == name) {
				t.Errorf("without %s there are %d rules of %s", name, left, other)
			}
		}
		disabled = append(disabled, name)
	}
	// The dashboard reads the records, whatever fires on them.
	spec := build(trackerWith(v1alpha1.AlertsSpec{Disabled: disabled}))
	for _, group := range spec.Groups {
		if len(group.Rules) == 0 || slices.ContainsFunc(group.Rules, func(r monitoringv1.Rule) bool { return r.Alert != "" }) {
			t.Errorf("group %s: %v", group.Name, group.Rules)
		}
	}
}

// What the kubelet measures of a container without a limit and without a request is a share of nothing.
func TestAlertsWithoutADivisorAreLeftOut(t *testing.T) {
	for source, want := range map[v1alpha1.MetricsSource]int{v1alpha1.MetricsSourceApplication: 1, v1alpha1.MetricsSourceKubernetes: 0} {
		tracker := trackerWith(v1alpha1.AlertsSpec{MetricsSource: source})
		tracker.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{}}
		for _, name := range []v1alpha1.AlertName{v1alpha1.AlertHighMemoryUsage, v1alpha1.AlertHighCPUUsage} {
			if got := len(alertsOf(build(tracker), name)); got != want {
				t.Errorf("%s of %s: there are %d rules, want %d", name, source, got, want)
			}
		}
	}
}

func TestAlertsThatWouldAlwaysFireAreLeftOut(t *testing.T) {
	unscraped := trackerWith(v1alpha1.AlertsSpec{})
	unscraped.Spec.Monitoring.ServiceMonitor = &v1alpha1.ServiceMonitorSpec{Enabled: new(false)}
	count := func(tracker *v1alpha1.InterviewTracker, name v1alpha1.AlertName) int {
		spec := build(tracker)
		return len(alertsOf(spec, name))
	}
	stopped := trackerWith(v1alpha1.AlertsSpec{})
	stopped.Spec.API = &v1alpha1.ComponentSpec{Replicas: new(int32(0))}
	for _, name := range []v1alpha1.AlertName{v1alpha1.AlertTrackerMetricsAbsent, v1alpha1.AlertTrackerDependencyUnknown} {
		if count(stopped, name) != 0 || count(trackerWith(v1alpha1.AlertsSpec{}), name) != 1 {
			t.Errorf("%s does not go with the API", name)
		}
	}
	if count(unscraped, v1alpha1.AlertTrackerMetricsAbsent) != 0 {
		t.Error("metrics that nobody scrapes are missed")
	}
	// Of the frontend alone there are probes, until that is stopped as well.
	missed := func(tracker *v1alpha1.InterviewTracker) bool {
		spec := build(tracker)
		return slices.ContainsFunc(alertsOf(spec, v1alpha1.AlertTrackerProbeFailing), func(rule monitoringv1.Rule) bool {
			return strings.HasPrefix(rule.Expr.StrVal, "absent(")
		})
	}
	if !missed(stopped) {
		t.Error("probes of the frontend are not missed")
	}
	stopped.Spec.Frontend = &v1alpha1.ComponentSpec{Replicas: new(int32(0))}
	if missed(stopped) {
		t.Error("probes of what is stopped are missed")
	}
	unprobed := trackerWith(v1alpha1.AlertsSpec{})
	unprobed.Spec.Monitoring.Synthetic = nil
	if count(unprobed, v1alpha1.AlertTrackerProbeFailing) != 0 || count(unprobed, v1alpha1.AlertTrackerCertificateExpiring) != 0 {
		t.Error("probes that don't exist are missed")
	}
}

// LatencyBudgetBurn, which gives way to the other budget, stays where that has no alert.
func TestSuppression(t *testing.T) {
	without := func(name v1alpha1.AlertName) *v1alpha1.InterviewTracker {
		return trackerWith(v1alpha1.AlertsSpec{Disabled: []v1alpha1.AlertName{name}})
	}
	for name, test := range map[string]struct {
		tracker *v1alpha1.InterviewTracker
		alert   v1alpha1.AlertName
		want    bool
	}{
		"latency":           {trackerWith(v1alpha1.AlertsSpec{}), v1alpha1.AlertLatencyBudgetBurn, true},
		"latency, disabled": {without(v1alpha1.AlertAvailabilityBudgetBurn), v1alpha1.AlertLatencyBudgetBurn, false},
		"latency, no availability burns so fast": {
			trackerWith(v1alpha1.AlertsSpec{SLO: &v1alpha1.SLOSpec{Availability: "50"}}), v1alpha1.AlertLatencyBudgetBurn, false,
		},
	} {
		for _, rule := range alertsOf(build(test.tracker), test.alert)[:1] {
			if got := strings.Contains(rule.Expr.StrVal, "\nunless "); got != test.want {
				t.Errorf("%s: suppressed: %t, in %s", name, got, rule.Expr.StrVal)
			}
		}
	}
}

// The readiness probes that stand in for the operator's series are those of the spec, and an
// API that is stopped has none.
func TestUnserved(t *testing.T) {
	of := func(tracker *v1alpha1.InterviewTracker) string {
		for _, group := range build(tracker).Groups {
			for _, rule := range group.Rules {
				if rule.Record == "tracker:unserved" {
					return rule.Expr.StrVal
				}
			}
		}
		return ""
	}
	tracker := trackerWith(v1alpha1.AlertsSpec{})
	for path, probes := range map[string]*v1alpha1.ProbesSpec{
		"/health/ready": nil,
		"/ready":        {Readiness: &v1alpha1.ProbeSpec{Path: "/ready"}},
	} {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Probes: probes}
		if got := of(tracker); !strings.Contains(got, `endpoint="`+path+`",status="200"`) {
			t.Errorf("%s: got %s", path, got)
		}
	}
	tracker.Spec.API.Replicas = new(int32(0))
	if got := of(tracker); got == "" || strings.Contains(got, "endpoint") {
		t.Errorf("stopped: got %s", got)
	}
}

func TestRunbookURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://wiki.example.com/runbooks/":    "https://wiki.example.com/runbooks/Alert.md",
		"https://wiki.example.com/runbooks":     "https://wiki.example.com/runbooks/Alert.md",
		"https://wiki.example.com":              "https://wiki.example.com/Alert.md",
		"https://wiki.example.com/?page=":       "https://wiki.example.com/?page=Alert.md",
		"https://wiki.example.com/runbooks#":    "https://wiki.example.com/runbooks#Alert.md",
		"https://wiki.example.com/{{ .Value }}": "https://wiki.example.com/{{`{{`}} .Value }}/Alert.md",
	} {
		if got := literal(RunbookURL(base, "Alert")); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	for seconds, want := range map[time.Duration]string{
		time.Second:             `1|1\.0`,
		10 * time.Second:        `10|10\.0`,
		90 * time.Second:        `90|90\.0`,
		250 * time.Millisecond:  `0\.25`,
		500 * time.Millisecond:  `0\.5`,
		2500 * time.Millisecond: `2\.5`,
		10 * time.Microsecond:   `0\.00001|1e-05`,
	} {
		if got := bounds(seconds.Seconds()); got != want {
			t.Errorf("%s: got %s, want %s", seconds, got, want)
		}
	}
}

// A rule that can't fire is left out; the others are there.
func TestBurnRatesThatArePossible(t *testing.T) {
	for objective, want := range map[v1alpha1.Decimal][]string{
		"99.999": {"1h", "6h", "1d", "3d"},
		"99.5":   {"1h", "6h", "1d", "3d"},
		"93.1":   {"1h", "6h", "1d", "3d"},
		"93":     {"6h", "1d", "3d"},
		"80":     {"1d", "3d"},
		"50":     {"3d"},
	} {
		spec := build(trackerWith(v1alpha1.AlertsSpec{SLO: &v1alpha1.SLOSpec{Availability: objective, LatencyTarget: objective}}))
		for _, name := range []v1alpha1.AlertName{v1alpha1.AlertAvailabilityBudgetBurn, v1alpha1.AlertLatencyBudgetBurn} {
			var got []string
			for _, rule := range alertsOf(spec, name) {
				got = append(got, rule.Labels["long"])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s at %s (-want +got):\n%s", name, objective, diff)
			}
		}
	}
}

func TestDurationsArePrometheus(t *testing.T) {
	for d, want := range map[time.Duration]monitoringv1.Duration{
		0: "0s", -time.Second: "0s", time.Microsecond: "0s", 90 * time.Second: "1m30s", 1500 * time.Millisecond: "1s500ms", 720 * time.Hour: "30d",
	} {
		if got := duration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}
