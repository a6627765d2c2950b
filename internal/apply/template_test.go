// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// keeping is a Deployment whose pod template is kept.
func (w *world) keeping() *appsv1.Deployment {
	d := w.deployment()
	d.Spec.Template = corev1.PodTemplateSpec{}
	return d
}

const restartedAt = "kubectl.kubernetes.io/restartedAt"

// restartPods does what kubectl rollout restart does.
func (w *world) restartPods() {
	w.Helper()
	patch := `{"spec":{"template":{"metadata":{"annotations":{"` + restartedAt + `":"now"}}}}}`
	w.ok(w.Patch(w.Context(), w.deployment(), client.RawPatch(types.StrategicMergePatchType, []byte(patch)), client.FieldOwner("kubectl-rollout")))
}

// owned is what the fields of an object that the engine applied are, as JSON.
func owned(object client.Object) string {
	for _, entry := range object.GetManagedFields() {
		if entry.Manager == "interview-tracker-operator" && entry.Operation == metav1.ManagedFieldsOperationApply {
			return entry.FieldsV1.GetRawString()
		}
	}
	return ""
}

func TestKeptTemplateIsNotChanged(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	w.restartPods()
	edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(7))
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Name: "theirs", Image: "x"})
	})
	before := get(w, "hiring-api", &appsv1.Deployment{})

	// One write notes the new intent; then nothing is written, also after a restart.
	w.writes(1, func() { w.apply(w.keeping()) })
	w.restart()
	w.writes(0, func() { w.apply(w.keeping()) })
	w.restartPods()
	w.writes(0, func() { w.apply(w.keeping()) })

	after := get(w, "hiring-api", &appsv1.Deployment{})
	if diff := cmp.Diff(before.Spec.Template, after.Spec.Template); diff != "" {
		t.Errorf("the template changed:\n%s", diff)
	}
	if diff := cmp.Diff(owned(before), owned(after)); diff != "" {
		t.Errorf("our fields changed:\n%s", diff)
	}

	// What else is ours of it is repaired.
	edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) { d.Spec.Replicas = new(int32(9)) })
	w.writes(1, func() {
		if got := w.apply(w.keeping()); got.Counts.Of(apply.Repaired) != 1 {
			t.Errorf("%+v", got.Counts)
		}
	})
	after = get(w, "hiring-api", &appsv1.Deployment{})
	if diff := cmp.Diff(before.Spec, after.Spec); diff != "" {
		t.Errorf("the repair left:\n%s", diff)
	}

	// The next template is applied like any other.
	next := w.deployment()
	next.Spec.Template.Spec.Containers[0].Image = "api:2"
	next.Spec.Template.Spec.Containers[0].LivenessProbe = nil
	w.apply(next)
	template := get(w, "hiring-api", &appsv1.Deployment{}).Spec.Template
	api := template.Spec.Containers[0]
	if api.Image != "api:2" || api.LivenessProbe != nil || len(template.Spec.Containers) != 2 || template.Annotations[restartedAt] != "now" {
		t.Errorf("the next template became %+v", template)
	}
}

func TestTemplateIsKeptWithoutManagedFields(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	edit(w, w.deployment(), "test", func(d *appsv1.Deployment) { d.ManagedFields = []metav1.ManagedFieldsEntry{{}} })
	before := get(w, "hiring-api", &appsv1.Deployment{})
	w.writes(1, func() { w.apply(w.keeping()) })
	if diff := cmp.Diff(before.Spec, get(w, "hiring-api", &appsv1.Deployment{}).Spec); diff != "" {
		t.Errorf("it changed:\n%s", diff)
	}
}

func TestDeploymentWithoutTemplateIsNotCreated(t *testing.T) {
	w := newWorld(t)
	w.writes(0, func() {
		if err := failure[*apply.PendingError](w, w.keeping()); !err.Stale {
			t.Errorf("%v", err)
		}
	})
}

// What an object lacks says nothing: only the child does.
func TestWhatAnObjectLacksKeepsNothing(t *testing.T) {
	w := newWorld(t)
	w.apply(w.deployment())
	w.writes(1, func() {
		_, err := w.engine.Apply(t.Context(), w.owner, []apply.Child{{Object: w.keeping()}})
		if _, invalid := errors.AsType[*apply.InvalidError](err); !invalid || !strings.Contains(err.Error(), "containers: Required value") {
			t.Errorf("a Deployment without containers: error %v", err)
		}
	})
	derived := w.deployment()
	derived.ResourceVersion = "1"
	derived.Spec.MinReadySeconds = 3
	w.writes(1, func() {
		if _, err := w.engine.Apply(t.Context(), w.owner, []apply.Child{{Object: derived}}); err != nil {
			t.Error(err)
		}
	})
}

func TestJobKeepsItsTemplate(t *testing.T) {
	w := newWorld(t)
	w.apply(w.job())
	before := get(w, "hiring-migrate-1", &batchv1.Job{})

	next := w.job()
	next.Spec.Template.Spec.NodeSelector = nil
	next.Spec.Template.Spec.Containers[0].Env = nil
	next.Spec.Template.Labels = map[string]string{"pod": "other"}
	w.writes(0, func() { w.apply(next) })
	next.Spec.BackoffLimit = new(int32(5))
	next.Labels["app.kubernetes.io/version"] = "2"
	w.writes(1, func() { w.apply(next) })
	w.restart()
	w.writes(0, func() { w.apply(next) })

	after := get(w, "hiring-migrate-1", &batchv1.Job{})
	if *after.Spec.BackoffLimit != 5 || after.Labels["app.kubernetes.io/version"] != "2" {
		t.Errorf("what can be changed was not: %+v", after.Spec)
	}
	after.Spec.BackoffLimit = before.Spec.BackoffLimit
	if diff := cmp.Diff(before.Spec, after.Spec); diff != "" {
		t.Errorf("it changed:\n%s", diff)
	}
	if after.Spec.Template.Labels["batch.kubernetes.io/controller-uid"] == "" || after.Spec.Selector == nil {
		t.Error("the API server filled in nothing: this test proves nothing")
	}
}
