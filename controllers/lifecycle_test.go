// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

func TestTrackerBecomesReady(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	if tracker.Status.ObservedGeneration != -1 {
		t.Errorf("an object never seen has observedGeneration %d, want -1", tracker.Status.ObservedGeneration)
	}
	spec := tracker.Spec.DeepCopy()

	o.observed(t, tracker)
	if got := condition(tracker, "Ready"); got != "False Starting" {
		t.Errorf("after the first reconciliation Ready is %q, want that the database starts:\n%s", got, describe(tracker))
	}
	o.ready(t, tracker)

	if tracker.Status.Conditions[0].Type != "Ready" {
		t.Error("Ready is not the first condition")
	}
	if componentStatus(tracker, v1alpha1.ComponentAPI).Ready != "1/1" || componentStatus(tracker, v1alpha1.ComponentFrontend).Ready != "1/1" {
		t.Errorf("the counts are %q and %q, want 1/1", componentStatus(tracker, v1alpha1.ComponentAPI).Ready, componentStatus(tracker, v1alpha1.ComponentFrontend).Ready)
	}
	if tracker.Generation != 1 || tracker.Spec.Environment != spec.Environment || tracker.Spec.API != nil {
		t.Error("the operator changed the spec")
	}
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "Normal Ready") }) {
		t.Errorf("no event reports that the tracker is ready: %q", events)
	}
}

// kubectl wait --for=condition=Ready must not return on an outdated status.
func TestNewGenerationIsNotReadyUntilRolledOut(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.until(t, tracker, "the new generation is not observed", func() bool {
		observed := tracker.Status.ObservedGeneration == tracker.Generation
		if observed && condition(tracker, "Ready") == "True Ready" {
			t.Fatalf("Ready is True before the new version rolled out:\n%s", describe(tracker))
		}
		return observed
	})
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	o.until(t, tracker, "the new version does not become Ready", func() bool {
		return condition(tracker, "Ready") == "True Ready"
	})
	if got := apiImage(t, tracker); got != "interview-tracker-api:1.1.0" {
		t.Errorf("the API runs %q", got)
	}
}

func TestDriftIsRepairedWithAnEvent(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	o.events()

	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":5}}`))
	must(t, k8s.Patch(t.Context(), d, patch, client.FieldOwner("kubectl-edit")))

	o.until(t, tracker, "the replicas are not repaired", func() bool {
		refresh(t, d)
		return *d.Spec.Replicas == 1
	})
	events := o.events()
	if !slices.ContainsFunc(events, func(e string) bool {
		return strings.Contains(e, "hiring-api") && strings.Contains(e, "spec.replicas") && strings.Contains(e, "kubectl-edit")
	}) {
		t.Errorf("no event names the object, the field and who changed it: %q", events)
	}
}

// What kubectl rollout restart writes is another's field, and stays.
func TestRolloutRestartSurvives(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	const restarted = "kubectl.kubernetes.io/restartedAt"
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	patch := `{"spec":{"template":{"metadata":{"annotations":{"` + restarted + `":"now"}}}}}`
	must(t, k8s.Patch(t.Context(), d, client.RawPatch(types.StrategicMergePatchType, []byte(patch))))
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.until(t, tracker, "the new version is not applied", func() bool {
		refresh(t, d)
		return d.Spec.Template.Spec.Containers[0].Image == "interview-tracker-api:1.1.0"
	})
	if d.Spec.Template.Annotations[restarted] != "now" {
		t.Error("the annotation that restarts the pods was removed")
	}
}

func TestAutoscalerTakesAndReturnsReplicas(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Replicas: new(int32(5))}
	})
	o.ready(t, tracker)
	seen := watchReplicas(t, tracker)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
	})
	o.until(t, tracker, "no autoscaler is made", func() bool {
		return exists(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{})
	})
	o.settle(t, tracker)
	scale(t, tracker, 7)
	for range 10 {
		o.once(t, tracker)
	}
	o.settle(t, tracker)
	if n := *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas; n != 7 {
		t.Errorf("after ten reconciles the autoscaler's 7 replicas are %d", n)
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(5))} })
	o.until(t, tracker, "the autoscaler is not removed", func() bool {
		return !exists(t, tracker, "hiring-api", &autoscalingv2.HorizontalPodAutoscaler{})
	})
	o.settle(t, tracker)
	if got := seen(); !slices.Equal(got, []int32{5, 7, 5}) {
		t.Errorf("the replicas went through %v, want 5, 7, 5", got)
	}
}

// scale does what the autoscaler's controller does.
func scale(t *testing.T, tracker *v1alpha1.InterviewTracker, n int32) {
	t.Helper()
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	s := &autoscalingv1.Scale{}
	s.Spec.Replicas = n
	must(t, k8s.SubResource("scale").Update(t.Context(), d, client.WithSubResourceBody(s), client.FieldOwner("kube-controller-manager")))
}

func TestSuspendWritesNothing(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend, s.Version = true, "2.0.0" })
	o.until(t, tracker, "suspension is not reported", func() bool {
		return condition(tracker, "Ready") == "Unknown Suspended" && tracker.Status.ObservedGeneration == tracker.Generation
	})
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-frontend", &corev1.Service{})))
	for range 5 {
		o.once(t, tracker)
	}
	if exists(t, tracker, "hiring-frontend", &corev1.Service{}) {
		t.Error("a suspended tracker's Service was made again")
	}
	if got := apiImage(t, tracker); got != "interview-tracker-api:1.0.0" {
		t.Errorf("a suspended tracker's API was changed to %q", got)
	}
	if got := condition(tracker, "DatabaseHealthy"); got != "True Healthy" {
		t.Errorf("DatabaseHealthy is %q while suspended", got)
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Suspend, s.Version = false, "1.0.0" })
	o.until(t, tracker, "it does not resume", func() bool { return condition(tracker, "Ready") == "True Ready" })
}

