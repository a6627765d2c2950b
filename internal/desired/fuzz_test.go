// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/resource"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired/dashboards"
)

// filler fills API types at random.
func filler(seed int64) *randfill.Filler {
	own := func(serializer.CodecFactory) []any {
		return []any{
			func(q *resource.Quantity, c randfill.Continue) {
				*q = *resource.NewMilliQuantity(c.Int63()-c.Int63(), resource.DecimalSI)
			},
			func(i *intstr.IntOrString, c randfill.Continue) { *i = intstr.FromInt32(int32(c.Uint32())) },
		}
	}
	codecs := serializer.NewCodecFactory(runtime.NewScheme())
	return fuzzer.FuzzerFor(fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, own), rand.NewSource(seed), codecs)
}

// Whatever decodes as a spec makes objects or an error, and these pass through
// a patch unharmed.
func TestBuildNeverPanics(t *testing.T) {
	for seed := range int64(300) {
		fill := filler(seed)
		filled, tracker, seen := v1alpha1.InterviewTrackerSpec{}, newTracker(), &observed{}
		fill.Fill(&filled)
		fill.Fill(seen)
		text, err := json.Marshal(filled)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &tracker.Spec); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		_, err = Build(t.Context(), tracker, seen.snapshot(), catalog.Default())
		if failed := (*PatchError)(nil); err != nil && !errors.As(err, &failed) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		tracker.Spec.Patches = nil
		output := build(t, tracker, nothing())
		for _, object := range output.Objects {
			if err := restricted(object); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
}

// FuzzPatch looks for texts that harm: a panic, or objects that escaped.
func FuzzPatch(f *testing.F) {
	for _, patch := range []string{
		`[{"op": "add", "path": "/spec/replicas", "value": 1}]`,
		`[{"op": "move", "from": "/spec", "path": "/metadata"}]`,
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hiring-api}\nspec: {replicas: 1}",
		"spec: {template: {spec: {containers: [{name: api, $patch: delete}]}}}",
		"{$patch: replace, spec: null}",
		"kind: List\nitems: [{kind: x}]\napiVersion: v1\nmetadata: {name: x}",
		bomb(),
	} {
		f.Add(patch, "Deployment", "")
		f.Add(patch, "", "")
		f.Add(patch, "", "hiring-.*")
	}
	f.Fuzz(func(t *testing.T, patch, kind, name string) {
		tracker := newTracker()
		want := build(t, tracker, nothing())
		tracker.Spec.Patches = []v1alpha1.Patch{{Patch: patch}}
		if kind+name != "" {
			tracker.Spec.Patches[0].Target = &v1alpha1.PatchTarget{Kind: kind, Name: name}
		}
		got, err := Build(t.Context(), tracker, nothing(), catalog.Default())
		if err != nil {
			return
		}
		if len(got.Objects) != len(want.Objects) {
			t.Fatalf("got %d objects, want %d", len(got.Objects), len(want.Objects))
		}
		for i, object := range got.Objects {
			if describe(object) != describe(want.Objects[i]) || object.GetNamespace() != "people" {
				t.Errorf("got %s, want %s", describe(object), describe(want.Objects[i]))
			}
			if err := restricted(object); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzMonitoring looks for strings that change what a dashboard or a monitoring object
// is: all that they may change is text.
func FuzzMonitoring(f *testing.F) {
	for _, text := range []string{
		"harmless",
		`"`,
		"\\",
		"'}]}",
		`", "panels": [], "x": "`,
		"line\nline",
		"${datasource}",
		"$namespace[[namespace]]{{ .Labels.x }}",
		`"} or vector(1) #`,
		`.*"|x=~"`,
		"\u2028</script>\u0000",
		"NaN",
		"1e999",
		"-Inf",
	} {
		f.Add(text)
	}
	ctx := f.Context()
	build := func(text string) *Output {
		tracker := newTracker()
		tracker.Name, tracker.Namespace, tracker.Spec.Version = text, text, text
		written := map[string]v1alpha1.LabelValue{"label": v1alpha1.LabelValue(text)}
		tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{
			ServiceMonitor: &v1alpha1.ServiceMonitorSpec{Labels: written},
			Alerts: &v1alpha1.AlertsSpec{
				MetricsSource: v1alpha1.MetricsSource(text),
				SLO:           &v1alpha1.SLOSpec{Availability: v1alpha1.Decimal(text), LatencyTarget: v1alpha1.Decimal(text)},
				Rules: []v1alpha1.AlertRule{
					{Name: v1alpha1.AlertHighErrorRate, Threshold: v1alpha1.Decimal(text)},
					{Name: v1alpha1.AlertHighResponseTime, Threshold: v1alpha1.Decimal(text)},
					{Name: v1alpha1.AlertLowDiskSpace, Threshold: v1alpha1.Decimal(text)},
				},
				RunbookBaseURL: text,
				Disabled:       []v1alpha1.AlertName{v1alpha1.AlertName(text)},
			},
			Dashboard: &v1alpha1.DashboardSpec{Labels: written, Folder: text, InstanceSelector: written},
			Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: text, Module: text, APIURL: text, FrontendURL: text, Labels: written},
		}
		output, err := Build(ctx, tracker, nothing(), catalog.Default())
		if err != nil {
			f.Fatal(err)
		}
		return output
	}
	harmless := build("harmless")
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || !utf8.ValidString(text) {
			t.Skip("omitted, or nothing that JSON brings")
		}
		output := build(text)
		if got, want := len(output.Monitoring), len(harmless.Monitoring); got != want {
			t.Fatalf("got %d objects, want %d", got, want)
		}
		for i, object := range output.Monitoring {
			if _, ok := object.(*monitoringv1.PrometheusRule); ok {
				continue // Its package has tests of its own.
			}
			if diff := cmp.Diff(shape(t, harmless.Monitoring[i]), shape(t, object)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", describe(object), diff)
			}
		}
		tracker := newTracker()
		tracker.Name, tracker.Namespace = text, text
		for _, query := range dashboards.Tracker(tracker, catalog.Default()).Queries() {
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(strings.ReplaceAll(query.Expr, "$__rate_interval", "1m"))
			if err != nil {
				t.Fatalf("%s: %v", query.Panel, err)
			}
			for _, matchers := range parser.ExtractSelectors(expr) {
				if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
					return m.Name == "namespace" && m.Type == labels.MatchEqual && m.Value == text
				}) {
					t.Errorf("%s: a selector outside the namespace: %s", query.Panel, query.Expr)
				}
			}
		}
	})
}

// shape is an object's JSON, that of a dashboard inside it included, with types in the
// place of values.
func shape(t *testing.T, object Object) any {
	t.Helper()
	fields, err := fieldsOf(object)
	if err != nil {
		t.Fatal(err)
	}
	if data, ok, _ := unstructured.NestedStringMap(fields, "data"); ok {
		var files []any // Their names are the tracker's.
		for _, text := range data {
			var dashboard any
			if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
				t.Fatalf("%v in %s", err, text)
			}
			files = append(files, dashboard)
		}
		fields["data"] = files
	}
	return typesOf(fields)
}

func typesOf(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = typesOf(item)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, typesOf(item))
		}
		return out
	default:
		return fmt.Sprintf("%T", v)
	}
}
