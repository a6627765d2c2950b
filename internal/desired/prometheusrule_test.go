// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// prometheusRule is the rule among a tracker's monitoring objects, nil when there is
// none.
func prometheusRule(output *Output) *monitoringv1.PrometheusRule {
	for _, object := range output.Monitoring {
		if rule, ok := object.(*monitoringv1.PrometheusRule); ok {
			return rule
		}
	}
	return nil
}

// A change of a golden file is a change of what wakes people up. promtool,
// prometheus-operator and Alertmanager read the same files (test/rules,
// test/prometheus-operator).
func TestGoldenRules(t *testing.T) {
	for in, output := range built(t, "testdata/rules/*.in.yaml", kinds.PrometheusRule.Kind) {
		compareWithGolden(t, in, prometheusRule(output))
	}
}

// built are the outputs of cases in a cluster with one optional kind.
func built(t *testing.T, pattern, kind string) map[string]*Output {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	outputs := map[string]*Output{}
	for _, in := range paths {
		tracker, seen := readCase(t, in)
		seen.Monitoring.Kinds = sets.New(kind)
		if outputs[in], err = Build(t.Context(), tracker, seen, catalog.Default()); err != nil {
			t.Fatal(err)
		}
	}
	return outputs
}

// compareWithGolden compares an object with the golden file of a case.
func compareWithGolden(t *testing.T, in string, object Object) {
	t.Helper()
	fields, err := fieldsOf(object)
	if err != nil {
		t.Fatal(err)
	}
	delete(fields, "status")
	document, err := yaml.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	golden := strings.TrimSuffix(in, ".in.yaml") + ".out.yaml"
	if *update {
		if err := os.WriteFile(golden, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(document)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

func TestPrometheusRuleOnlyWhenWanted(t *testing.T) {
	tracker, seen := readCase(t, "testdata/rules/everything.in.yaml")
	for _, c := range []struct {
		name    string
		kinds   sets.Set[string]
		enabled bool
		found   bool
	}{
		{name: "enabled", kinds: sets.New(kinds.PrometheusRule.Kind), enabled: true, found: true},
		{name: "disabled", kinds: sets.New(kinds.PrometheusRule.Kind)},
		{name: "of an unknown kind", enabled: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracker, snapshot := tracker.DeepCopy(), *seen
			tracker.Spec.Monitoring.Alerts.Enabled = &c.enabled
			snapshot.Monitoring.Kinds = c.kinds
			output, err := Build(t.Context(), tracker, &snapshot, catalog.Default())
			if err != nil {
				t.Fatal(err)
			}
			if found := prometheusRule(output) != nil; found != c.found {
				t.Errorf("there is a PrometheusRule: %t", found)
			}
		})
	}
}

// The rules compare with what the API's container has after the patches.
func TestRulesFollowPatches(t *testing.T) {
	ofAPI := func(container string) v1alpha1.Patch {
		return v1alpha1.Patch{Patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: hiring-api}, " +
			"spec: {template: {spec: {containers: [" + container + "]}}}}"}
	}
	for name, c := range map[string]struct {
		patch       v1alpha1.Patch
		memory, cpu string
	}{
		"no resources": {v1alpha1.Patch{
			Target: &v1alpha1.PatchTarget{Kind: kinds.PrometheusRule.Kind},
			Patch:  "[{op: add, path: /metadata/labels/team, value: x}]",
		}, "memory_limit_bytes", "/ 0.1 > 80"},
		"a sidecar": {
			ofAPI("{name: proxy, image: proxy, resources: {limits: {cpu: 2}, requests: {memory: 1Mi}}, " +
				"securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}"),
			"memory_limit_bytes", "/ 0.1 > 80",
		},
		"a limit":   {ofAPI("{name: api, resources: {limits: {cpu: 2}}}"), "memory_limit_bytes", "cpu_usage_percent"},
		"requests":  {ofAPI("{name: api, resources: {limits: {memory: null}, requests: {cpu: 1500m}}}"), ") / 134217728 > 0.9", "/ 1.5 > 80"},
		"neither":   {ofAPI("{name: api, resources: {$patch: delete}}"), "memory_limit_bytes", "cpu_usage_percent"},
		"fractions": {ofAPI("{name: api, resources: {requests: {cpu: 1009m}}}"), "memory_limit_bytes", "/ 1.009 > 80"},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, seen := readCase(t, "testdata/rules/defaults.in.yaml")
			seen.Monitoring.Kinds = sets.New(kinds.PrometheusRule.Kind)
			tracker.Spec.Patches = []v1alpha1.Patch{c.patch}
			output, err := Build(t.Context(), tracker, seen, catalog.Default())
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, group := range prometheusRule(output).Spec.Groups {
				for _, rule := range group.Rules {
					got[rule.Alert] = rule.Expr.StrVal
				}
			}
			if expr := got[string(v1alpha1.AlertHighMemoryUsage)]; !strings.Contains(expr, c.memory) {
				t.Errorf("memory: %s", expr)
			}
			if expr := got[string(v1alpha1.AlertHighCPUUsage)]; !strings.Contains(expr, c.cpu) {
				t.Errorf("CPU: %s", expr)
			}
		})
	}
}
