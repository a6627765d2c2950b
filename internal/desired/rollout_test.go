// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func rollingBack(t *v1alpha1.InterviewTracker) {
	t.Generation = 5
	t.Spec.Rollout = &v1alpha1.RolloutSpec{AutoRollback: new(true)}
}

// refusing is a tracker whose templates have failed, or others of that digest.
func refusing(digest string) func(*v1alpha1.InterviewTracker) {
	return func(t *v1alpha1.InterviewTracker) {
		t.Status.Rollout = &v1alpha1.RolloutStatus{Good: &v1alpha1.GoodTemplates{}, Refused: &v1alpha1.RefusedTemplates{Digest: digest, Generation: 4}}
	}
}

// Good templates take the place of those that have failed, and of nothing else of the spec.
func TestGoesBack(t *testing.T) {
	before := build(t, newTracker(rollingBack), nothing())
	replicaSet := func(c v1alpha1.Component) *appsv1.ReplicaSet {
		d := find[*appsv1.Deployment](t, before, "hiring-"+string(c))
		rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Annotations: d.Annotations}, Spec: appsv1.ReplicaSetSpec{Template: *d.Spec.Template.DeepCopy()}}
		rs.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "abc"
		rs.Spec.Template.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: "earlier", "example.com/a": "b"}
		return rs
	}
	seen := nothing()
	seen.Good = map[v1alpha1.Component]*appsv1.ReplicaSet{v1alpha1.ComponentAPI: replicaSet(v1alpha1.ComponentAPI)}
	seen.Deployments = map[v1alpha1.Component]*appsv1.Deployment{}
	for _, c := range []v1alpha1.Component{v1alpha1.ComponentAPI, v1alpha1.ComponentFrontend} {
		seen.Deployments[c] = find[*appsv1.Deployment](t, before, "hiring-"+string(c))
	}
	next := func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Version = "1.1.0"
		tracker.Spec.API = &v1alpha1.ComponentSpec{Port: 9000, Replicas: new(int32(4))}
	}
	restart := annotated(v1alpha1.AnnotationRestartedAt, "now")
	wanted := build(t, newTracker(rollingBack, next, restart), seen)
	for name, test := range map[string]struct {
		change func(*v1alpha1.InterviewTracker)
		goes   bool
	}{
		"these have failed":       {refusing(snapshot.TemplatesDigest(wanted.Templates)), true},
		"others have failed":      {refusing("other"), false},
		"others of the same spec": {func(t *v1alpha1.InterviewTracker) { refusing("other")(t); t.Status.Rollout.Refused.Generation = 5 }, true},
		"none have failed":        {func(*v1alpha1.InterviewTracker) {}, false},
		"these, and nothing is gone back": {func(t *v1alpha1.InterviewTracker) {
			refusing(snapshot.TemplatesDigest(wanted.Templates))(t)
			t.Spec.Rollout = nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			output := build(t, newTracker(rollingBack, next, restart, test.change), seen)
			api, frontend := find[*appsv1.Deployment](t, output, "hiring-api"), find[*appsv1.Deployment](t, output, "hiring-frontend")
			port := find[*corev1.Service](t, output, "hiring-api").Spec.Ports[0].Port
			if *api.Spec.Replicas != 4 {
				t.Errorf("%d replicas, want 4", *api.Spec.Replicas)
			}
			if !test.goes {
				if port != 9000 || api.Labels[labelVersion] != "1.1.0" || output.Live[KeyOf(frontend)].KeepTemplate {
					t.Errorf("the Service has port %d, and the Deployment version %s", port, api.Labels[labelVersion])
				}
				return
			}
			want := replicaSet(v1alpha1.ComponentAPI).Spec.Template
			delete(want.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
			want.Annotations = map[string]string{v1alpha1.AnnotationRestartedAt: "now", "example.com/a": "b"}
			maps.Copy(want.Annotations, find[*appsv1.Deployment](t, wanted, "hiring-api").Spec.Template.Annotations)
			if diff := cmp.Diff(want, api.Spec.Template); diff != "" {
				t.Errorf("the template (-want +got):\n%s", diff)
			}
			old := seen.Deployments[v1alpha1.ComponentAPI]
			if api.Annotations[v1alpha1.AnnotationTemplateDigest] != old.Annotations[v1alpha1.AnnotationTemplateDigest] || api.Labels[labelVersion] != "1.0.0" || port != 8000 {
				t.Errorf("the Service has port %d, and the Deployment %v and %v", port, api.Labels, api.Annotations)
			}
			// The ReplicaSet of the frontend is gone.
			if len(frontend.Spec.Template.Spec.Containers) != 0 || !output.Live[KeyOf(frontend)].KeepTemplate || frontend.Labels[labelVersion] != "1.0.0" {
				t.Errorf("the frontend has the template %v", frontend.Spec.Template)
			}
			if !maps.Equal(output.Templates, wanted.Templates) {
				t.Error("the templates that are wanted are not those of the spec")
			}
		})
	}
}

// The digest stands for what the spec says of the pods.
func TestTemplatesDigest(t *testing.T) {
	of := func(seen *snapshot.Snapshot, changes ...func(*v1alpha1.InterviewTracker)) string {
		return snapshot.TemplatesDigest(build(t, newTracker(append([]func(*v1alpha1.InterviewTracker){rollingBack}, changes...)...), seen).Templates)
	}
	first := of(nothing())
	for name, same := range map[string]func(*v1alpha1.InterviewTracker){
		"a restart":          annotated(v1alpha1.AnnotationRestartedAt, "now"),
		"the number of pods": func(t *v1alpha1.InterviewTracker) { t.Spec.API = &v1alpha1.ComponentSpec{Replicas: new(int32(4))} },
		"the rollout's speed": func(t *v1alpha1.InterviewTracker) {
			t.Spec.Rollout = &v1alpha1.RolloutSpec{AutoRollback: new(true), MinReadySeconds: new(int32(9))}
		},
		"the dependencies' resources": func(t *v1alpha1.InterviewTracker) {
			t.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Image: "redis:8"}}
		},
	} {
		if of(nothing(), same) != first {
			t.Errorf("%s is another template", name)
		}
	}
	for name, other := range map[string]func(*v1alpha1.InterviewTracker){
		"another version": func(t *v1alpha1.InterviewTracker) { t.Spec.Version = "1.1.0" },
		"a frontend's variable": func(t *v1alpha1.InterviewTracker) {
			t.Spec.Frontend = &v1alpha1.ComponentSpec{Env: []corev1.EnvVar{{Name: "A", Value: "b"}}}
		},
		"a patch": func(t *v1alpha1.InterviewTracker) {
			t.Spec.Patches = []v1alpha1.Patch{{Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"}, Patch: "{spec: {template: {spec: {priorityClassName: high}}}}"}}
		},
	} {
		if of(nothing(), other) == first {
			t.Errorf("%s is the same template", name)
		}
	}
	if off := build(t, newTracker(), nothing()); off.Templates != nil || find[*appsv1.Deployment](t, off, "hiring-api").Annotations[v1alpha1.AnnotationTemplateDigest] != "" {
		t.Error("there is a digest although nothing is gone back")
	}
}
