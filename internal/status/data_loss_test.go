// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// claim is a bound claim of the database.
func claim(uid types.UID, volume string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data-hiring-database-0", UID: uid},
		Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: volume},
		Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
	}
}

func terminating(c *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	c.DeletionTimestamp = &t0
	return c
}

func lost(c *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	c.Status.Phase = corev1.ClaimLost
	return c
}

func pending(c *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	c.Status.Phase, c.Spec.VolumeName = corev1.ClaimPending, ""
	return c
}

func acknowledged(c *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	c.Annotations = map[string]string{v1alpha1.AnnotationDataLossAcknowledged: "true"}
	return c
}

// One claim of the database after another, and what is said of each.
func TestDataLoss(t *testing.T) {
	type step struct {
		claim  *corev1.PersistentVolumeClaim
		change func(*v1alpha1.InterviewTracker, *snapshot.Snapshot)
		want   string // a reason; none when empty
	}
	down := func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
		s.Pods[v1alpha1.ComponentDatabase] = nil
		s.Application.Pods = nil
	}
	tests := map[string][]step{
		"the claim stays":                     {{claim: claim("1", "pv-1")}, {claim: claim("1", "pv-1")}},
		"a claim is bound late":               {{claim: pending(claim("1", ""))}, {claim: claim("1", "pv-1")}},
		"deleted while in use, and replaced":  {{claim: claim("1", "pv-1")}, {claim: terminating(claim("1", "pv-1")), want: "ClaimTerminating"}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}},
		"replaced by one that is not bound":   {{claim: claim("1", "pv-1")}, {claim: pending(claim("2", "")), want: "ClaimReplaced"}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}},
		"replaced, of volumes without a name": {{claim: claim("1", "")}, {claim: claim("2", ""), want: "ClaimReplaced"}},
		"acknowledged":                        {{claim: claim("1", "pv-1")}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}, {claim: acknowledged(claim("2", "pv-2"))}, {claim: claim("2", "pv-2")}},
		"acknowledged, and again":             {{claim: claim("1", "pv-1")}, {claim: acknowledged(claim("2", "pv-2"))}, {claim: claim("3", "pv-3"), want: "ClaimReplaced"}},
		"the same volume again":               {{claim: claim("1", "pv-1")}, {claim: claim("2", "pv-1")}},
		"the former volume later":             {{claim: claim("1", "pv-1")}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}, {claim: claim("3", "pv-1")}},
		"lost":                                {{claim: claim("1", "pv-1")}, {claim: lost(claim("1", "pv-1")), want: "ClaimLost"}, {claim: lost(terminating(claim("1", "pv-1"))), want: "ClaimLost"}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}},
		"the claim can't be seen for a time":  {{claim: claim("1", "pv-1")}, {claim: nil}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}},
		"between two claims":                  {{claim: claim("1", "pv-1")}, {claim: terminating(claim("1", "pv-1")), want: "ClaimTerminating"}, {claim: nil, want: "ClaimTerminating"}, {claim: claim("2", "pv-2"), want: "ClaimReplaced"}},
		"never bound, and never used":         {{claim: pending(claim("1", "")), change: down}, {claim: pending(claim("2", "")), change: down}},
		"given up, as nothing can open them": {{claim: claim("1", "pv-1")}, {claim: terminating(claim("1", "pv-1")), change: func(_ *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			delete(s.Credentials, v1alpha1.ComponentDatabase)
		}}, {claim: claim("2", "pv-2")}},
		"no longer managed": {{claim: claim("1", "pv-1")}, {claim: terminating(claim("1", "pv-1")), change: func(tr *v1alpha1.InterviewTracker, s *snapshot.Snapshot) {
			tr.Spec.Database = &v1alpha1.DependencySpec{External: &v1alpha1.ExternalSpec{}}
		}}, {claim: claim("2", "pv-2")}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			status := v1alpha1.InterviewTrackerStatus{}
			for i, step := range steps {
				tr, s := tracker(), working()
				tr.Status = status
				s.Claims[v1alpha1.ComponentDatabase] = step.claim
				if step.claim == nil {
					delete(s.Claims, v1alpha1.ComponentDatabase)
				}
				if step.change != nil {
					step.change(tr, s)
				}
				status = Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Monitoring: &Monitoring{}, Now: t1})
				found := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDataLoss)
				got := ""
				if found != nil {
					got = found.Reason
				}
				if got != step.want {
					t.Errorf("step %d: DataLoss is %v, want %q", i, found, step.want)
				}
				ready := status.Conditions[0]
				if step.change == nil && (ready.Status != metav1.ConditionTrue || found != nil && !strings.HasSuffix(ready.Message, found.Message)) {
					t.Errorf("step %d: Ready is %v", i, ready)
				}
			}
		})
	}
}

