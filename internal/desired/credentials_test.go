// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// While credentials can't be made, each pass tries another password: the API's pods
// that run must not roll with each of them.
func TestNewPasswordsRollNothing(t *testing.T) {
	template := func(password string) corev1.PodTemplateSpec {
		s := &snapshot.Snapshot{
			Deployments: map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: {
				ObjectMeta: metav1.ObjectMeta{ResourceVersion: "1"},
				Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{
					Annotations: map[string]string{v1alpha1.AnnotationDatabaseRevision: "before"},
				}}},
			}},
			NewPasswords: map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: password, v1alpha1.ComponentRedis: password},
		}
		for _, object := range build(t, newTracker(), s).Objects {
			if d, ok := object.(*appsv1.Deployment); ok && d.Labels[v1alpha1.LabelComponent] == string(v1alpha1.ComponentAPI) {
				return d.Spec.Template
			}
		}
		t.Fatal("there is no API")
		return corev1.PodTemplateSpec{}
	}
	one := template("one")
	if diff := cmp.Diff(one, template("two")); diff != "" {
		t.Errorf("another password changes the template:\n%s", diff)
	}
	if got := one.Annotations[v1alpha1.AnnotationDatabaseRevision]; got != "before" {
		t.Errorf("the pods' mark became %q", got)
	}
}

// A Secret that was deleted and made again replaces the pods that may have started without it, and no others.
func TestSecretMadeAgain(t *testing.T) {
	for requirement, want := range map[v1alpha1.Requirement][]string{
		v1alpha1.RequirementRequired: {"url", "url"},
		v1alpha1.RequirementOptional: {"url-1", "url-2"},
	} {
		tracker := newTracker(func(t *v1alpha1.InterviewTracker) {
			t.Spec.Redis = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}, Requirement: requirement}
		})
		var got []string
		for _, uid := range []types.UID{"1", "2"} {
			s := nothing()
			s.External = map[v1alpha1.Component]snapshot.ExternalSecret{v1alpha1.ComponentRedis: {Revision: "url", UID: uid}}
			for _, object := range build(t, tracker, s).Objects {
				if d, ok := object.(*appsv1.Deployment); ok && d.Labels[v1alpha1.LabelComponent] == string(v1alpha1.ComponentAPI) {
					got = append(got, d.Spec.Template.Annotations[v1alpha1.AnnotationRedisRevision])
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", requirement, diff)
		}
	}
}