func TestDeletionIsLeftToGarbageCollection(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	// A finalizer keeps the tracker from being removed.
	tracker.Finalizers = []string{"example.com/wait"}
	must(t, k8s.Update(t.Context(), tracker))
	must(t, k8s.Delete(t.Context(), tracker))
	o.until(t, tracker, "the deletion is not seen", func() bool {
		cached := &v1alpha1.InterviewTracker{}
		must(t, o.Client.Get(t.Context(), client.ObjectKeyFromObject(tracker), cached))
		return cached.DeletionTimestamp != nil
	})
	o.requests.take()
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-api", &appsv1.Deployment{})))
	for range 3 {
		o.once(t, tracker)
	}
	if got := writes(o.requests.take()); len(got) > 0 {
		t.Errorf("a tracker that is being deleted got writes: %v", got)
	}
	refresh(t, tracker)
	tracker.Finalizers = nil
	must(t, k8s.Update(t.Context(), tracker))
	if result, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(tracker)}); err != nil || result.RequeueAfter != 0 {
		t.Errorf("a tracker that is gone: %v, %v", result, err)
	}
}

func TestRetainedDataAreTakenUpAgain(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	tracker := create(t, ns, nil)
	o.ready(t, tracker)
	secret := fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{})
	if owner := metav1.GetControllerOf(secret); owner != nil {
		t.Fatalf("retained credentials are owned by %s %s", owner.Kind, owner.Name)
	}
	deleteWithChildren(t, tracker)

	again := create(t, ns, nil)
	o.ready(t, again)
	kept := fetch(t, again, "hiring-database-credentials", &corev1.Secret{})
	if kept.UID != secret.UID || string(kept.Data["password"]) != string(secret.Data["password"]) {
		t.Error("the credentials were replaced")
	}
}

func TestCredentialsAreNeverReplacedWhileDataExist(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)

	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{})))
	o.until(t, tracker, "the loss is not reported", func() bool {
		return condition(tracker, "DatabaseHealthy") == "False CredentialsLost"
	})
	if got := message(tracker, "Ready"); !strings.Contains(got, "hiring-database-credentials") || !strings.Contains(got, "restore the Secret") {
		t.Errorf("Ready's message does not say what to do: %q", got)
	}
	if exists(t, tracker, "hiring-database-credentials", &corev1.Secret{}) {
		t.Error("new credentials were made over existing data")
	}

	// The way out: a user deletes the data. While they exist, no credentials are made, and
	// the pod that holds them goes.
	claim := fetch(t, tracker, catalog.ClaimName(tracker, v1alpha1.ComponentDatabase), &corev1.PersistentVolumeClaim{})
	before := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template.Annotations[v1alpha1.AnnotationDatabaseRevision]
	must(t, k8s.Delete(t.Context(), claim))
	o.until(t, tracker, "the StatefulSet is not removed", func() bool {
		return !exists(t, tracker, "hiring-database", &appsv1.StatefulSet{})
	})
	if !exists(t, tracker, claim.Name, &corev1.PersistentVolumeClaim{}) || exists(t, tracker, "hiring-database-credentials", &corev1.Secret{}) {
		t.Error("new credentials were made while the data are there")
	}
	refresh(t, claim)
	claim.Finalizers = nil // As the controller does that protects volumes in use, when the pod is gone.
	must(t, k8s.Update(t.Context(), claim))
	o.until(t, tracker, "without the data it does not start over", func() bool {
		return exists(t, tracker, "hiring-database-credentials", &corev1.Secret{}) && exists(t, tracker, "hiring-database", &appsv1.StatefulSet{})
	})
	o.until(t, tracker, "the API's pods keep the old password", func() bool {
		d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
		after := d.Spec.Template.Annotations[v1alpha1.AnnotationDatabaseRevision]
		return after != before && after != ""
	})
}

// apiImage is the image of the tracker's API.
func apiImage(t *testing.T, tracker *v1alpha1.InterviewTracker) string {
	t.Helper()
	return fetch(t, tracker, tracker.ChildName(v1alpha1.ComponentAPI), &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image
}

func TestOneNameInTwoNamespacesAndTwoInOne(t *testing.T) {
	t.Parallel()
	o := start(t)
	a, b := namespace(t), namespace(t)
	trackers := []*v1alpha1.InterviewTracker{
		create(t, a, nil),
		create(t, b, nil),
		create(t, a, func(tracker *v1alpha1.InterviewTracker) { tracker.Name = "hiring-api" }),
	}
	for _, tracker := range trackers {
		o.ready(t, tracker)
	}
	edit(t, trackers[1], func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "2.0.0" })
	o.until(t, trackers[1], "the version does not change", func() bool {
		return apiImage(t, trackers[1]) == "interview-tracker-api:2.0.0"
	})
	o.requests.take()
	for _, i := range []int{0, 2} {
		o.once(t, trackers[i])
		refresh(t, trackers[i])
		if got := apiImage(t, trackers[i]); got != "interview-tracker-api:1.0.0" {
			t.Errorf("%s/%s runs %q", trackers[i].Namespace, trackers[i].Name, got)
		}
	}
	if got := writes(o.requests.take()); len(got) > 0 {
		t.Errorf("the others were written to: %v", got)
	}
}
