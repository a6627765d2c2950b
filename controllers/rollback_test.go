// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// guarded is a tracker in Production, of which version 1.0.0 is known to work. The clock is the operator's.
func guarded(t *testing.T, o *operator) (*v1alpha1.InterviewTracker, *clocktesting.FakePassiveClock) {
	t.Helper()
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Environment = v1alpha1.Production
		tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
		tracker.Spec.Redis = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{}}
	})
	o.until(t, tracker, "the children are not applied", func() bool { return len(tracker.Status.Applied()) > 0 })
	makeReplicaSet(t, tracker, v1alpha1.ComponentFrontend, "current", "1")
	o.ready(t, tracker)
	o.until(t, tracker, "version 1.0.0 is not known to work", func() bool { return tracker.Status.Rollout != nil && tracker.Status.Rollout.Good != nil })
	o.settle(t, tracker)
	clock := clocktesting.NewFakePassiveClock(time.Now().Truncate(time.Second))
	o.setClock(clock)
	return tracker, clock
}

// makeReplicaSet makes that of a component's current template, as the Deployment's controller does.
func makeReplicaSet(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component, hash, revision string) *appsv1.ReplicaSet {
	t.Helper()
	d := fetch(t, tracker, tracker.ChildName(c), &appsv1.Deployment{})
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, "deployment.kubernetes.io/revision", revision)
	must(t, k8s.Update(t.Context(), d))
	template := *d.Spec.Template.DeepCopy()
	template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	selector := d.Spec.Selector.DeepCopy()
	selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: d.Name + "-" + hash, Labels: template.Labels, Annotations: maps.Clone(d.Annotations),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: template},
	}
	must(t, k8s.Create(t.Context(), rs))
	return rs
}

// crashes lets the API's pod of its current template crash.
func crashes(t *testing.T, tracker *v1alpha1.InterviewTracker, hash, revision string, at time.Time) {
	t.Helper()
	rs := makeReplicaSet(t, tracker, v1alpha1.ComponentAPI, hash, revision)
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 3, UpdatedReplicas: 1, ReadyReplicas: 2, AvailableReplicas: 2}
	must(t, k8s.Status().Update(t.Context(), d))
	makeReplicaSet(t, tracker, v1alpha1.ComponentFrontend, hash, revision)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: rs.Namespace, Name: rs.Name + "-a", Labels: rs.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "api", Image: "x"}}},
	}
	must(t, k8s.Create(t.Context(), pod))
	pod.Status.Phase = corev1.PodRunning
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "api", RestartCount: 1,
		State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", FinishedAt: metav1.NewTime(at)}},
	}}
	must(t, k8s.Status().Update(t.Context(), pod))
}

// runs is the image that a component's Deployment has.
func runs(t *testing.T, tracker *v1alpha1.InterviewTracker, c v1alpha1.Component) string {
	t.Helper()
	d := fetch(t, tracker, tracker.ChildName(c), &appsv1.Deployment{})
	return d.Spec.Template.Spec.Containers[0].Image
}

// runsVersion checks the version that both components have.
func runsVersion(t *testing.T, tracker *v1alpha1.InterviewTracker, version string) {
	t.Helper()
	for _, c := range catalog.Default().Components {
		if got := runs(t, tracker, c.Name); !strings.HasSuffix(got, ":"+version) {
			t.Errorf("%s has the image %s, want version %s", c.Name, got, version)
		}
	}
}

