// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package rules_test tests the operator's rules with promtool.
//
// Each file in testdata/trackers is a tracker; its rules are in a file of the same name for
// promtool, and those for the operator itself in operator.yaml. The file in testdata/specified
// has alerts as the specification writes them. The other files in testdata are promtool's unit
// tests.
package rules_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/rules"
)

// golden are the golden PrometheusRules of internal/desired.
const golden = "../../internal/desired/testdata/rules/*.out.yaml"

// promtool runs promtool in a folder; make test installs it.
func promtool(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%s: install the Debian package prometheus (hack/apt-install.sh prometheus), or Prometheus", err)
	}
	command := exec.CommandContext(t.Context(), path, args...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %s", path, err)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("nothing matches %s: %v", pattern, err)
	}
	return paths
}

// built are the rules of all trackers, of the operator and of the specification, by the file's name.
func built(t *testing.T) map[string]monitoringv1.PrometheusRuleSpec {
	t.Helper()
	specs := map[string]monitoringv1.PrometheusRuleSpec{"operator.yaml": rules.Operator()}
	parts := catalog.Default()
	var specified monitoringv1.PrometheusRuleSpec
	read(t, "testdata/specified/specified.yaml", &specified)
	specs["specified.yaml"] = specified
	for _, path := range glob(t, "testdata/trackers/*.yaml") {
		tracker := &v1alpha1.InterviewTracker{}
		read(t, path, tracker)
		specs[filepath.Base(path)] = rules.Build(tracker, parts, parts.Primary().Resources(&tracker.Spec))
	}
	return specs
}

// write writes rules as files for Prometheus.
func write(t *testing.T, folder string, specs map[string]monitoringv1.PrometheusRuleSpec) {
	t.Helper()
	for name, spec := range specs {
		text, err := yaml.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPromtoolAcceptsAllRules(t *testing.T) {
	specs := built(t)
	for _, path := range glob(t, golden) {
		rule := &monitoringv1.PrometheusRule{}
		read(t, path, rule)
		specs["golden-"+filepath.Base(path)] = rule.Spec
	}
	folder := t.TempDir()
	write(t, folder, specs)
	out, err := promtool(t, folder, append([]string{"check", "rules"}, slices.Sorted(maps.Keys(specs))...)...)
	if err != nil {
		t.Error(out)
	}
}

func TestPromtoolRejectsAnInvalidRule(t *testing.T) {
	spec := rules.Operator()
	spec.Groups[0].Rules[0].Expr.StrVal = "up{"
	folder := t.TempDir()
	write(t, folder, map[string]monitoringv1.PrometheusRuleSpec{"bad.yaml": spec})
	if out, err := promtool(t, folder, "check", "rules", "bad.yaml"); err == nil {
		t.Errorf("accepted: %s", out)
	}
}

// unitTests are the fields of promtool's format that are used here.
type unitTests struct {
	RuleFiles []string `json:"rule_files"`
	Tests     []struct {
		Name           string `json:"name"`
		AlertRuleTests []struct {
			Alertname string `json:"alertname"`
			ExpAlerts []struct {
				ExpLabels map[string]string `json:"exp_labels"`
			} `json:"exp_alerts"`
		} `json:"alert_rule_test"`
	} `json:"tests"`
}

// only returns the rules with those groups alone that a file of unit tests is named
// after, such as tracker-requests for requests.yaml or requests-more.yaml; with all of them when there are none.
// promtool evaluates all groups that it is given at every step of every test.
func only(file string, specs map[string]monitoringv1.PrometheusRuleSpec) map[string]monitoringv1.PrometheusRuleSpec {
	topic, _, _ := strings.Cut(file, "-")
	kept := map[string]monitoringv1.PrometheusRuleSpec{}
	for name, spec := range specs {
		groups := slices.DeleteFunc(slices.Clone(spec.Groups), func(g monitoringv1.RuleGroup) bool { return !strings.Contains(g.Name, "-"+topic) })
		if name == "operator.yaml" || len(groups) == 0 {
			groups = spec.Groups
		}
		kept[name] = monitoringv1.PrometheusRuleSpec{Groups: groups}
	}
	return kept
}

func TestUnitTestsOfRules(t *testing.T) {
	specs := built(t)
	for _, path := range glob(t, "testdata/*.yaml") {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, kept := t.TempDir(), only(name, specs)
			write(t, folder, kept)
			expectAlerts(t, path, kept)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "test.yml"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := promtool(t, folder, "test", "rules", "test.yml"); err != nil {
				t.Error(out)
			}
		})
	}
}

