// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Cached objects have equal metadata in the same memory, and no managed fields.
func TestCachedObjectsShareStrings(t *testing.T) {
	k, _ := kinds.Of(corev1.SchemeGroupVersion.WithKind("Service").GroupKind())
	transform := func() *corev1.Service {
		t.Helper()
		object := &corev1.Service{ObjectMeta: metav1.ObjectMeta{
			Namespace:       strings.Clone("people"),
			Labels:          map[string]string{strings.Clone("app"): strings.Clone("hiring")},
			Annotations:     map[string]string{strings.Clone("note"): "a"},
			OwnerReferences: []metav1.OwnerReference{{Kind: strings.Clone("InterviewTracker"), UID: types.UID(strings.Clone("1234"))}},
		}}
		want := object.DeepCopy()
		object.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "m"}}
		out, err := k.Transform(object)
		kept, ok := out.(*corev1.Service)
		if err != nil || !ok || !cmp.Equal(kept, want) {
			t.Fatalf("kept %v, error %v, want %v", out, err, want)
		}
		return kept
	}
	a, b := transform(), transform()
	for name, strings := range map[string][2]string{
		"namespace": {a.Namespace, b.Namespace},
		"label":     {a.Labels["app"], b.Labels["app"]},
		"owner":     {a.OwnerReferences[0].Kind, b.OwnerReferences[0].Kind},
		"UID":       {string(a.OwnerReferences[0].UID), string(b.OwnerReferences[0].UID)},
	} {
		if unsafe.StringData(strings[0]) != unsafe.StringData(strings[1]) {
			t.Errorf("the %s is in memory twice", name)
		}
	}
}
