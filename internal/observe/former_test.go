// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// What is left of a former managed dependency is what belongs to the tracker and stays.
func TestFormerDependency(t *testing.T) {
	tracker := newTracker()
	tracker.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
	owned := []metav1.OwnerReference{*metav1.NewControllerRef(tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))}
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "hiring-database", OwnerReferences: owned}}
	foreign := set.DeepCopy()
	foreign.OwnerReferences = nil
	orphan := foreign.DeepCopy()
	orphan.Labels = map[string]string{
		v1alpha1.LabelTracker: "hiring", kinds.LabelInstance: "hiring", kinds.LabelManagedBy: v1alpha1.FieldManager,
	}
	orphan.Annotations = map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)}
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: "data-hiring-database-0", Labels: map[string]string{v1alpha1.LabelTracker: "hiring"},
	}}
	goes, others := claim.DeepCopy(), claim.DeepCopy()
	goes.OwnerReferences, others.Labels = owned, map[string]string{v1alpha1.LabelTracker: "other"}
	terminating := claim.DeepCopy()
	terminating.DeletionTimestamp, terminating.Finalizers = new(metav1.Now()), []string{"kubernetes.io/pvc-protection"}

	withoutLabel := newTracker() // The caches don't show the StatefulSet, which is in the inventory.
	withoutLabel.Spec, withoutLabel.Status.Inventory = tracker.Spec, []v1alpha1.InventoryLine{"StatefulSet.apps/hiring-database"}

	for name, test := range map[string]struct {
		tracker      *v1alpha1.InterviewTracker
		cached, live []client.Object
		set, claim   bool
	}{
		"nothing":                     {tracker, nil, nil, false, false},
		"all":                         {tracker, []client.Object{set, claim}, nil, true, true},
		"the data alone":              {tracker, []client.Object{claim}, nil, false, true},
		"others' objects":             {tracker, []client.Object{foreign, others}, nil, false, false},
		"restored without its owner":  {tracker, []client.Object{orphan, claim}, nil, true, true},
		"data that go with it":        {tracker, []client.Object{set, goes}, nil, true, false},
		"data that are being deleted": {tracker, []client.Object{terminating}, nil, false, false},
		"without its label":           {withoutLabel, nil, []client.Object{set}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSnapshot()
			s.Former = map[v1alpha1.Component]snapshot.Former{}
			o := &Observer{Catalog: catalog.Default(), Cached: newReader(test.cached...), Live: newReader(test.live...)}
			if err := o.readManaged(t.Context(), test.tracker, dependency(v1alpha1.ComponentDatabase), s); err != nil {
				t.Fatal(err)
			}
			got := s.Former[v1alpha1.ComponentDatabase]
			if (got.StatefulSet != nil) != test.set || (got.Claim != nil) != test.claim {
				t.Errorf("left is %+v, want a StatefulSet: %t, and a claim: %t", got, test.set, test.claim)
			}
		})
	}
}
