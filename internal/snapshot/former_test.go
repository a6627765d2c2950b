// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// using is a pod template that has a value of a Secret in its environment.
func using(secret string) corev1.PodTemplateSpec {
	ref := &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: "url"}
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{
		Name: "api", Image: "a:1",
		Env: []corev1.EnvVar{{Name: "PORT", Value: "1"}, {Name: "DATABASE_URL", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: ref}}},
	}}}}
}

// A former managed dependency stays until nothing uses it.
func TestFormerStays(t *testing.T) {
	const api, managed = v1alpha1.ComponentAPI, "hiring-database-credentials"
	const rollout = "all pods of Deployment hiring-api have its current template and are available"
	apiPod := func(name, hash string) corev1.Pod {
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: hash}}}
	}
	deployment := func(change func(*appsv1.Deployment)) func(*Snapshot) {
		return func(s *Snapshot) { change(s.Deployments[api]) }
	}
	job := func(secret string, conditions ...batchv1.JobCondition) func(*Snapshot) {
		return func(s *Snapshot) {
			s.MigrationJob = &batchv1.Job{
				ObjectMeta: metav1.ObjectMeta{Name: "hiring-migrate-1"}, Spec: batchv1.JobSpec{Template: using(secret)},
				Status: batchv1.JobStatus{Conditions: conditions},
			}
		}
	}
	tests := map[string]struct {
		change func(*Snapshot)
		want   string
	}{
		"rolled out": {func(*Snapshot) {}, ""},
		"the template has yet to be written, as while migrations hold it back": {
			deployment(func(d *appsv1.Deployment) { d.Spec.Template = using(managed) }),
			"Deployment hiring-api no longer refers to Secret hiring-database-credentials",
		},
		"the external one has no Secret": {func(s *Snapshot) {
			s.External = map[v1alpha1.Component]ExternalSecret{v1alpha1.ComponentDatabase: {Problem: `Secret "db" does not exist`}}
		}, "the Secret of the external one has a URL"},
		"not observed":       {deployment(func(d *appsv1.Deployment) { d.Generation = 2 }), rollout},
		"a new pod is there": {deployment(func(d *appsv1.Deployment) { d.Status.Replicas = 3 }), rollout},
		"paused":             {deployment(func(d *appsv1.Deployment) { d.Spec.Paused, d.Status.UpdatedReplicas = true, 0 }), rollout},
		"a new pod is not available": {
			deployment(func(d *appsv1.Deployment) { d.Status.AvailableReplicas = 1 }), rollout,
		},
		"old pods gone first, with maxUnavailable": {
			deployment(func(d *appsv1.Deployment) { d.Status.Replicas, d.Status.UpdatedReplicas = 1, 1 }), rollout,
		},
		"an old pod terminates": {func(s *Snapshot) { s.Pods[api] = append(s.Pods[api], apiPod("c", "old")) }, rollout},
		"an old pod has ended": {func(s *Snapshot) {
			ended := apiPod("c", "old")
			ended.Status.Phase = corev1.PodFailed
			s.Pods[api] = append(s.Pods[api], ended)
		}, ""},
		"stopped": {func(s *Snapshot) {
			d := s.Deployments[api]
			d.Spec.Replicas, d.Status = new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: 1}
			s.Pods[api] = nil
		}, ""},
		"stopped, and the external one has no Secret": {func(s *Snapshot) {
			s.External = map[v1alpha1.Component]ExternalSecret{v1alpha1.ComponentDatabase: {Problem: `Secret "db" does not exist`}}
			s.Deployments[api].Spec.Replicas, s.Deployments[api].Status = new(int32(0)), appsv1.DeploymentStatus{ObservedGeneration: 1}
			s.Pods[api] = nil
		}, ""},
		"the API does not exist":    {func(s *Snapshot) { delete(s.Deployments, api) }, "Deployment hiring-api exists"},
		"migrations run in it":      {job(managed), "Job hiring-migrate-1 has ended"},
		"migrations run elsewhere":  {job("other"), ""},
		"migrations have ended":     {job(managed, batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}), ""},
		"migrations have failed":    {job(managed, batchv1.JobCondition{Type: batchv1.JobFailed, Status: corev1.ConditionTrue}), ""},
		"earlier migrations remain": {func(s *Snapshot) { s.OlderMigrations = []string{"pod a"} }, "pod a has ended"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			revision := map[string]string{"deployment.kubernetes.io/revision": "2"}
			s := &Snapshot{
				Deployments: map[v1alpha1.Component]*appsv1.Deployment{api: {
					ObjectMeta: metav1.ObjectMeta{Name: "hiring-api", Generation: 1, Annotations: revision},
					Spec:       appsv1.DeploymentSpec{Replicas: new(int32(2)), Template: using("external")},
					Status:     appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2},
				}},
				ReplicaSets: map[v1alpha1.Component][]appsv1.ReplicaSet{api: {{ObjectMeta: metav1.ObjectMeta{
					Annotations: revision, Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: "new"},
				}}}},
				Pods: map[v1alpha1.Component][]corev1.Pod{api: {apiPod("a", "new"), apiPod("b", "new")}},
			}
			test.change(s)
			tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: "hiring"}}
			if got := s.FormerStays(tracker, catalog.Default(), v1alpha1.ComponentDatabase); got != test.want {
				t.Errorf("it stays until %q, want %q", got, test.want)
			}
		})
	}
}

// What the operator changes of a StatefulSet's pod template is noted.
func TestChangeOfATemplate(t *testing.T) {
	for want, change := range map[string]func(*corev1.PodTemplateSpec){
		"":      func(p *corev1.PodTemplateSpec) {},
		"image": func(p *corev1.PodTemplateSpec) { p.Spec.Containers[0].Image = "a:2" },
		"resources": func(p *corev1.PodTemplateSpec) {
			p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}
		},
		"configuration": func(p *corev1.PodTemplateSpec) { p.Spec.Containers[0].Args = []string{"a"} },
		"image and configuration": func(p *corev1.PodTemplateSpec) {
			p.Spec.Containers[0].Image, p.Spec.SecurityContext = "a:2", &corev1.PodSecurityContext{}
		},
	} {
		before := &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: using("a")}}
		after := before.DeepCopy()
		after.Labels = map[string]string{v1alpha1.LabelComponent: "database"}
		change(&after.Spec.Template)
		s := &Snapshot{
			StatefulSets: map[v1alpha1.Component]*appsv1.StatefulSet{v1alpha1.ComponentDatabase: before},
			Changed:      map[v1alpha1.Component]string{},
		}
		s.Refresh(after)
		if got := s.Changed[v1alpha1.ComponentDatabase]; got != want {
			t.Errorf("the change is %q, want %q", got, want)
		}
	}
}

// A pod reads a Secret by its environment or by a volume.
func TestSecretsOfATemplate(t *testing.T) {
	template := using("b")
	template.Spec.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "a"}}}}
	if got := SecretsOf(&template); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q are read, want a and b", got)
	}
}
