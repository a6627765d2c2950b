// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// An autoscaler's step changes the number of pods, and neither their template nor Ready.
func TestAutoscalersStepFlipsNothing(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
	})
	o.ready(t, tracker)
	o.settle(t, tracker)
	stays := func(ready string) {
		t.Helper()
		o.until(t, tracker, "the pods are not counted", func() bool {
			if condition(tracker, "Ready") != "True Ready" || condition(tracker, "APIAvailable") != "True Available" {
				t.Fatalf("Ready flips:\n%s", describe(tracker))
			}
			return componentStatus(tracker, v1alpha1.ComponentAPI).Ready == ready
		})
	}
	scale(t, tracker, 4)
	stays("2/4")
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	d.Status.ObservedGeneration, d.Status.Replicas, d.Status.UpdatedReplicas = d.Generation, 4, 4
	must(t, k8s.Status().Update(t.Context(), d))
	stays("2/4")
	if got, want := message(tracker, "APIAvailable"), "2 of 4 pods are ready, after scaling"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	stays("4/4")
	scale(t, tracker, 2)
	stays("4/2")
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	stays("2/2")
}

// kubectl rollout pause, then another version: case paused-rollout.
func TestCasePausedRollout(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	pause := func(patch string) {
		t.Helper()
		d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
		must(t, k8s.Patch(t.Context(), d, client.RawPatch("application/merge-patch+json", []byte(patch)), client.FieldOwner("kubectl-rollout")))
		// A paused Deployment's controller makes no ReplicaSet, and sees everything else.
		refresh(t, d)
		d.Status.ObservedGeneration = d.Generation
		must(t, k8s.Status().Update(t.Context(), d))
	}
	const resume = "Deployment hiring-api is paused (spec.paused), and its pods don't get a new template: run kubectl rollout resume deployment/hiring-api -n "
	pause(`{"spec": {"paused": true}}`)
	o.until(t, tracker, "that it is paused is not reported", func() bool { return strings.Contains(message(tracker, "APIAvailable"), resume) })
	if got := condition(tracker, "Ready"); got != "True Ready" {
		t.Errorf("Ready is %s, and every pod is up to date:\n%s", got, describe(tracker))
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.observed(t, tracker)
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	if !d.Spec.Paused {
		t.Error("the Deployment has been resumed: the field is whoever set it's")
	}
	d.Status.ObservedGeneration, d.Status.UpdatedReplicas = d.Generation, 0
	must(t, k8s.Status().Update(t.Context(), d))
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	o.until(t, tracker, "the cause is not reported", func() bool { return condition(tracker, "Ready") == "False Paused" })
	if got := message(tracker, "Ready"); !strings.HasPrefix(got, resume) {
		t.Errorf("Ready says %q", got)
	}
	if got := condition(tracker, "MigrationsComplete"); got == "True Complete" {
		t.Error("pods of the previous template are taken for those of the current one")
	}

	must(t, k8s.Patch(t.Context(), d, client.RawPatch("application/merge-patch+json", []byte(`{"spec": {"paused": null}}`))))
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	o.ready(t, tracker)
}

// Whatever has no known cause is looked at again: the cause may change no object.
func TestWhatHasNoCauseIsLookedAtAgain(t *testing.T) {
	for reason, want := range map[string]time.Duration{
		v1alpha1.ReasonProgressing: unreadyRecheck, v1alpha1.ReasonStarting: unreadyRecheck, v1alpha1.ReasonRunning: unreadyRecheck,
		v1alpha1.ReasonPaused: 0, v1alpha1.ReasonCrashLooping: 0,
	} {
		of := v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{{Status: metav1.ConditionFalse, Reason: reason}}}
		if got := (result{}).requeueAfter(of); got != want {
			t.Errorf("%s: after %s, want %s", reason, got, want)
		}
	}
}
