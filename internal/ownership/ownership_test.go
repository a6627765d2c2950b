// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

var tracker = &v1alpha1.InterviewTracker{
	ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring", UID: "tracker"},
	Status:     v1alpha1.InterviewTrackerStatus{Inventory: []v1alpha1.InventoryLine{"Secret/hiring-database-credentials"}},
}

func controlledBy(apiVersion, kind, name string, uid types.UID) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: name, UID: uid, Controller: new(true)}}
}

var (
	byTracker  = controlledBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "hiring", "tracker")
	byNamesake = controlledBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "hiring", "earlier")
	retained   = map[string]string{v1alpha1.AnnotationRetainedFor: "hiring"}
	labelled   = map[string]string{v1alpha1.LabelTracker: "hiring"}
)

// orphaned is the metadata of an object that the operator made for the tracker, without its
// owner, and changed.
func orphaned(change func(*metav1.ObjectMeta)) metav1.ObjectMeta {
	m := metav1.ObjectMeta{
		Name:        "hiring-api",
		Labels:      map[string]string{v1alpha1.LabelTracker: "hiring", kinds.LabelInstance: "hiring", kinds.LabelManagedBy: v1alpha1.FieldManager},
		Annotations: map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)},
	}
	if change != nil {
		change(&m)
	}
	return m
}

// unmarked is the metadata of credentials that have lost the annotation which says whose they
// are.
func unmarked(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: labelled, Annotations: map[string]string{v1alpha1.AnnotationIntent: strings.Repeat("0", 32)}}
}

func TestRelation(t *testing.T) {
	for name, test := range map[string]struct {
		kind   string
		object metav1.ObjectMeta
		want   Relation
	}{
		"controlled":                    {"Service", metav1.ObjectMeta{OwnerReferences: byTracker, Labels: labelled}, Controlled},
		"controlled, without its label": {"Service", metav1.ObjectMeta{OwnerReferences: byTracker}, Controlled},
		"controlled credentials":        {"Secret", metav1.ObjectMeta{OwnerReferences: byTracker}, Controlled},
		"no owner":                      {"Service", metav1.ObjectMeta{Labels: labelled}, Foreign},
		"orphaned":                      {"Service", orphaned(nil), Orphaned},
		"orphaned, with an owner that does not control": {"Service", orphaned(func(m *metav1.ObjectMeta) {
			m.OwnerReferences = []metav1.OwnerReference{{UID: "tracker"}}
		}), Orphaned},
		"orphaned credentials": {"Secret", orphaned(nil), Orphaned},
		"orphaned by another tracker": {"Service", orphaned(func(m *metav1.ObjectMeta) {
			m.Name, m.Labels = "other-api", map[string]string{v1alpha1.LabelTracker: "other", kinds.LabelInstance: "other", kinds.LabelManagedBy: v1alpha1.FieldManager}
		}), Foreign},
		"marked, and controlled by the tracker":   {"Service", orphaned(func(m *metav1.ObjectMeta) { m.OwnerReferences = byTracker }), Controlled},
		"marked, and controlled by a namesake":    {"Service", orphaned(func(m *metav1.ObjectMeta) { m.OwnerReferences = byNamesake }), Leftover},
		"marked, and controlled by anyone else":   {"Service", orphaned(func(m *metav1.ObjectMeta) { m.OwnerReferences = controlledBy("v1", "Pod", "p", "1") }), Foreign},
		"retained, without the annotation":        {"Secret", unmarked("hiring-database-credentials"), Retained},
		"not recorded, without the annotation":    {"Secret", unmarked("hiring-redis-credentials"), Foreign},
		"a Service, recorded, of a Secret's name": {"Service", unmarked("hiring-database-credentials"), Foreign},
		"an owner that does not control":          {"Service", metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{UID: "tracker"}}}, Foreign},
		"an earlier tracker of the name":          {"Service", metav1.ObjectMeta{OwnerReferences: byNamesake}, Leftover},
		"another tracker":                         {"Service", metav1.ObjectMeta{OwnerReferences: controlledBy(v1alpha1.GroupVersion.String(), v1alpha1.Kind, "other", "1")}, Foreign},
		"another group's kind of the name":        {"Service", metav1.ObjectMeta{OwnerReferences: controlledBy("example.com/v1", v1alpha1.Kind, "hiring", "1")}, Foreign},
		"retained":                                {"Secret", metav1.ObjectMeta{Annotations: retained, Labels: labelled}, Retained},
		"retained, without its label":             {"Secret", metav1.ObjectMeta{Annotations: retained}, Retained},
		"retained for another tracker": {"Secret", metav1.ObjectMeta{
			Annotations: map[string]string{v1alpha1.AnnotationRetainedFor: "other"}, Labels: labelled,
		}, Foreign},
		"label only":                              {"Secret", metav1.ObjectMeta{Labels: labelled}, Foreign},
		"retained, and controlled by a namesake":  {"Secret", metav1.ObjectMeta{Annotations: retained, OwnerReferences: byNamesake}, Leftover},
		"retained, and controlled by anyone else": {"Secret", metav1.ObjectMeta{Annotations: retained, OwnerReferences: controlledBy("v1", "Pod", "p", "1")}, Foreign},
		"a Service with the annotation":           {"Service", metav1.ObjectMeta{Annotations: retained, Labels: labelled}, Foreign},
	} {
		t.Run(name, func(t *testing.T) {
			got := Of(tracker, test.kind, &test.object)
			if got != test.want {
				t.Errorf("relation %d, want %d", got, test.want)
			}
			if want := got == Controlled || got == Retained || got == Orphaned; got.Manageable() != want {
				t.Errorf("manageable: %t, want %t", got.Manageable(), want)
			}
		})
	}
}

