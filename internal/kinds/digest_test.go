// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// A bulky object is cached with its metadata, and a digest of its content and nothing
// else. No user can set the digest.
func TestBulkyObjectsAreCachedAsDigests(t *testing.T) {
	k, _ := kinds.Of(kinds.ConfigMap.GroupKind())
	object := func(change func(*corev1.ConfigMap)) *corev1.ConfigMap {
		m := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Name: "a", ResourceVersion: "1", OwnerReferences: controlledBy("InterviewTracker"), Labels: map[string]string{"l": "1"}, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "m"}},
			},
			Data: map[string]string{"dashboard.json": "{}"},
		}
		change(m)
		return m
	}
	digest := func(m *corev1.ConfigMap) string {
		t.Helper()
		before := m.DeepCopy()
		out, err := k.Transform(m)
		kept, ok := out.(*corev1.ConfigMap)
		if err != nil || !ok {
			t.Fatalf("%T, error %v", out, err)
		}
		if len(kept.Data) > 0 || len(kept.ManagedFields) > 0 || kept.Labels["l"] != before.Labels["l"] || kept.ResourceVersion != before.ResourceVersion {
			t.Errorf("kept %v", kept)
		}
		if again, err := k.Transform(kept); again != out || err != nil {
			t.Errorf("what is kept becomes %v, error %v", again, err)
		}
		whole, err := kinds.Digest(before)
		if err != nil || kinds.CachedDigest(kept) != whole {
			t.Errorf("the cached digest is %q, that of the object %q, error %v", kinds.CachedDigest(kept), whole, err)
		}
		return whole
	}
	first := digest(object(func(*corev1.ConfigMap) {}))
	for name, same := range map[string]func(*corev1.ConfigMap){
		"metadata": func(m *corev1.ConfigMap) { m.Labels["l"], m.ResourceVersion = "2", "2" },
		"type":     func(m *corev1.ConfigMap) { m.APIVersion, m.Kind = "v1", "ConfigMap" },
		"a forged digest": func(m *corev1.ConfigMap) {
			m.Annotations = map[string]string{"apps.interviewtracker.dev/cached-digest": "forged"}
		},
	} {
		if digest(object(same)) != first {
			t.Errorf("the digest depends on %s", name)
		}
	}
	if digest(object(func(m *corev1.ConfigMap) { m.Data["dashboard.json"] = "[]" })) == first {
		t.Error("the digest does not depend on the data")
	}
	gone := cache.DeletedFinalStateUnknown{Key: "a"}
	if out, err := k.Transform(gone); out != gone || err != nil {
		t.Errorf("a deletion that the watch missed becomes %v, error %v", out, err)
	}
}
