// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// unlabel takes our label off an object, and waits until the caches have dropped it.
func unlabel[T client.Object](t *testing.T, o *operator, tracker *v1alpha1.InterviewTracker, object T) {
	t.Helper()
	patch := `{"metadata":{"labels":{"` + v1alpha1.LabelTracker + `":null}}}`
	must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-label")))
	cached, ok := object.DeepCopyObject().(T)
	if !ok {
		t.Fatalf("%T", object)
	}
	eventually(t, "the caches keep it", func() bool {
		return apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(object), cached))
	})
}

func TestLossOfOurLabelIsRepairedAndChangesNothingElse(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MinReplicas: new(int32(2)), MaxReplicas: 9}}
	})
	o.ready(t, tracker)
	scale(t, tracker, 7)
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	o.settle(t, tracker)
	o.events()

	unlabel(t, o, tracker, d)
	o.until(t, tracker, "the label does not come back", func() bool {
		refresh(t, d)
		return d.Labels[v1alpha1.LabelTracker] == tracker.Name
	})
	if n := *d.Spec.Replicas; n != 7 {
		t.Errorf("an autoscaler's 7 replicas became %d", n)
	}
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool {
		return strings.Contains(e, "Repaired Deployment hiring-api: ") && strings.Contains(e, "was removed")
	}) {
		t.Errorf("no event reports the repair: %q", events)
	}
}

// The only copy of a password is never given up for a label.
func TestLostLabelOfRetainedCredentialsIsRepaired(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	o.events()
	secret := fetch(t, tracker, "hiring-database-credentials", &corev1.Secret{})
	patch := `{"metadata":{"labels":{"` + v1alpha1.LabelTracker + `":null}}}`
	must(t, k8s.Patch(t.Context(), secret, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-label")))
	now := &corev1.Secret{}
	o.until(t, tracker, "the label is not set again", func() bool {
		if condition(tracker, "Stalled") != "absent" || condition(tracker, "DatabaseHealthy") != "True Healthy" {
			t.Fatalf("the tracker is affected:\n%s", describe(tracker))
		}
		now = fetch(t, tracker, secret.Name, &corev1.Secret{})
		return now.Labels[v1alpha1.LabelTracker] == tracker.Name
	})
	if now.UID != secret.UID || string(now.Data["password"]) != string(secret.Data["password"]) {
		t.Error("it is another Secret, or has another password")
	}
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool {
		return strings.Contains(e, "Repaired Secret hiring-database-credentials: ") && strings.Contains(e, "was removed")
	}) {
		t.Errorf("no event reports the repair: %q", events)
	}
}

// A volume claim that has lost its label is labelled again, and expanded.
func TestLostLabelOfClaimIsRepairedAndItGrows(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: ns}, Provisioner: "example.com/none", AllowVolumeExpansion: new(true),
	}
	must(t, k8s.Create(t.Context(), class))
	t.Cleanup(func() { must(t, k8s.Delete(context.Background(), class)) })
	managed := &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{StorageClassName: &class.Name}}
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: managed}
	})
	o.ready(t, tracker)
	claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
	claim.Status.Phase = corev1.ClaimBound
	must(t, k8s.Status().Update(t.Context(), claim))
	pod := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	pod.Status.Phase = corev1.PodRunning
	must(t, k8s.Status().Update(t.Context(), pod))
	o.settle(t, tracker)
	o.events()

	unlabel(t, o, tracker, claim)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database.Managed.Storage.Size = new(resource.MustParse("20Gi"))
	})
	o.until(t, tracker, "the claim is not labelled again and expanded", func() bool {
		refresh(t, claim)
		size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
		return claim.Labels[v1alpha1.LabelTracker] == tracker.Name && size.String() == "20Gi"
	})
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool {
		return strings.Contains(e, "Repaired PersistentVolumeClaim data-hiring-database-0: ") && strings.Contains(e, "was removed")
	}) {
		t.Errorf("no event reports the repair: %q", events)
	}
}

// A conflict about our label is reported, and costs no request while the next repair is not due.
func TestConflictAboutOurLabelIsReported(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	service := fetch(t, tracker, "hiring-api", &corev1.Service{})
	for range 4 {
		unlabel(t, o, tracker, service)
		o.until(t, tracker, "the label does not come back", func() bool {
			refresh(t, service)
			return service.Labels[v1alpha1.LabelTracker] == tracker.Name || condition(tracker, "Reconciling") == "True RepairContested"
		})
	}
	if got := condition(tracker, "Reconciling"); got != "True RepairContested" {
		t.Fatalf("Reconciling is %q:\n%s", got, describe(tracker))
	}
	if got := message(tracker, "Reconciling"); !strings.Contains(got, "Service hiring-api: ") || !strings.Contains(got, v1alpha1.LabelTracker) {
		t.Errorf("the message names not the object or the field: %s", got)
	}
	o.requests.take()
	o.until(t, tracker, "it does not back off", func() bool { return o.once(t, tracker).RequeueAfter > conflictRecheck/2 })
	if got := writes(o.requests.take()); len(got) > 0 {
		t.Errorf("it goes on at once: %v", got)
	}
}

// Data of unknown origin are data: no password is made that would not open them.
func TestClaimOfAnotherOwnerIsData(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	must(t, k8s.Create(t.Context(), &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "data-hiring-database-0"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}},
		},
	}))
	tracker := create(t, ns, nil)
	o.observed(t, tracker)
	if got := condition(tracker, "DatabaseHealthy"); got != "False CredentialsLost" {
		t.Errorf("DatabaseHealthy is %q", got)
	}
	if exists(t, tracker, "hiring-database-credentials", &corev1.Secret{}) {
		t.Error("a password was made over existing data")
	}
}

// A repair is reported, whatever the status says.
func TestRepairDuringARolloutIsReported(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.observed(t, tracker)
	o.settle(t, tracker)
	o.events()
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"replicas":5}}`))
	must(t, k8s.Patch(t.Context(), d, patch, client.FieldOwner("kubectl-edit")))
	o.until(t, tracker, "the replicas are not repaired", func() bool {
		refresh(t, d)
		return *d.Spec.Replicas == 1
	})
	if events := o.events(); !slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, "Repaired") }) {
		t.Errorf("no event reports the repair: %q", events)
	}
}

// A database that has yet to run its new image is not Ready.
func TestDatabaseRolloutIsNotReadyAtOnce(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Image: "postgres:15.9"}}
	})
	o.observed(t, tracker)
	if got := condition(tracker, "Ready"); got != "False Restarting" {
		t.Errorf("Ready is %q:\n%s", got, describe(tracker))
	}
}