func TestClaim(t *testing.T) {
	for name, test := range map[string]struct {
		change func(set *appsv1.StatefulSet, secret *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim)
		want   bool
	}{
		"labelled": {func(*appsv1.StatefulSet, *metav1.PartialObjectMetadata, *corev1.PersistentVolumeClaim) {}, true},
		"without its label": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.Labels = nil
		}, true},
		"owned by its StatefulSet": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.Labels, claim.OwnerReferences = nil, []metav1.OwnerReference{{UID: "set"}}
		}, true},
		"labelled as another tracker's": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.Labels = map[string]string{v1alpha1.LabelTracker: "other"}
		}, false},
		"owned by another StatefulSet": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.OwnerReferences = []metav1.OwnerReference{{UID: "set"}, {UID: "other"}}
		}, false},
		"of a name that the StatefulSet does not mount": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.Name = "data-hiring-database-1"
		}, false},
		"in another namespace": {func(_ *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, claim *corev1.PersistentVolumeClaim) {
			claim.Namespace = "other"
		}, false},
		"the StatefulSet is foreign": {func(set *appsv1.StatefulSet, _ *metav1.PartialObjectMetadata, _ *corev1.PersistentVolumeClaim) {
			set.OwnerReferences = byNamesake
		}, false},
		"the credentials are foreign": {func(_ *appsv1.StatefulSet, secret *metav1.PartialObjectMetadata, _ *corev1.PersistentVolumeClaim) {
			secret.Annotations = nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			set := &appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "hiring-database", UID: "set", OwnerReferences: byTracker},
				Spec:       appsv1.StatefulSetSpec{VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}},
			}
			secret := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Annotations: retained}}
			claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: "data-hiring-database-0", Labels: labelled}}
			test.change(set, secret, claim)
			if got := OfClaim(tracker, set, secret, claim); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
	if OfClaim(tracker, nil, &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Annotations: retained}}, &corev1.PersistentVolumeClaim{}) {
		t.Error("a claim without a StatefulSet is the tracker's")
	}
}