// expectAlerts checks that the rules have the alerts that a file of unit tests checks: of an
// alert that does not exist promtool finds, rightly, that it does not fire.
func expectAlerts(t *testing.T, path string, specs map[string]monitoringv1.PrometheusRuleSpec) {
	t.Helper()
	var file unitTests
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	alerts := map[string]bool{}
	for _, spec := range specs {
		for _, group := range spec.Groups {
			for _, rule := range group.Rules {
				alerts[rule.Alert] = true
			}
		}
	}
	for _, test := range file.Tests {
		for _, check := range test.AlertRuleTests {
			if !alerts[check.Alertname] {
				t.Errorf("%s: no rule is called %s", test.Name, check.Alertname)
			}
		}
	}
}

// ruleKey identifies a rule in a file: some alerts have several.
func ruleKey(alert string, labels map[string]string) string {
	return strings.TrimSpace(strings.Join([]string{alert, labels["severity"], labels["long"], labels["vital"]}, " "))
}

// An alert that fires in no unit test may never fire, and one that fires in all of them may
// always fire.
func TestEveryAlertHasUnitTests(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, path := range glob(t, "testdata/*.yaml") {
		var tests unitTests
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &tests); err != nil {
			t.Fatalf("%s: %s", path, err)
		}
		for _, test := range tests.Tests {
			for _, check := range test.AlertRuleTests {
				for _, file := range tests.RuleFiles {
					if len(check.ExpAlerts) == 0 {
						silent[file+" "+check.Alertname] = true
					}
					for _, alert := range check.ExpAlerts {
						fires[file+" "+ruleKey(check.Alertname, alert.ExpLabels)] = true
					}
				}
			}
		}
	}
	specs := built(t)
	for _, file := range []string{"hiring.yaml", "kubernetes.yaml", "optional.yaml", "operator.yaml"} {
		for _, group := range specs[file].Groups {
			for _, rule := range group.Rules {
				if rule.Alert == "" {
					continue
				}
				// A rule that trackers have in common is tested with one of them.
				key, twin := ruleKey(rule.Alert, rule.Labels), file
				if file != "operator.yaml" && common(specs["hiring.yaml"], &rule) {
					twin = "hiring.yaml"
				}
				if !fires[twin+" "+key] {
					t.Errorf("%s: %s fires in no unit test", file, key)
				}
				if !silent[twin+" "+rule.Alert] {
					t.Errorf("%s: %s fires in all unit tests", file, key)
				}
			}
		}
	}
}

// common reports whether rules contain the same expression.
func common(spec monitoringv1.PrometheusRuleSpec, rule *monitoringv1.Rule) bool {
	return slices.ContainsFunc(spec.Groups, func(group monitoringv1.RuleGroup) bool {
		return slices.ContainsFunc(group.Rules, func(other monitoringv1.Rule) bool { return other.Expr == rule.Expr })
	})
}

// The names that the API reports as unknown are those that no rule has.
func TestEveryNameIsAnAlert(t *testing.T) {
	want := map[string]bool{}
	for _, name := range v1alpha1.AlertNames {
		want[string(name)] = true
	}
	got := map[string]bool{}
	for _, group := range built(t)["escalated.yaml"].Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				got[rule.Alert] = true
			}
		}
	}
	if !maps.Equal(want, got) {
		t.Errorf("the API knows %v, and there are %v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
	}
}
