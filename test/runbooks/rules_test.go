// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package runbooks

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// example is the tracker whose alerts docs/monitoring.md shows: it has all of them.
func example() *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "hiring"},
		Spec: v1alpha1.InterviewTrackerSpec{
			Version: "1.0.0",
			Rollout: &v1alpha1.RolloutSpec{AutoRollback: new(true)},
			Monitoring: &v1alpha1.MonitoringSpec{
				Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"},
				Journeys:  []v1alpha1.JourneySpec{{Name: "schedule", Interval: &metav1.Duration{Duration: 5 * time.Minute}}},
				Notifications: &v1alpha1.NotificationsSpec{
					Receivers:  []v1alpha1.Receiver{{Name: "heartbeat", Webhook: &v1alpha1.WebhookReceiver{}}},
					Escalation: []v1alpha1.EscalationLevel{{Name: "on-call engineer", Receivers: []string{"heartbeat"}}},
					Watchdog:   &v1alpha1.WatchdogSpec{Receiver: "heartbeat"},
				},
			},
		},
	}
}

// rulesOf are all rules of a tracker.
func rulesOf(tracker *v1alpha1.InterviewTracker) []monitoringv1.Rule {
	parts := catalog.Default()
	return flatten(rules.Build(tracker, parts, parts.Primary().Resources(&tracker.Spec)))
}

func flatten(spec monitoringv1.PrometheusRuleSpec) []monitoringv1.Rule {
	var all []monitoringv1.Rule
	for _, group := range spec.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// trackerRules are the rules of the example, also with what can be optional.
func trackerRules() []monitoringv1.Rule {
	optional := example()
	optional.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}, Requirement: v1alpha1.RequirementOptional}
	return append(rulesOf(example()), rulesOf(optional)...)
}

// everyRule are the rules of trackers and of the operator.
func everyRule() []monitoringv1.Rule {
	return append(trackerRules(), flatten(rules.Operator())...)
}

// severitiesOf are the alerts' severities, sorted, by name.
func severitiesOf(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, rule := range everyRule() {
		if rule.Alert == "" {
			continue
		}
		all[rule.Alert] = append(all[rule.Alert], rule.Labels["severity"])
	}
	for name, severities := range all {
		slices.Sort(severities)
		all[name] = slices.Compact(severities)
	}
	return all
}

func TestRunbookURLsLeadToRunbooks(t *testing.T) {
	texts := runbooks(t)
	for _, rule := range everyRule() {
		if rule.Alert == "" {
			continue
		}
		page, local := strings.CutPrefix(rule.Annotations["runbook_url"], v1alpha1.RunbookBaseURL)
		if name := strings.TrimSuffix(page, ".md"); !local || name != rule.Alert || texts[name] == "" {
			t.Errorf("the runbook_url of %s, %q, is not a file of docs/runbooks", rule.Alert, rule.Annotations["runbook_url"])
		}
	}
	const folder = "/docs/runbooks/"
	if !strings.HasSuffix(v1alpha1.RunbookBaseURL, folder) {
		t.Errorf("the runbooks' base URL is %s, which does not end with %s", v1alpha1.RunbookBaseURL, folder)
	}
}

