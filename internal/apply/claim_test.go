// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
)

// claim makes a bound claim of 1Gi, of a storage class that allows expansion or not.
func (w *world) claim(expandable bool) *corev1.PersistentVolumeClaim {
	w.Helper()
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: w.namespace}, Provisioner: "example.com/none", AllowVolumeExpansion: &expandable,
	}
	w.ok(w.Create(w.Context(), class))
	w.Cleanup(func() { w.ok(w.Delete(context.Background(), class)) })
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "data-hiring-database-0"},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class.Name,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
			},
		},
	}
	w.ok(w.Create(w.Context(), claim))
	claim.Status.Phase = corev1.ClaimBound
	w.ok(w.Status().Update(w.Context(), claim))
	return claim
}

func TestClaimGrowsAndNeverShrinks(t *testing.T) {
	w := newWorld(t)
	claim := w.claim(true)
	w.writes(0, func() {
		w.ok(w.engine.Grow(t.Context(), claim, resource.MustParse("1024Mi")))
		w.ok(w.engine.Grow(t.Context(), claim, resource.MustParse("500Mi")))
	})
	w.writes(1, func() { w.ok(w.engine.Grow(t.Context(), claim, resource.MustParse("2Gi"))) })
	storage := get(w, claim.Name, &corev1.PersistentVolumeClaim{}).Spec.Resources.Requests[corev1.ResourceStorage]
	if storage.String() != "2Gi" {
		t.Errorf("storage %s", storage.String())
	}

	// The claim that the decision was made on is no longer the one that exists.
	err := w.engine.Grow(t.Context(), claim, resource.MustParse("3Gi"))
	if _, ok := errors.AsType[*apply.PendingError](err); !ok {
		t.Errorf("error %v", err)
	}
}

func TestLostLabelsOfAClaimAreRestored(t *testing.T) {
	w := newWorld(t)
	claim := w.claim(true)
	labels := map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "database"}
	w.writes(1, func() {
		got, err := w.engine.RestoreLabels(t.Context(), claim, labels)
		w.ok(err)
		want := `Repaired PersistentVolumeClaim data-hiring-database-0: metadata.labels["apps.interviewtracker.dev/component"] was removed; ` +
			`metadata.labels["apps.interviewtracker.dev/tracker"] was removed`
		if len(got.Events) != 1 || got.Events[0].Message != want || got.Counts.Of(apply.Repaired) != 1 {
			t.Errorf("%+v, want %s", got, want)
		}
	})
	if got := get(w, claim.Name, &corev1.PersistentVolumeClaim{}).Labels; !maps.Equal(got, labels) {
		t.Errorf("labels %v", got)
	}
	// The claim that the decision was made on is no longer the one that exists.
	_, err := w.engine.RestoreLabels(t.Context(), claim, labels)
	if _, ok := errors.AsType[*apply.PendingError](err); !ok {
		t.Errorf("error %v", err)
	}
}

func TestClaimThatCannotGrowIsInvalid(t *testing.T) {
	w := newWorld(t)
	err := w.engine.Grow(t.Context(), w.claim(false), resource.MustParse("2Gi"))
	if _, ok := errors.AsType[*apply.InvalidError](err); !ok {
		t.Errorf("error %v", err)
	}
}
