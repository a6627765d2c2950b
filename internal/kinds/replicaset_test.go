// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Of a ReplicaSet, the caches keep whether it has its Deployment's template, and why its pods
// can't be created, but no template.
func TestReplicaSetsAreCachedWithTheirTemplatesDigest(t *testing.T) {
	k, _ := kinds.Of(schema.GroupKind{Group: appsv1.GroupName, Kind: "ReplicaSet"})
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "1", "b": "2"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Image: "api:1"}}},
	}
	d := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: template}}
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "a", Annotations: map[string]string{"deployment.kubernetes.io/revision": "3"}}}
	rs.Spec.Template = *template.DeepCopy()
	rs.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "abc"
	rs.Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Message: "forbidden"}}
	whole := rs.DeepCopy()
	for range 2 { // A list that comes as a stream is transformed twice.
		out, err := k.Transform(rs)
		kept, ok := out.(*appsv1.ReplicaSet)
		if err != nil || !ok {
			t.Fatalf("%T, error %v", out, err)
		}
		if len(kept.Spec.Template.Spec.Containers) > 0 || kept.Annotations["deployment.kubernetes.io/revision"] != "3" ||
			len(kept.Status.Conditions) != 1 || kept.Status.Conditions[0].Message != "forbidden" {
			t.Errorf("kept %v", kept)
		}
		rs = kept
	}
	for name, of := range map[string]*appsv1.ReplicaSet{"whole": whole, "cached": rs} {
		if !kinds.SameTemplate(d, of) {
			t.Errorf("%s: not of its Deployment's template", name)
		}
		other := d.DeepCopy()
		other.Spec.Template.Spec.Containers[0].Image = "api:2"
		if kinds.SameTemplate(other, of) {
			t.Errorf("%s: of another template", name)
		}
	}
	if _, has := d.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; has || len(whole.Spec.Template.Labels) != 3 {
		t.Error("to compare templates changes them")
	}
}
