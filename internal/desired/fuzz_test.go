// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"encoding/json"
	"errors"
	"math/rand"
	"testing"

	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/resource"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
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
		_, err = Build(tracker, seen.snapshot(), DefaultOptions())
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
		got, err := Build(tracker, nothing(), DefaultOptions())
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
