// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package admission

import (
	"context"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// ours are the labels that no step of a user's may touch.
var ours = map[string]string{
	"__address__": "10.0.0.1:8000", "__scheme__": "http", "__metrics_path__": "/metrics",
	"__scrape_interval__": "30s", "__scrape_timeout__": "10s",
	"job": "interview-tracker/default/hiring", "namespace": "default", "tracker": "hiring",
}

// theirs are further labels of a target, which the steps may use against ours.
var theirs = map[string]string{
	"__name__": "up", "__meta_kubernetes_namespace": "other", "__tmp_tracker": "other", "jobs": "other", "xjob": "other", "pod": "x", "x": "other",
	"xnamespace": "other", "namespaces": "other", "name": "other", "xspace": "other", "xaddress__": "evil:80",
}

// environment is what the config-reloader of prometheus-operator puts in the
// place of references to its environment, before Prometheus reads a step.
var environment = strings.NewReplacer("$(SHARD)", "0", "$(POD_NAME)", "prometheus-0")

// TestRelabelingsLeaveOurLabels goes through every action with strings that
// could lead past the rules, and has Prometheus itself take the admitted steps.
func TestRelabelingsLeaveOurLabels(t *testing.T) {
	admits := relabelingAdmission(t)
	type uses struct{ target, regex, replacement bool }
	actions := map[string]uses{
		"": {true, true, true}, "replace": {true, true, true}, "labelmap": {regex: true, replacement: true},
		"keep": {regex: true}, "drop": {regex: true}, "labeldrop": {regex: true}, "labelkeep": {regex: true},
		"hashmod": {target: true}, "lowercase": {target: true}, "uppercase": {target: true}, "keepequal": {target: true}, "dropequal": {target: true},
		"LabelDrop": {}, "Replace": {},
	}
	targets := []string{"", "x", "job", "namespace", "tracker", "__address__", "__scrape_interval__", "name${1}", "$1", "__tmp"}
	regexes := []string{
		"", ".*", "x(.*)", "(?i)NAMESPACE", "name.*|x", "[^x].*", `(?:)__\w+`, "x)|(namespace", `\Qx`, `\Qx\E|tracker`, "x{$(SHARD)}namespace",
		"(?s-s:.)racke.", "job.?", "__.*|namespace|tracker", "__.*|job|namespace|tracker", "__scrape.*", "$|^tracker$", "a?(.*)s?", `(?P<n>.+)paces`, "[", `x\`, "foo.*",
	}
	replacements := []string{"", "$1", "${1}", "$n", "${n}pace", "name$1", "namespace", "__$1", "n${1}", "j$1", "pod_$1", "x$$", "-", "$(SHARD)", "__tmp_$1", "é$1"}
	// A field that an action does not use is refused or ignored, whatever it has: two values stand for all.
	some := func(all []string, used bool) []string {
		if used {
			return all
		}
		return all[:2]
	}
	for action, used := range actions {
		admitted := 0
		for _, target := range some(targets, used.target) {
			for _, regex := range some(regexes, used.regex) {
				for _, replacement := range some(replacements, used.replacement) {
					step := newStep(action, target, regex, replacement)
					if admits(t.Context(), step) {
						admitted++
						expectOursLeft(t, step)
					}
				}
			}
		}
		if known := used != (uses{}); known != (admitted > 0) {
			t.Errorf("of action %q %d steps were admitted", action, admitted)
		}
	}
}

// randomSteps is how many steps are put together at random.
var randomSteps = flag.Int("random-relabelings", 4000, "`number` of random relabelings to try")

// TestRandomRelabelingsLeaveOurLabels puts the strings together at random; -args
// -random-relabelings=100000 tries more of them. It is no fuzz test of Go's, since each
// worker would start an API server.
func TestRandomRelabelingsLeaveOurLabels(t *testing.T) {
	admits := relabelingAdmission(t)
	actions := []string{"", "labelmap", "labeldrop", "labelkeep"}
	fragments := []string{
		"x", ".*", "(.+)", "(", ")", "|", "[", "]", "^", "$", "?", "*", "{0}", "{0,1}", "(?i)", "(?s)", "(?-s:", "(?P<n>", `\Q`, `\E`, `\`, `\b`, `\w`, `\z`, "\n",
		"a-z", "name", "space", "namespace", "NAMESPACE", "tracker", "job", "_", "__", "address", "$1", "${1}", "$n", "${n}", "$$", "$(SHARD)", "pod_",
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same strings each time
	text := func() string {
		var text strings.Builder
		for range random.IntN(6) {
			text.WriteString(fragments[random.IntN(len(fragments))])
		}
		return text.String()
	}
	admitted := 0
	for range *randomSteps {
		step := newStep(actions[random.IntN(len(actions))], text(), text(), text())
		switch step["action"] {
		case "labelmap":
			delete(step, "targetLabel")
		case "labeldrop", "labelkeep":
			delete(step, "targetLabel")
			delete(step, "replacement")
		}
		if admits(t.Context(), step) {
			admitted++
			expectOursLeft(t, step)
		}
	}
	if admitted < *randomSteps/40 {
		t.Errorf("only %d of %d steps were admitted", admitted, *randomSteps)
	}
}

// newStep leaves out what is empty.
func newStep(action, target, regex, replacement string) map[string]any {
	step := map[string]any{"action": action, "targetLabel": target, "regex": regex, "replacement": replacement}
	maps.DeleteFunc(step, func(_ string, value any) bool { return value == "" })
	switch action {
	case "hashmod":
		step["modulus"] = int64(2)
	case "labeldrop", "labelkeep":
	default:
		step["sourceLabels"] = []any{"x"}
	}
	return step
}

// relabelingAdmission judges a step by the CRD, as the API server does.
func relabelingAdmission(t *testing.T) func(ctx context.Context, step map[string]any) bool {
	t.Helper()
	schema := rootSchema(t)
	for _, name := range []string{"spec", "monitoring", "serviceMonitor", "relabelings"} {
		schema = schema.Properties[name]
	}
	internal := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(schema.Items.Schema, internal, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		t.Fatal(err)
	}
	validator, _, err := schemavalidation.NewSchemaValidator(internal)
	if err != nil {
		t.Fatal(err)
	}
	rules := cel.NewValidator(structural, false, celconfig.PerCallLimit)
	return func(ctx context.Context, step map[string]any) bool {
		if len(schemavalidation.ValidateCustomResource(nil, step, validator)) > 0 {
			return false
		}
		broken, _ := rules.Validate(ctx, nil, structural, step, nil, celconfig.RuntimeCELCostBudget)
		return len(broken) == 0
	}
}

// expectOursLeft has Prometheus take a step, as prometheus-operator hands it on.
func expectOursLeft(t *testing.T, step map[string]any) {
	t.Helper()
	config := relabel.DefaultRelabelConfig
	for field, into := range map[string]*string{"targetLabel": &config.TargetLabel, "replacement": &config.Replacement} {
		if text, ok := step[field].(string); ok {
			*into = environment.Replace(text)
		}
	}
	if action, ok := step["action"].(string); ok {
		config.Action = relabel.Action(action)
	}
	if _, ok := step["modulus"]; ok {
		config.Modulus = 2
	}
	if _, ok := step["sourceLabels"]; ok {
		config.SourceLabels = model.LabelNames{"x"}
	}
	if text, ok := step["regex"].(string); ok {
		regex, err := relabel.NewRegexp(environment.Replace(text))
		if err != nil {
			t.Errorf("admitted %v, which Prometheus refuses: %v", step, err)
			return
		}
		config.Regex = regex
	}
	for _, scheme := range []model.ValidationScheme{model.LegacyValidation, model.UTF8Validation} {
		config.NameValidationScheme = scheme
		if err := config.Validate(scheme); err != nil {
			t.Errorf("admitted %v, which Prometheus refuses: %v", step, err)
			continue
		}
		all := maps.Clone(ours)
		maps.Copy(all, theirs)
		target := labels.NewBuilder(labels.FromMap(all))
		if !relabel.ProcessBuilder(target, &config) {
			continue // a target that is dropped is the user's own business
		}
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			if got := target.Get(name); got != ours[name] {
				t.Errorf("admitted %v, which makes %s %q", step, name, got)
			}
		}
	}
}
