// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// An earlier tracker of the same name, and its objects, may have gone minutes ago.
func TestEventsOfAnEarlierTracker(t *testing.T) {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: "hiring", UID: "this", CreationTimestamp: metav1.NewTime(created)}}
	for name, test := range map[string]struct {
		kind, object string
		uid          types.UID
		at           time.Duration
		want         bool
	}{
		"of the tracker":           {v1alpha1.Kind, "hiring", "this", time.Minute, true},
		"of an earlier tracker":    {v1alpha1.Kind, "hiring", "earlier", -time.Minute, false},
		"of a pod":                 {"Pod", "hiring-database-0", "a", time.Minute, true},
		"of a pod of that second":  {"Pod", "hiring-database-0", "a", 0, true},
		"of an earlier one's pod":  {"Pod", "hiring-database-0", "b", -time.Minute, false},
		"of another tracker's pod": {"Pod", "other-database-0", "c", time.Minute, false},
	} {
		e := event(test.kind, test.object, "Normal", "Any", "", 1, created.Add(test.at))
		e.InvolvedObject.UID = test.uid
		if got := about(e, tracker, map[string]bool{"hiring-database-0": true}); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	before, now := event("Pod", "a", "Normal", "Started", "", 1, created), event("Pod", "a", "Normal", "Started", "", 1, created.Add(time.Second))
	now.InvolvedObject.UID = "now"
	if got := merged([]corev1.Event{before, now}, metav1.NewTime(created.Add(time.Minute))); len(got) != 2 {
		t.Errorf("the events of two pods of one name: %v", got)
	}
}