// The API names each alert that a rule raises, and no other.
func TestAlertsAreThoseThatTheAPINames(t *testing.T) {
	var want []string
	for _, name := range v1alpha1.AlertNames {
		want = append(want, string(name))
	}
	var got []string
	for _, rule := range trackerRules() {
		if rule.Alert != "" {
			got = append(got, rule.Alert)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("the rules raise other alerts than the API names (-want +got):\n%s", diff)
	}
}

// docs/monitoring.md shows the unchanged expression of each alert, for both sources of
// metrics, in a section with the alert's name.
func TestMonitoringPageShowsEachExpression(t *testing.T) {
	page := monitoringPage(t)
	kubernetes := example()
	kubernetes.Spec.Monitoring.Alerts = &v1alpha1.AlertsSpec{MetricsSource: v1alpha1.MetricsSourceKubernetes}
	for _, rule := range append(everyRule(), rulesOf(kubernetes)...) {
		expression := rule.Expr.String()
		if rule.Alert == "" && !strings.HasSuffix(rule.Record, "5m") {
			continue // The other windows' expressions differ only in the window.
		}
		if !slices.ContainsFunc(blocks(t, page, "promql"), func(block string) bool {
			return slices.Contains(strings.Split(strings.TrimSpace(block), "\n\n"), expression)
		}) {
			t.Errorf("docs/monitoring.md does not show the expression of %s%s:\n%s", rule.Alert, rule.Record, expression)
		}
		if rule.Alert != "" && !strings.Contains(page, "\n### "+rule.Alert+"\n") {
			t.Errorf("docs/monitoring.md has no section of %s", rule.Alert)
		}
	}
}

// The specs that docs/monitoring.md shows are of fields that a tracker has.
func TestMonitoringPageShowsSpecsThatWork(t *testing.T) {
	found := 0
	for _, block := range blocks(t, monitoringPage(t), "yaml") {
		if !strings.HasPrefix(block, "spec:\n") {
			continue // of another kind
		}
		found++
		tracker := example()
		if err := yaml.UnmarshalStrict([]byte(block), tracker); err != nil {
			t.Errorf("docs/monitoring.md: %v\n%s", err, block)
		}
		if unknown := tracker.Spec.UnknownAlerts(); len(unknown) > 0 {
			t.Errorf("docs/monitoring.md: %v\n%s", unknown, block)
		}
	}
	if found == 0 {
		t.Error("docs/monitoring.md shows no spec: are they written otherwise now?")
	}
}

// The PrometheusRules that docs/monitoring.md shows are ones that Prometheus accepts, and
// all that they raise and record is the tracker's.
func TestMonitoringPageShowsRulesThatWork(t *testing.T) {
	found := 0
	for _, block := range blocks(t, monitoringPage(t), "yaml") {
		if !strings.Contains(block, "kind: PrometheusRule\n") {
			continue // of another kind
		}
		found++
		rule := &monitoringv1.PrometheusRule{}
		if err := yaml.UnmarshalStrict([]byte(block), rule); err != nil {
			t.Errorf("docs/monitoring.md: %v\n%s", err, block)
			continue
		}
		checkRules(t, rule.Spec)
		for _, r := range flatten(rule.Spec) {
			own := map[string]string{"namespace": example().Namespace, "tracker": example().Name}
			if r.Labels["namespace"] != own["namespace"] || r.Labels["tracker"] != own["tracker"] {
				t.Errorf("docs/monitoring.md: %s%s is not the tracker's: its labels are %v", r.Alert, r.Record, r.Labels)
			}
			checkSelectors(t, r.Expr.String(), own)
		}
	}
	if found == 0 {
		t.Error("docs/monitoring.md shows no PrometheusRule")
	}
}

// checkRules runs promtool, which make test installs.
func checkRules(t *testing.T, spec monitoringv1.PrometheusRuleSpec) {
	t.Helper()
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", "check", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool (Debian package prometheus): %v\n%s", err, out)
	}
}

// checkSelectors expects each selector of an expression to have the labels of a tracker.
func checkSelectors(t *testing.T, expression string, own map[string]string) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		t.Error(err)
		return
	}
	for _, matchers := range parser.ExtractSelectors(expr) {
		got := map[string]string{}
		for _, matcher := range matchers {
			if _, ok := own[matcher.Name]; ok && matcher.Type == labels.MatchEqual {
				got[matcher.Name] = matcher.Value
			}
		}
		if diff := cmp.Diff(own, got); diff != "" {
			t.Errorf("%s selects series of other trackers (-want +got):\n%s", expression, diff)
		}
	}
}

func monitoringPage(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "..", "monitoring.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
