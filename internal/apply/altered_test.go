// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// mutate has the API server apply a CEL expression to every Deployment that is
// written in the test's namespace, and waits until it does. The expression sets
// the annotation "altered".
func (w *world) mutate(expression string) {
	w.Helper()
	w.mutateBy(admissionregistrationv1.Mutation{
		PatchType:          admissionregistrationv1.PatchTypeApplyConfiguration,
		ApplyConfiguration: &admissionregistrationv1.ApplyConfiguration{Expression: expression},
	})
}

// mutateByPatch is as mutate, by an expression that is a list of JSONPatch.
func (w *world) mutateByPatch(expression string) {
	w.Helper()
	w.mutateBy(admissionregistrationv1.Mutation{
		PatchType: admissionregistrationv1.PatchTypeJSONPatch,
		JSONPatch: &admissionregistrationv1.JSONPatch{Expression: expression},
	})
}

func (w *world) mutateBy(mutation admissionregistrationv1.Mutation) {
	w.Helper()
	name := w.owner.Namespace
	policy := &admissionregistrationv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: admissionregistrationv1.MutatingAdmissionPolicySpec{
			ReinvocationPolicy: admissionregistrationv1.NeverReinvocationPolicy,
			MatchConstraints: &admissionregistrationv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}},
				ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{"apps"}, APIVersions: []string{"v1"}, Resources: []string{"deployments"}},
				}}},
			},
			Mutations: []admissionregistrationv1.Mutation{mutation},
		},
	}
	binding := &admissionregistrationv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       admissionregistrationv1.MutatingAdmissionPolicyBindingSpec{PolicyName: name},
	}
	for _, object := range []client.Object{policy, binding} {
		w.ok(w.Create(w.Context(), object))
		w.Cleanup(func() { w.ok(w.Delete(context.Background(), object)) })
	}
	w.eventually(func() bool {
		probe := w.deployment()
		probe.Name = "probe"
		w.ok(w.Create(w.Context(), probe, client.DryRunAll))
		return probe.Annotations["altered"] != ""
	})
}

// eventually waits for a condition.
func (w *world) eventually(condition func() bool) {
	w.Helper()
	w.ok(wait.PollUntilContextTimeout(w.Context(), 20*time.Millisecond, 2*time.Minute, true,
		func(context.Context) (bool, error) { return condition(), nil }))
}

func TestAlteredAnswerIsReportedOnce(t *testing.T) {
	w := newWorld(t)
	w.mutate(`Object{metadata: Object.metadata{annotations: {"altered": "yes"}}, spec: Object.spec{replicas: 7}}`)

	w.writes(1, func() {
		got := w.apply(w.deployment())
		if len(got.Events) != 1 || got.Events[0].Reason != apply.ReasonAltered || got.Events[0].Type != corev1.EventTypeWarning ||
			!strings.HasSuffix(got.Events[0].Message, ": spec.replicas") {
			t.Errorf("events %v, want one that names spec.replicas", got.Events)
		}
	})
	quiet := func() {
		if got := w.apply(w.deployment()); len(got.Events) != 0 {
			t.Errorf("events %v, want none", got.Events)
		}
	}
	w.writes(0, quiet)

	// After a restart it takes one more read to see that only the API server
	// has altered it, and then none.
	w.restart()
	w.writes(0, quiet)
	w.requests.reset()
	quiet()
	if reads, _ := w.requests.reset(); reads != 1 { // Ours is an uncached reader: the read that a cache would serve.
		t.Errorf("%d reads, want 1", reads)
	}

	// Somebody's change is repaired, and only that is said.
	edit(w, w.deployment(), "kubectl-edit", func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "evil:1" })
	w.writes(1, func() {
		got := w.apply(w.deployment())
		want := `Repaired Deployment hiring-api: spec.template.spec.containers[name="api"].image was changed by kubectl-edit`
		if len(got.Events) != 1 || got.Events[0].Message != want {
			t.Errorf("events %v, want %q", got.Events, want)
		}
	})
	w.writes(0, quiet)

	// A new intent is written.
	changed := w.deployment()
	changed.Spec.MinReadySeconds = 3
	w.writes(1, func() { w.apply(changed) })
	w.writes(0, func() { w.apply(changed) })
}
