// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A size that the StorageClass refused can be taken back; one below the claim's is reported, and so
// is another class.
func TestCasePVCSizeTrap(t *testing.T) {
	t.Parallel()
	o := start(t)
	ns := namespace(t)
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: ns}, Provisioner: "example.com/none", AllowVolumeExpansion: new(false),
	}
	must(t, k8s.Create(t.Context(), class))
	t.Cleanup(func() { must(t, k8s.Delete(context.Background(), class)) })
	tracker := create(t, ns, func(tracker *v1alpha1.InterviewTracker) {
		tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{
			StorageClassName: &class.Name, Size: new(resource.MustParse("1Gi")),
		}}}
	})
	o.ready(t, tracker)
	claim := fetch(t, tracker, "data-hiring-database-0", &corev1.PersistentVolumeClaim{})
	claim.Status.Phase = corev1.ClaimBound
	must(t, k8s.Status().Update(t.Context(), claim))
	o.settle(t, tracker)

	for _, step := range []struct{ size, stalled, says string }{
		{"2Gi", "True InvalidSpec", claim.Name},
		{"1Gi", "absent", ""},
		{"512Mi", "True UnsupportedChange", "PersistentVolumeClaim " + claim.Name + " requests 1Gi"},
		{"1024Mi", "absent", ""},
	} {
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			s.Database.Managed.Storage.Size = new(resource.MustParse(step.size))
		})
		o.until(t, tracker, "Stalled is not "+step.stalled+" with "+step.size, func() bool {
			return condition(tracker, "Stalled") == step.stalled
		})
		if got := message(tracker, "Stalled"); !strings.Contains(got, step.says) {
			t.Errorf("%s: %s", step.size, got)
		}
	}

	other := "other"
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Database.Managed.Storage.StorageClassName = &other })
	o.until(t, tracker, "another class is not reported", func() bool { return condition(tracker, "Stalled") == "True UnsupportedChange" })
	if got := message(tracker, "Stalled"); !strings.Contains(got, "PersistentVolumeClaim "+claim.Name+" has the class "+class.Name) {
		t.Error(got)
	}
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Database.Managed.Storage.StorageClassName = &class.Name })
	o.until(t, tracker, "the class can't be taken back", func() bool { return condition(tracker, "Stalled") == "absent" })
}