// A version whose pods crash is taken back: the spec stays as it is, and so do the good templates, until
// the spec has others.
func TestABadVersionIsTakenBack(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker, clock := guarded(t, o)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.observed(t, tracker)
	runsVersion(t, tracker, "1.1.0")
	if c := tracker.Status.Rollout.Candidate; c == nil || c.Version != "1.1.0" || c.Since == nil {
		t.Fatalf("the candidate is %+v", c)
	}
	crashes(t, tracker, "bad", "2", clock.Now())
	o.until(t, tracker, "the crash is not seen", func() bool { return condition(tracker, "Ready") == "False CrashLooping" })
	runsVersion(t, tracker, "1.1.0") // It has yet to be confirmed.
	o.events()
	clock.SetTime(clock.Now().Add(time.Minute))
	o.until(t, tracker, "it is not taken back", func() bool { return condition(tracker, "Ready") == "False RolledBack" })
	since := tracker.Status.Rollout.Refused.Time.UTC().Format(time.RFC3339)
	want := "version 1.1.0 failed: pod hiring-api-bad-a, container api exited with code 1; going back to 1.0.0 since " + since + "; write another version to try again"
	if got := message(tracker, "Ready"); got != want || message(tracker, "Stalled") != want {
		t.Errorf("Ready says %q\nand Stalled %q\nwant %q", got, message(tracker, "Stalled"), want)
	}
	if events := o.events(); warnings(events, "RolledBack") != 1 {
		t.Errorf("the events are %q", events)
	}
	runsVersion(t, tracker, "1.0.0")
	if tracker.Spec.Version != "1.1.0" {
		t.Errorf("the spec has version %s", tracker.Spec.Version)
	}
	api := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	good := fetch(t, tracker, "hiring-api-current", &appsv1.ReplicaSet{})
	if !kinds.SameTemplate(api, good) {
		t.Errorf("the template is\n%v\nwant that of the ReplicaSet,\n%v", api.Spec.Template, good.Spec.Template)
	}
	if got, want := api.Annotations[v1alpha1.AnnotationTemplateDigest], good.Annotations[v1alpha1.AnnotationTemplateDigest]; got != want || api.Labels["app.kubernetes.io/version"] != "1.0.0" {
		t.Errorf("the Deployment has the digest %q, want %q, and the labels %v", got, want, api.Labels)
	}

	rollOut(t, tracker, v1alpha1.ComponentAPI)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	o.until(t, tracker, "that the good version runs is not reported", func() bool {
		return message(tracker, "Ready") == strings.Replace(want, "going back to 1.0.0", "running 1.0.0 again", 1)
	})
	o.settle(t, tracker)
	if events := o.events(); warnings(events, "RolledBack") != 0 {
		t.Errorf("that it runs again is a warning, too: %q", events)
	}
	later := start(t)
	later.settle(t, tracker)
	if all := writes(later.requests.take()); len(all) > 0 {
		t.Errorf("after a restart, the operator writes %v", all)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(3))} })
	later.observed(t, tracker)
	runsVersion(t, tracker, "1.0.0")
	if d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}); *d.Spec.Replicas != 3 || condition(tracker, "Ready") != "False RolledBack" {
		t.Errorf("there are %d replicas, and Ready is %s", *d.Spec.Replicas, condition(tracker, "Ready"))
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.2.0" })
	later.until(t, tracker, "another version is not tried", func() bool {
		c := tracker.Status.Rollout.Candidate
		return c != nil && c.Version == "1.2.0" && tracker.Status.Rollout.Refused == nil
	})
	runsVersion(t, tracker, "1.2.0")
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.0.0" })
	later.until(t, tracker, "the good version is a candidate", func() bool {
		return tracker.Status.ObservedGeneration == tracker.Generation && tracker.Status.Rollout.Candidate == nil
	})
	runsVersion(t, tracker, "1.0.0")
}

// An operator that ends between the decision and the write goes on with it when it is back.
func TestGoingBackSurvivesTheOperator(t *testing.T) {
	t.Parallel()
	var fails atomic.Bool
	o := start(t, failing(func(q *http.Request) bool {
		return fails.Load() && q.Method == http.MethodPatch && strings.HasSuffix(q.URL.Path, "/deployments/hiring-api")
	}))
	tracker, clock := guarded(t, o)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.observed(t, tracker)
	crashes(t, tracker, "bad", "2", clock.Now())
	o.until(t, tracker, "the crash is not seen", func() bool { return condition(tracker, "Ready") == "False CrashLooping" })
	clock.SetTime(clock.Now().Add(time.Minute))
	fails.Store(true)
	eventually(t, "the decision is not stored", func() bool {
		_, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)})
		refresh(t, tracker)
		return err != nil && tracker.Status.Rollout.Refused != nil
	})
	if got := runs(t, tracker, v1alpha1.ComponentAPI); !strings.HasSuffix(got, ":1.1.0") {
		t.Fatalf("the API has the image %s although it can't be written", got)
	}
	later := start(t)
	later.until(t, tracker, "it is not taken back", func() bool { return condition(tracker, "Ready") == "False RolledBack" })
	runsVersion(t, tracker, "1.0.0")
}

// While a tracker is suspended nothing is taken back; then it is.
func TestSuspendedInTheMiddleOfARollout(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker, clock := guarded(t, o)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.observed(t, tracker)
	crashes(t, tracker, "bad", "2", clock.Now())
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	o.observed(t, tracker)
	clock.SetTime(clock.Now().Add(time.Hour))
	o.settle(t, tracker)
	runsVersion(t, tracker, "1.1.0")
	if got := condition(tracker, "Ready"); got != "Unknown Suspended" {
		t.Errorf("Ready is %s", got)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	o.until(t, tracker, "it is not taken back", func() bool { return condition(tracker, "Ready") == "False RolledBack" })
	runsVersion(t, tracker, "1.0.0")
	// And again: what is refused stays so.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = true })
	o.observed(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend = false })
	o.until(t, tracker, "it is tried again", func() bool { return condition(tracker, "Ready") == "False RolledBack" })
	runsVersion(t, tracker, "1.0.0")
	if len(tracker.Status.Rollout.Good.ReplicaSets) != 2 {
		t.Errorf("good is %+v", tracker.Status.Rollout.Good)
	}

	// A person may want to see it run.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Rollout = &v1alpha1.RolloutSpec{AutoRollback: new(false)} })
	o.until(t, tracker, "it is not tried although nothing is to be taken back", func() bool {
		return tracker.Status.ObservedGeneration == tracker.Generation && tracker.Status.Rollout == nil
	})
	runsVersion(t, tracker, "1.1.0")
}