// The messages name the claim and the volume, and say what to do.
func TestDataLossMessages(t *testing.T) {
	known := &v1alpha1.VolumeStatus{ClaimUID: "1", Name: "pv-1"}
	for reason, test := range map[string]struct {
		claim *corev1.PersistentVolumeClaim
		want  string
	}{
		"terminating": {terminating(claim("1", "pv-1")), "PersistentVolumeClaim data-hiring-database-0 is being deleted, and the data of StatefulSet hiring-database with it once its pod stops: " +
			`that can't be undone, so back them up now, and keep the volume: kubectl patch pv pv-1 -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}' (docs/recovery.md)`},
		"terminating, not bound": {terminating(claim("1", "")), "PersistentVolumeClaim data-hiring-database-0 is being deleted, and the data of StatefulSet hiring-database with it once its pod stops: " +
			"that can't be undone, so back them up now (docs/recovery.md)"},
		"lost": {lost(claim("1", "pv-1")), "PersistentVolumeClaim data-hiring-database-0 has lost its volume pv-1, which had the data of StatefulSet hiring-database: " +
			"restore the PersistentVolume or, to begin without the data, delete the claim and the pod, then restore a backup (docs/recovery.md)"},
		"replaced": {claim("2", "pv-2"), "PersistentVolumeClaim data-hiring-database-0 was replaced by a new one (noticed at 2026-01-02T03:06:05Z), and StatefulSet hiring-database has begun without the data " +
			"of the former volume pv-1: restore a backup (docs/recovery.md), then: kubectl annotate pvc data-hiring-database-0 apps.interviewtracker.dev/data-loss-acknowledged=true"},
	} {
		t.Run(reason, func(t *testing.T) {
			tr, s := tracker(), working()
			tr.Status.Volumes = []v1alpha1.VolumeRecord{v1alpha1.NewVolumeRecord("database", *known)}
			s.Claims[v1alpha1.ComponentDatabase] = test.claim
			status := Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Monitoring: &Monitoring{}, Now: t1})
			if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDataLoss); got == nil || got.Message != test.want {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

// What is known of a volume is kept while the cluster can't be read, and the report on it.
func TestDataLossWhileUnread(t *testing.T) {
	tr, s := tracker(), working()
	s.Claims[v1alpha1.ComponentDatabase] = claim("1", "pv-1")
	tr.Status = Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Now: t0})
	s.Claims[v1alpha1.ComponentDatabase] = claim("2", "pv-2")
	tr.Status = Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Now: t0})
	unread := Compute(Input{Tracker: tr, Catalog: catalog.Default(), Reconciling: &Cause{"ReconcileFailed", "no"}, Failed: true, Now: t1})
	if c := meta.FindStatusCondition(unread.Conditions, v1alpha1.ConditionDataLoss); c == nil || c.Reason != "ClaimReplaced" {
		t.Errorf("DataLoss is %v", c)
	}
	if v := unread.Volume("database"); v == nil || v.ClaimUID != "2" || v.Replaced == nil || v.Replaced.Name != "pv-1" {
		t.Errorf("the volume is %v", v)
	}
}

// A warning is emitted once for each loss, and is not postponed during a rollout.
func TestDataLossEvents(t *testing.T) {
	compute := func(before v1alpha1.InterviewTrackerStatus, c *corev1.PersistentVolumeClaim, ready bool) v1alpha1.InterviewTrackerStatus {
		tr, s := tracker(), working()
		tr.Status, s.Claims[v1alpha1.ComponentDatabase] = before, c
		if !ready {
			s.Deployments[v1alpha1.ComponentAPI].Status.AvailableReplicas = 0
		}
		return Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Monitoring: &Monitoring{}, Now: t1})
	}
	first := compute(v1alpha1.InterviewTrackerStatus{}, claim("1", "pv-1"), false)
	second := compute(first, terminating(claim("1", "pv-1")), false)
	third := compute(second, terminating(claim("1", "pv-1")), false)
	if OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, first, second) || !OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, second, third) {
		t.Error("the warning is postponed, or what comes after it is not")
	}
	for i, step := range []struct {
		before, after v1alpha1.InterviewTrackerStatus
		want          string
	}{{first, second, "ClaimTerminating"}, {second, third, ""}} {
		events, _ := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, step.before, step.after, nil)
		got := ""
		for _, e := range events {
			got += e.Reason
		}
		if got != step.want {
			t.Errorf("step %d: got %v", i, events)
		}
	}
}

// While one of two claims is between two, what is said of both stays the same.
func TestDataLossOfTwo(t *testing.T) {
	tr, s := tracker(), working()
	other := claim("2", "pv-2")
	s.Claims = map[v1alpha1.Component]*corev1.PersistentVolumeClaim{
		v1alpha1.ComponentDatabase: claim("1", "pv-1"), v1alpha1.ComponentRedis: other,
	}
	s.Credentials = map[v1alpha1.Component]*metav1.PartialObjectMetadata{v1alpha1.ComponentDatabase: {}, v1alpha1.ComponentRedis: {}}
	compute := func() string {
		tr.Status = Compute(Input{Catalog: catalog.Default(), Tracker: tr, Snapshot: s, Now: t1})
		if c := meta.FindStatusCondition(tr.Status.Conditions, v1alpha1.ConditionDataLoss); c != nil {
			return c.Message
		}
		return ""
	}
	if got := compute(); got != "" {
		t.Fatal(got)
	}
	terminating(s.Claims[v1alpha1.ComponentDatabase])
	terminating(other)
	want := compute()
	delete(s.Claims, v1alpha1.ComponentDatabase)
	for range 3 {
		if got := compute(); got != want || !strings.Contains(got, "; ") {
			t.Fatalf("%s\n%s", got, want)
		}
	}
}
