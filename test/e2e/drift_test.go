//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// Manual changes to a tracker's objects of every kind are repaired.
func TestDrift(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
		s.Frontend = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	})
	ready(t, tracker)

	// In this order: an object's Events are limited to 25 within minutes.
	t.Run("an edited field of every kind is repaired, with an event", func(t *testing.T) { fieldsEdited(t, tracker) })
	t.Run("every edited child is repaired", func(t *testing.T) { labelsEdited(t, tracker) })
	t.Run("every deleted child is recreated", func(t *testing.T) { deleted(t, tracker) })
	t.Run("lost credentials are not recreated while data exist", func(t *testing.T) { credentialsDeleted(t, tracker) })
}

func fieldsEdited(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	for _, edit := range []struct{ kind, name, path, value, message string }{
		{"Service", "hiring-api", "/spec/ports/0/targetPort", `1`, `spec.ports[port=8000,protocol="TCP"].targetPort`},
		{"ServiceAccount", "hiring-api", "/automountServiceAccountToken", `true`, "automountServiceAccountToken"},
		{"NetworkPolicy", "hiring-database", "/spec/ingress/0/ports/0/port", `1`, "spec.ingress"},
		{"PodDisruptionBudget", "hiring-api", "/spec/maxUnavailable", `2`, "spec.maxUnavailable"},
		{"HorizontalPodAutoscaler", "hiring-frontend", "/spec/maxReplicas", `7`, "spec.maxReplicas"},
		{
			"Deployment", "hiring-api", "/spec/template/spec/containers/0/image", `"interview-tracker-api:edited"`,
			`spec.template.spec.containers[name="api"].image`,
		},
		{
			"StatefulSet", "hiring-database", "/spec/template/spec/containers/0/env/1/value", `"edited"`,
			`spec.template.spec.containers[name="postgres"].env[name="POSTGRES_DB"].value`,
		},
	} {
		i := slices.IndexFunc(tracker.Status.Applied(), func(e v1alpha1.InventoryEntry) bool {
			kind, name := e.Parse()
			return kind.Kind == edit.kind && name == edit.name
		})
		if i < 0 {
			t.Fatalf("%s %s does not exist", edit.kind, edit.name)
		}
		object := child(t, tracker, tracker.Status.Applied()[i])
		refresh(t, object)
		before := content(object)
		patch := fmt.Sprintf(`[{"op":"replace","path":%q,"value":%s}]`, edit.path, edit.value)
		must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.JSONPatchType, []byte(patch)), client.FieldOwner("kubectl-edit")))
		emitted(t, tracker, "Repaired", fmt.Sprintf("%s %s: %s was changed by kubectl-edit", edit.kind, edit.name, edit.message))
		refresh(t, object)
		if got := content(object); !reflect.DeepEqual(got, before) {
			t.Errorf("%s %s is %v, want %v as before the edit", edit.kind, edit.name, got, before)
		}
	}
	ready(t, tracker)
}

// content is an object without its status and its metadata that others write.
func content(object *unstructured.Unstructured) map[string]any {
	fields := maps.Clone(object.Object)
	delete(fields, "metadata")
	delete(fields, "status")
	return fields
}

// child is the object of an inventory entry, to be read.
func child(t *testing.T, tracker *v1alpha1.InterviewTracker, e v1alpha1.InventoryEntry) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	kind, name := e.Parse()
	mapping, err := k8s.RESTMapper().RESTMapping(kind)
	must(t, err)
	object.SetGroupVersionKind(mapping.GroupVersionKind)
	object.SetNamespace(tracker.Namespace)
	object.SetName(name)
	return object
}

func labelsEdited(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	const label = "app.kubernetes.io/part-of"
	for _, e := range slices.Clone(tracker.Status.Applied()) {
		object := child(t, tracker, e)
		refresh(t, object)
		if _, owned := object.GetLabels()[label]; !owned {
			continue // Retained objects have no such label.
		}
		patch := `{"metadata":{"labels":{"` + label + `":"edited"},"annotations":{"example.com/theirs":"stays"}}}`
		must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-edit")))
		eventually(t, tracker, string(e)+" is not repaired", func() bool {
			refresh(t, object)
			return object.GetLabels()[label] == "interview-tracker"
		})
		if object.GetAnnotations()["example.com/theirs"] != "stays" {
			t.Errorf("%s: another manager's annotation was removed", e)
		}
	}
}

func deleted(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	for _, e := range slices.Clone(tracker.Status.Applied()) {
		object := child(t, tracker, e)
		if object.GetKind() == "Secret" {
			continue // They are never recreated while their data exist.
		}
		refresh(t, object)
		before := object.GetUID()
		must(t, k8s.Delete(t.Context(), object))
		eventually(t, tracker, string(e)+" does not come back", func() bool {
			return exists(t, tracker, object.GetName(), object) && object.GetUID() != before
		})
	}
	ready(t, tracker)
}

func credentialsDeleted(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	for _, of := range []struct {
		component v1alpha1.Component
		condition string
	}{
		{v1alpha1.ComponentDatabase, v1alpha1.ConditionDatabaseHealthy},
		{v1alpha1.ComponentRedis, v1alpha1.ConditionRedisHealthy},
	} {
		secret := fetch(t, tracker, tracker.CredentialsName(of.component), &corev1.Secret{})
		must(t, k8s.Delete(t.Context(), secret))
		eventually(t, tracker, "the loss of the credentials is not reported", func() bool {
			return is(tracker, of.condition, "False CredentialsLost") && is(tracker, "Ready", "False CredentialsLost")
		})
		if exists(t, tracker, secret.Name, &corev1.Secret{}) {
			t.Fatalf("Secret %s was recreated", secret.Name)
		}
		secret.ResourceVersion, secret.UID = "", ""
		must(t, k8s.Create(t.Context(), secret))
		ready(t, tracker)
	}
}
