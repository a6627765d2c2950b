// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

func TestNameConflictIsReportedAndClears(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	theirs := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "hiring-api", Labels: map[string]string{"app": "theirs"}},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	must(t, k8s.Create(t.Context(), theirs))
	tracker := create(t, ns, nil)

	o.observed(t, tracker)
	result := o.once(t, tracker)
	if got := condition(tracker, "Stalled"); got != "True NameConflict" {
		t.Fatalf("Stalled is %q:\n%s", got, describe(tracker))
	}
	if got := message(tracker, "Ready"); !strings.Contains(got, `Service "hiring-api"`) {
		t.Errorf("Ready's message does not name the object: %q", got)
	}
	if result.RequeueAfter == 0 || result.RequeueAfter > conflictRecheck {
		t.Errorf("it looks again after %s", result.RequeueAfter)
	}
	before := theirs.ResourceVersion
	refresh(t, theirs)
	if theirs.ResourceVersion != before {
		t.Error("the other's Service was written to")
	}
	if !exists(t, tracker, "hiring-frontend", &corev1.Service{}) {
		t.Error("the conflict kept the other objects from being made")
	}

	must(t, k8s.Delete(t.Context(), theirs))
	o.ready(t, tracker)
	if got := condition(tracker, "Stalled"); got != "absent" {
		t.Errorf("Stalled is %q after the conflict went", got)
	}
}

func TestBadPatchIsReportedWithItsIndex(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Patches = []v1alpha1.Patch{
			{Target: &v1alpha1.PatchTarget{Kind: "Service"}, Patch: `[{"op":"add","path":"/metadata/labels/a","value":"b"}]`},
			{Target: &v1alpha1.PatchTarget{Kind: "Ingress"}, Patch: `[{"op":"remove","path":"/spec"}]`},
		}
	})
	o.observed(t, tracker)
	if got := condition(tracker, "Stalled"); got != "True InvalidPatch" {
		t.Fatalf("Stalled is %q:\n%s", got, describe(tracker))
	}
	if got := message(tracker, "Stalled"); !strings.HasPrefix(got, "spec.patches[1]: ") {
		t.Errorf("the message does not name the patch: %q", got)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Patches = s.Patches[:1] })
	o.ready(t, tracker)
	if got := fetch(t, tracker, "hiring-api", &corev1.Service{}).Labels["a"]; got != "b" {
		t.Errorf("the good patch was not applied: %q", got)
	}
}

// A patch can't say what the operator alone says: that a pod template is to be kept.
func TestPatchWithoutContainersIsReported(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment"},
			Patch:  `[{"op": "remove", "path": "/spec/template/spec/containers"}]`,
		}}
	})
	o.observed(t, tracker)
	if got := condition(tracker, "Stalled"); got != "True InvalidPatch" {
		t.Fatalf("Stalled is %q:\n%s", got, describe(tracker))
	}
	want := `spec.patches[0]: Deployment hiring-api: its container "api" can't be removed or renamed by a patch; remove this change from the patch`
	if got := message(tracker, "Stalled"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What only the API server can find invalid waits for the spec, too.
func TestRefusedObjectIsReported(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Resources: &v1alpha1.ResourcesSpec{
			Requests: corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("2Gi")},
			Limits:   corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("1Gi")},
		}}
	})
	o.observed(t, tracker)
	if got := condition(tracker, "Stalled"); got != "True InvalidSpec" {
		t.Fatalf("Stalled is %q:\n%s", got, describe(tracker))
	}
	if got := message(tracker, "Stalled"); !strings.Contains(got, "hiring-api") || !strings.Contains(got, "must be less than or equal to ephemeral-storage limit") {
		t.Errorf("the message does not say what is wrong: %q", got)
	}
	if !exists(t, tracker, "hiring-frontend", &appsv1.Deployment{}) {
		t.Error("the frontend was not made")
	}
}

func TestAnotherPostgresMajorIsRefused(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Image: "postgres:16"}}
	})
	o.until(t, tracker, "the refusal is not reported", func() bool {
		return condition(tracker, "Stalled") == "True UnsupportedChange"
	})
	set := fetch(t, tracker, "hiring-database", &appsv1.StatefulSet{})
	if got := set.Spec.Template.Spec.Containers[0].Image; got != "postgres:15" {
		t.Errorf("the database's image became %q", got)
	}
}
