// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// A Prometheus object with a quantity that can't be decoded, which the schema of its own CRD
// admits, is left out of the caches. The kind is served all the same.
func TestPrometheusThatCannotBeDecoded(t *testing.T) {
	ns := namespace(t)
	bad := &unstructured.Unstructured{}
	bad.SetGroupVersionKind(kinds.Prometheus)
	bad.SetNamespace(ns)
	bad.SetName("bad")
	must(t, unstructured.SetNestedField(bad.Object, "1e0.5", "spec", "resources", "requests", "cpu"))
	must(t, k8s.Create(t.Context(), bad))
	defer func() { must(t, k8s.Delete(t.Context(), bad)) }()

	o := start(t)
	served, unclear, _ := o.optional.Kinds()
	if !served.Has(kinds.Prometheus.Kind) || len(unclear) > 0 {
		t.Errorf("served are %v, unclear is %v", served, unclear)
	}
	registry := prometheus.NewPedanticRegistry()
	must(t, registry.Register(o.undecodable))
	got := series(t, registry)
	for _, k := range kinds.All() {
		want := 0.0
		if k.GroupVersionKind == kinds.Prometheus {
			want = 1
		}
		if value, exists := got[`interviewtracker_undecodable_objects{kind="`+k.Kind+`"}`]; value != want || exists != k.Custom() {
			t.Errorf("the metric of %s is %v (exists: %t), want %v", k.Kind, value, exists, want)
		}
	}
	docs, err := os.ReadFile("../docs/metrics.md")
	must(t, err)
	if !strings.Contains(string(docs), "| `interviewtracker_undecodable_objects` |") {
		t.Error("docs/metrics.md does not list the metric")
	}
	o.ready(t, create(t, ns, nil))
}

func TestStatusOfATrackerThatCannotBeDecoded(t *testing.T) {
	now, before := metav1.NewTime(time.Unix(1_800_000_000, 0)), metav1.NewTime(time.Unix(1_700_000_000, 0))
	object := func(field, stored string) decodable.Object {
		return decodable.Object{
			NamespacedName: types.NamespacedName{Namespace: "a", Name: "hiring"}, Generation: 4,
			Problem: &decodable.Error{Field: field, Err: os.ErrInvalid}, Status: json.RawMessage(stored),
		}
	}
	message := "spec.x: invalid argument. Correct the field: until then, the operator changes nothing of this tracker and does not report on it."
	conditions := func(ready metav1.Time) []metav1.Condition {
		return []metav1.Condition{
			{Type: "Ready", Status: "False", Reason: v1alpha1.ReasonInvalidSpec, Message: message, LastTransitionTime: ready},
			{Type: "Stalled", Status: "True", Reason: v1alpha1.ReasonInvalidSpec, Message: message, LastTransitionTime: now},
		}
	}
	status := func(generation int64, conditions []metav1.Condition) map[string]any {
		return map[string]any{"observedGeneration": generation, "conditions": conditions}
	}
	encode := func(value any) string {
		text, err := json.Marshal(value)
		must(t, err)
		return string(text)
	}
	unready := metav1.Condition{Type: "Ready", Status: "False", Reason: "Progressing", LastTransitionTime: before}
	other := metav1.Condition{Type: "DatabaseHealthy", Status: "True", Reason: "Healthy", LastTransitionTime: before}
	for name, tc := range map[string]struct {
		object  decodable.Object
		want    any
		changed bool
	}{
		"new":               {object("spec.x", ""), status(4, conditions(now)), true},
		"one that was seen": {object("spec.x", encode(status(3, []metav1.Condition{other, unready}))), status(4, conditions(before)), true},
		"reported":          {object("spec.x", encode(status(4, conditions(before)))), nil, false},
		"odd status":        {object("spec.x", `{"conditions":[{"lastTransitionTime":"x"}]}`), status(4, conditions(now)), true},
		"its status":        {object("status.components[0].replicas", `{}`), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, changed := undecodableStatus(tc.object, now)
			if diff := cmp.Diff(encode(tc.want), encode(got)); diff != "" || changed != tc.changed {
				t.Errorf("changed: %t (-want +got)\n%s", changed, diff)
			}
		})
	}
}
