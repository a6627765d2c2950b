//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// The label by which the operator's caches find an object may be removed from what
// outlives a tracker: from the only copy of a password, and from the volume claim. Of every
// other kind it is restored on the object as it is.
func TestLostLabels(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(2))}
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
		s.Frontend = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	})
	ready(t, tracker)

	t.Run("retained credentials are labelled again, and are the same", func(t *testing.T) {
		const name = "hiring-database-credentials"
		before := fetch(t, tracker, name, &corev1.Secret{})
		removeLabel(t, before)
		relabelled(t, tracker, before)
		emitted(t, tracker, "Repaired", "Secret "+name)
		after := fetch(t, tracker, name, &corev1.Secret{})
		if after.UID != before.UID || string(after.Data["password"]) != string(before.Data["password"]) {
			t.Error("the credentials have changed")
		}
		ready(t, tracker)
	})
	t.Run("an object of every other kind is labelled again, and is the same", func(t *testing.T) {
		labelled := map[string]bool{"Secret": true}
		for _, e := range slices.Clone(tracker.Status.Applied()) {
			object := child(t, tracker, e)
			if labelled[object.GetKind()] {
				continue
			}
			labelled[object.GetKind()] = true
			refresh(t, object)
			before := object.GetUID()
			removeLabel(t, object)
			relabelled(t, tracker, object)
			if object.GetUID() != before {
				t.Errorf("%s is another object", e)
			}
		}
	})
	t.Run("a volume claim is labelled again, and expands or says why not", func(t *testing.T) {
		const name = "data-hiring-database-0"
		claim := fetch(t, tracker, name, &corev1.PersistentVolumeClaim{})
		removeLabel(t, claim)
		edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
			s.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: &v1alpha1.StorageSpec{Size: new(resource.MustParse("20Gi"))}}}
		})
		relabelled(t, tracker, claim)
		emitted(t, tracker, "Repaired", "PersistentVolumeClaim "+name)
		eventually(t, tracker, "the claim neither expands nor says why not", func() bool {
			refresh(t, claim)
			size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
			return size.String() == "20Gi" || is(tracker, "Stalled", "True InvalidSpec")
		})
	})
}

func removeLabel(t *testing.T, object client.Object) {
	t.Helper()
	patch := `{"metadata":{"labels":{"` + v1alpha1.LabelTracker + `":null}}}`
	must(t, k8s.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("kubectl-label")))
}

// relabelled waits until an object has its label again.
func relabelled(t *testing.T, tracker *v1alpha1.InterviewTracker, object client.Object) {
	t.Helper()
	eventually(t, tracker, object.GetName()+" is not labelled again", func() bool {
		if is(tracker, "Stalled", "True NameConflict") {
			t.Fatalf("the tracker stalls:\n%s", describe(tracker))
		}
		refresh(t, object)
		return object.GetLabels()[v1alpha1.LabelTracker] == tracker.Name
	})
}
