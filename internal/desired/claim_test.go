// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"maps"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A volume claim without the tracker's label is labelled again and expanded if it is
// certainly the tracker's. Otherwise it is left alone, and it is said why it is not
// expanded.
func TestClaimWithoutLabel(t *testing.T) {
	const c = v1alpha1.ComponentDatabase
	for name, test := range map[string]struct {
		change                  func(claim *corev1.PersistentVolumeClaim)
		noSet, noCredentials    bool
		size                    string
		labelled, grown, refuse bool
	}{
		"it grows":         {labelled: true, grown: true},
		"it does not grow": {size: "50Gi", labelled: true},
		"it has its label": {change: func(claim *corev1.PersistentVolumeClaim) {
			claim.Labels = map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "database"}
		}, grown: true},
		"it has lost its component's label": {change: func(claim *corev1.PersistentVolumeClaim) {
			claim.Labels = map[string]string{v1alpha1.LabelTracker: "hiring"}
		}, labelled: true, grown: true},
		"it has another tracker's label": {change: func(claim *corev1.PersistentVolumeClaim) {
			claim.Labels = map[string]string{v1alpha1.LabelTracker: "other", v1alpha1.LabelComponent: "database"}
		}, refuse: true},
		"it is being deleted": {change: func(claim *corev1.PersistentVolumeClaim) { claim.DeletionTimestamp = &metav1.Time{} }},
		"another owner's": {change: func(claim *corev1.PersistentVolumeClaim) {
			claim.OwnerReferences = []metav1.OwnerReference{{UID: "other"}}
		}, refuse: true},
		"another owner's, large enough": {change: func(claim *corev1.PersistentVolumeClaim) {
			claim.OwnerReferences = []metav1.OwnerReference{{UID: "other"}}
		}, size: "50Gi"},
		"without credentials":   {noCredentials: true},
		"without a StatefulSet": {noSet: true},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, seen := newTracker(func(t *v1alpha1.InterviewTracker) {}), nothing()
			claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: tracker.Namespace, Name: "data-hiring-database-0"}}
			if test.size == "" {
				test.size = "1Gi"
			}
			claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(test.size)}
			if test.change != nil {
				test.change(claim)
			}
			seen.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{c: claim}
			if !test.noCredentials {
				seen.Credentials = map[v1alpha1.Component]*metav1.PartialObjectMetadata{c: {ObjectMeta: metav1.ObjectMeta{
					Annotations: map[string]string{v1alpha1.AnnotationRetainedFor: tracker.Name},
				}}}
			}
			if !test.noSet {
				set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{
					Namespace: tracker.Namespace, Name: "hiring-database", UID: "set",
					OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(tracker, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))},
				}}
				set.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
				set.Spec.Template.Spec.Containers = []corev1.Container{{Name: "postgres", Image: "postgres:15"}}
				seen.StatefulSets = map[v1alpha1.Component]*appsv1.StatefulSet{c: set}
			}
			output := build(t, tracker, seen)
			if labelled := len(output.LostLabels) == 1; labelled != test.labelled {
				t.Errorf("labelled: %t, want %t", labelled, test.labelled)
			} else if labelled && !maps.Equal(output.LostLabels[0].Labels, map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "database"}) {
				t.Errorf("labels %v", output.LostLabels[0].Labels)
			}
			if grown := len(output.VolumeExpansions) == 1; grown != test.grown {
				t.Errorf("expanded: %t, want %t", grown, test.grown)
			}
			refused := strings.Join(output.UnsupportedChanges, "; ")
			if says := strings.Contains(refused, "lacks the label "+v1alpha1.LabelTracker+"=hiring "); says != test.refuse {
				t.Errorf("refusals %q", refused)
			}
		})
	}
}

// What the spec wants of a volume is compared with the claim that exists: what the cluster
// refused can be taken back.
func TestCasePVCSizeTrap(t *testing.T) {
	const c = v1alpha1.ComponentDatabase
	for name, test := range map[string]struct {
		size, class string
		requested   string // By the claim; 1Gi if empty.
		deleted     bool
		refused     string
	}{
		"as large":                     {size: "1Gi"},
		"not written, of a larger one": {requested: "1Ti"},
		"as large, in other units":     {size: "1024Mi"},
		"of its class":                 {size: "1Gi", class: "fast"},
		"larger":                       {size: "2Gi"},
		"smaller, of a deleted claim":  {size: "512Mi", deleted: true},
		"smaller": {size: "512Mi", refused: "storage is not reduced to 512Mi: PersistentVolumeClaim data-hiring-database-0 requests 1Gi, " +
			"and a volume can't shrink; set spec.database.managed.storage.size to 1Gi or more"},
		"of another class": {size: "1Gi", class: "slow", refused: "storageClassName slow is not used: PersistentVolumeClaim data-hiring-database-0 " +
			"has the class fast, and a volume can't move to another one; set spec.database.managed.storage.storageClassName to fast, " +
			"or, if the claim holds no data, delete StatefulSet hiring-database and the claim"},
	} {
		t.Run(name, func(t *testing.T) {
			tracker, seen := newTracker(func(tracker *v1alpha1.InterviewTracker) {
				storage := &v1alpha1.StorageSpec{}
				if test.size != "" {
					storage.Size = new(resource.MustParse(test.size))
				}
				if test.class != "" {
					storage.StorageClassName = &test.class
				}
				tracker.Spec.Database = &v1alpha1.DependencySpec{Managed: &v1alpha1.ManagedSpec{Storage: storage}}
			}), nothing()
			seen.Credentials = map[v1alpha1.Component]*metav1.PartialObjectMetadata{c: {}}
			claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
				Namespace: tracker.Namespace, Name: "data-hiring-database-0",
				Labels: map[string]string{v1alpha1.LabelTracker: "hiring", v1alpha1.LabelComponent: "database"},
			}}
			if test.deleted {
				claim.DeletionTimestamp = &metav1.Time{}
			}
			claim.Spec.StorageClassName = new("fast")
			claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(cmp.Or(test.requested, "1Gi"))}
			seen.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{c: claim}
			output := build(t, tracker, seen)
			if got := strings.Join(output.UnsupportedChanges, "; "); got != test.refused {
				t.Errorf("got  %s\nwant %s", got, test.refused)
			}
			if grows := len(output.VolumeExpansions) == 1; grows != (test.size == "2Gi") {
				t.Errorf("expanded: %t", grows)
			}
		})
	}
}
