// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// One tracker that can't be decoded, stored before the CRD refused it, says so in its own
// status, the log and a metric, and changes nothing for the others.
func TestTrackerThatCannotBeDecoded(t *testing.T) {
	good, later := newTracker(t, newNamespace(t)), newTracker(t, newNamespace(t))
	bad := &unstructured.Unstructured{}
	bad.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	bad.SetNamespace(newNamespace(t))
	bad.SetName("hiring")
	must(t, unstructured.SetNestedField(bad.Object, "1.0.0", "spec", "version"))
	must(t, unstructured.SetNestedField(bad.Object, "1e-2147483648", "spec", "api", "resources", "requests", "cpu"))
	withoutSchema(t, func() { must(t, k8s.Create(t.Context(), bad)) })
	t.Cleanup(func() { must(t, client.IgnoreNotFound(k8s.Delete(context.WithoutCancel(t.Context()), bad))) })

	m := start(t, operator)
	m.ready(t)
	observed(t, good)
	observed(t, later)
	invalid := func(tracker *unstructured.Unstructured) bool {
		must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(tracker), tracker))
		return condition(t, tracker, "Ready") == "False InvalidSpec" && condition(t, tracker, "Stalled") == "True InvalidSpec"
	}
	eventually(t, "the bad tracker's status does not say so", func() bool { return invalid(bad) })
	if got := status(t, bad); !strings.Contains(got.Conditions[0].Message, "spec.api.resources.requests.cpu: the quantity") || got.ObservedGeneration != 1 {
		t.Errorf("the bad tracker's status is %+v", got)
	}
	if got := undecodable(t, m); got != "1" {
		t.Errorf("the metric is %s", got)
	}

	// One that becomes bad while the manager runs: nothing is applied any more.
	ours := &unstructured.Unstructured{}
	ours.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	ours.SetNamespace(later.Namespace)
	ours.SetName(later.Name)
	withoutSchema(t, func() {
		patch(t, ours, `{"spec":{"version":"2.0.0","api":{"resources":{"requests":{"cpu":"1e0.5"}}}}}`)
	})
	eventually(t, "the status of one that has become bad does not say so", func() bool { return invalid(ours) })
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: later.Namespace, Name: later.ChildName(v1alpha1.ComponentAPI)}}
	must(t, k8s.Patch(t.Context(), deployment, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":7}}`))))

	edit(t, good, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	observed(t, good)
	refresh(t, deployment)
	if image := deployment.Spec.Template.Spec.Containers[0].Image; *deployment.Spec.Replicas != 7 || !strings.HasSuffix(image, ":1.0.0") {
		t.Errorf("the one that has become bad has %d replicas of %s", *deployment.Spec.Replicas, image)
	}

	patch(t, bad, `{"spec":{"api":null}}`)
	patch(t, ours, `{"spec":{"api":null}}`)
	for _, tracker := range []*unstructured.Unstructured{bad, ours} {
		repaired := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: tracker.GetNamespace(), Name: tracker.GetName()}}
		observed(t, repaired)
		eventually(t, "one that is corrected is not applied", func() bool {
			return deployed(t, repaired) && condition(t, current(t, tracker), "Stalled") == "absent"
		})
	}
	eventually(t, "one that is corrected is not applied again", func() bool {
		refresh(t, deployment)
		return *deployment.Spec.Replicas == 1 && strings.HasSuffix(deployment.Spec.Template.Spec.Containers[0].Image, ":2.0.0")
	})
	if got := undecodable(t, m); got != "0" {
		t.Errorf("with none left, the metric is %s", got)
	}
	m.stop(t)

	logged := map[any]int{}
	for _, record := range m.records(t) {
		if record["level"] == "error" && record["kind"] == v1alpha1.Kind && record["field"] == "spec.api.resources.requests.cpu" {
			logged[record["namespace"]]++
		}
	}
	if len(logged) != 2 || logged[bad.GetNamespace()] != 1 || logged[later.Namespace] != 1 {
		t.Errorf("the log names them so often: %v", logged)
	}
}

// withoutSchema does something while the CRD's schema admits any spec.
func withoutSchema(t *testing.T, do func()) {
	t.Helper()
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "interviewtrackers." + v1alpha1.GroupVersion.Group}}
	refresh(t, crd)
	strict := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.DeepCopy()
	set := func(spec apiextensionsv1.JSONSchemaProps, rules apiextensionsv1.ValidationRules) {
		refresh(t, crd)
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		schema.Properties["spec"], schema.XValidations = spec, rules
		must(t, k8s.Update(t.Context(), crd))
	}
	admits := func(want bool) func() bool {
		return func() bool {
			probe := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"version": "/"}}}
			probe.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
			probe.SetNamespace("default")
			probe.SetName("probe")
			err := k8s.Create(t.Context(), probe, client.DryRunAll)
			if err != nil && !apierrors.IsInvalid(err) {
				t.Fatal(err)
			}
			return (err == nil) == want
		}
	}
	anything := true
	set(apiextensionsv1.JSONSchemaProps{Type: "object", XPreserveUnknownFields: &anything}, nil)
	eventually(t, "the schema is not removed", admits(true))
	do()
	set(strict.Properties["spec"], strict.XValidations)
	eventually(t, "the schema does not come back", admits(false))
}

func patch(t *testing.T, object *unstructured.Unstructured, text string) {
	t.Helper()
	must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(text))))
}

func current(t *testing.T, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	must(t, k8s.Get(t.Context(), client.ObjectKeyFromObject(object), object))
	return object
}

func status(t *testing.T, tracker *unstructured.Unstructured) v1alpha1.InterviewTrackerStatus {
	t.Helper()
	stored, _, err := unstructured.NestedMap(tracker.Object, "status")
	must(t, err)
	var status v1alpha1.InterviewTrackerStatus
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(stored, &status))
	return status
}

// condition is "STATUS REASON" of a tracker's condition, or "absent".
func condition(t *testing.T, tracker *unstructured.Unstructured, conditionType string) string {
	t.Helper()
	for _, c := range status(t, tracker).Conditions {
		if c.Type == conditionType {
			return string(c.Status) + " " + c.Reason
		}
	}
	return "absent"
}

// undecodable is the number of trackers that can't be decoded, as the metrics say.
func undecodable(t *testing.T, m *manager) string {
	t.Helper()
	reader := newAccount(t, "default")
	grant(t, reader, "interview-tracker-operator-metrics-reader")
	scraper := m.scraper(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+m.metrics+"/metrics", nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token(t, reader))
	response, err := scraper.Do(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	_, after, _ := strings.Cut(string(body), `interviewtracker_undecodable_objects{kind="InterviewTracker"} `)
	value, _, _ := strings.Cut(after, "\n")
	return value
}
