// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// What anybody labels with a tracker's name must stay small in the caches, however large it is.
func TestForeignObjectsStaySmall(t *testing.T) {
	labels := map[string]string{v1alpha1.LabelTracker: "hiring"}
	large := strings.Repeat("x", 200<<10)
	yes := true
	var owners []metav1.OwnerReference
	for range 1000 {
		owners = append(owners, metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: strings.Repeat("x", 253), UID: "u"})
	}
	other := []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "x", UID: "u", Controller: &yes}}
	for name, object := range map[string]Object{
		"ConfigMap with owners":       &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: owners}},
		"ConfigMap with a long owner": &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: large, UID: "u"}}}},
		"Pod with owners":             &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: owners}},
		"Pod of another, volumes":     &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: other}, Spec: corev1.PodSpec{Volumes: []corev1.Volume{{Name: "x", VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "x", VolumeAttributes: map[string]string{"x": large}}}}}}},
		"ReplicaSet, revision":        &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, Annotations: map[string]string{annotationRevision: large}}},
		"ReplicaSet, failures":        &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels}, Status: appsv1.ReplicaSetStatus{Conditions: slices.Repeat([]appsv1.ReplicaSetCondition{{Type: "ReplicaFailure", Message: large}}, 5)}},
		"Secret with owners":          secretWith(labels, owners),
		"EndpointSlice of another":    &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: owners}, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{large}}}},
		"EndpointSlice of a Service":  &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: other}, Endpoints: slices.Repeat([]discoveryv1.Endpoint{{TargetRef: &corev1.ObjectReference{UID: "00000000-0000-4000-8000-000000000000"}}}, 1000)},
		"claim with owners":           &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: labels, OwnerReferences: owners}},
	} {
		t.Run(name, func(t *testing.T) {
			kind, ok := kindOf(object)
			if !ok {
				t.Fatal("no kind")
			}
			before, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := kind.Transform(object)
			if err != nil {
				t.Fatal(err)
			}
			after, err := json.Marshal(kept)
			if err != nil {
				t.Fatal(err)
			}
			if len(after) > 8<<10 {
				t.Errorf("the caches keep %d bytes of %d", len(after), len(before))
			}
		})
	}
}

func secretWith(labels map[string]string, owners []metav1.OwnerReference) Object {
	s := Metadata(Secret)
	s.Name, s.Labels, s.OwnerReferences = "a", labels, owners
	return s
}

func kindOf(o Object) (Kind, bool) {
	return find(func(k Kind) bool {
		if _, partial := o.(*metav1.PartialObjectMetadata); partial {
			return k.GroupVersionKind == Secret
		}
		return fmt.Sprintf("%T", k.object) == fmt.Sprintf("%T", o)
	})
}
