// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const databaseClaim = "data-hiring-database-0"

// bind gives the claim of the database a volume, as the cluster does.
func bind(t *testing.T, tracker *v1alpha1.InterviewTracker, volume string) *corev1.PersistentVolumeClaim {
	t.Helper()
	claim := fetch(t, tracker, databaseClaim, &corev1.PersistentVolumeClaim{})
	claim.Spec.VolumeName = volume
	must(t, k8s.Update(t.Context(), claim))
	claim.Status.Phase = corev1.ClaimBound
	must(t, k8s.Status().Update(t.Context(), claim))
	return claim
}

// release lets a claim go that is being deleted, as the cluster does when no pod uses it.
func release(t *testing.T, claim *corev1.PersistentVolumeClaim) {
	t.Helper()
	refresh(t, claim)
	claim.Finalizers = nil
	must(t, k8s.Update(t.Context(), claim))
}

func warnings(events []string, reason string) int {
	n := 0
	for _, e := range events {
		if strings.HasPrefix(e, "Warning "+reason+" ") {
			n++
		}
	}
	return n
}

// The case pvc-deleted: that the data are about to be lost is said while they can be saved
// and, once they are lost, until a person acknowledges it, also by an operator that has
// restarted. It costs no requests after it is reported.
func TestCasePVCDeleted(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	claim := bind(t, tracker, "pv-1")
	o.until(t, tracker, "the volume is not noted", func() bool {
		v := tracker.Status.Volume("database")
		return v != nil && v.Name == "pv-1" && v.ClaimUID == string(claim.UID)
	})
	o.events()

	must(t, k8s.Delete(t.Context(), claim)) // It stays, Terminating, as its pod runs.
	o.until(t, tracker, "no word of the loss to come", func() bool { return condition(tracker, "DataLoss") == "True ClaimTerminating" })
	if got := condition(tracker, "Ready"); got != "True Ready" {
		t.Errorf("Ready is %q", got)
	}
	for _, of := range []string{message(tracker, "DataLoss"), message(tracker, "Ready")} {
		if !strings.Contains(of, databaseClaim) || !strings.Contains(of, "kubectl patch pv pv-1 -p '{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}'") {
			t.Errorf("a message does not say which claim it is and what to do: %s", of)
		}
	}
	o.quiet(t, tracker)

	// Its pod goes, the claim with it, and the StatefulSet makes a new one.
	must(t, k8s.Delete(t.Context(), fetch(t, tracker, "hiring-database-0", &corev1.Pod{}), client.GracePeriodSeconds(0)))
	release(t, claim)
	o.settle(t, tracker)
	runDependency(t, tracker, v1alpha1.ComponentDatabase)
	bind(t, tracker, "pv-2")
	lost := func() bool {
		return condition(tracker, "DataLoss") == "True ClaimReplaced" && condition(tracker, "Ready") == "True Ready" && tracker.Status.Volume("database").Name == "pv-2"
	}
	o.until(t, tracker, "no word of the loss", lost)
	if got := message(tracker, "Ready"); !strings.Contains(got, "PersistentVolumeClaim "+databaseClaim+" was replaced") || !strings.Contains(got, "pv-1") {
		t.Errorf("Ready says %s", got)
	}
	o.quiet(t, tracker)
	if events := o.events(); warnings(events, "ClaimTerminating") != 1 || warnings(events, "ClaimReplaced") != 1 {
		t.Errorf("the events are %q", events)
	}

	o = start(t)
	o.quiet(t, tracker)
	if refresh(t, tracker); !lost() {
		t.Errorf("after a restart, the status is\n%s", describe(tracker))
	}
	acknowledge := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"`+v1alpha1.AnnotationDataLossAcknowledged+`":"true"}}}`))
	must(t, k8s.Patch(t.Context(), &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: databaseClaim}}, acknowledge))
	o.until(t, tracker, "the report does not end", func() bool { return condition(tracker, "DataLoss") == "absent" })
	if got := message(tracker, "Ready"); got != "all components and dependencies work" {
		t.Errorf("Ready says %s", got)
	}
	o.quiet(t, tracker)
}

// quiet fails unless nothing is written or read as long as nothing changes.
func (o *operator) quiet(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.settle(t, tracker)
	o.requests.take()
	for range 3 {
		o.once(t, tracker)
	}
	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("an unchanged tracker costs %v", got)
	}
}

// A tracker that is made again with the data of an earlier one, or after a restore, has lost
// nothing that its status would know of, and one that no longer uses its data loses none.
func TestNoDataLossForALaterTracker(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), nil)
	o.ready(t, tracker)
	claim := bind(t, tracker, "pv-1")
	o.settle(t, tracker)
	must(t, k8s.Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "own"}, StringData: map[string]string{"url": "postgres://u:p@db/n"}}))

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{SecretKeyRef: corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "own"}, Key: "url",
		}}}
	})
	o.observed(t, tracker)
	must(t, k8s.Delete(t.Context(), claim))
	release(t, claim)
	o.gone(t, claim)
	o.settle(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Database = nil })
	o.observed(t, tracker)
	if slices.ContainsFunc(o.events(), func(e string) bool { return strings.Contains(e, "Claim") }) || condition(tracker, "DataLoss") != "absent" {
		t.Errorf("the status is\n%s", describe(tracker))
	}

	deleteWithChildren(t, tracker)
	o.once(t, tracker)
	tracker = create(t, tracker.Namespace, nil)
	o.observed(t, tracker)
	if got := condition(tracker, "DataLoss"); got != "absent" {
		t.Errorf("DataLoss is %s", got)
	}
}
