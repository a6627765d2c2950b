// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestVolumeRecord(t *testing.T) {
	at := metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for record, volume := range map[VolumeRecord]VolumeStatus{
		"database: claim 1":               {ClaimUID: "1"},
		"database: claim 1, volume pv-at": {ClaimUID: "1", Name: "pv-at"},
		"database: claim 2, volume b, replaced hat at 2026-01-02T03:04:05Z": {ClaimUID: "2", Name: "b", Replaced: &ReplacedVolume{Name: "hat", Time: at}},
		"database: claim 2, replaced at 2026-01-02T03:04:05Z":               {ClaimUID: "2", Replaced: &ReplacedVolume{Time: at}},
	} {
		if got := NewVolumeRecord("database", volume); got != record {
			t.Errorf("got %q, want %q", got, record)
		}
		if dependency, got := record.Parse(); dependency != "database" || !cmp.Equal(got, &volume) {
			t.Errorf("%q: got %q %s", record, dependency, cmp.Diff(got, &volume))
		}
	}
	for _, record := range []VolumeRecord{"", "database", "database: ", "database: volume a"} {
		if _, got := record.Parse(); got != nil {
			t.Errorf("%q is %+v", record, got)
		}
	}
	if _, got := VolumeRecord("database: claim 1, replaced a at noon").Parse(); got == nil || got.Replaced == nil || got.Replaced.Name != "a" {
		t.Errorf("without a valid time, it is %+v", got)
	}
}

// What an earlier version of the operator wrote is known.
func TestVolumeOfAnEarlierVersion(t *testing.T) {
	old := &VolumeStatus{ClaimUID: "1", Name: "pv", Replaced: &ReplacedVolume{Name: "before"}}
	status := InterviewTrackerStatus{Dependencies: []DependencyStatus{{Name: "database", Volume: old}, {Name: "redis"}}}
	if got := status.Volume("database"); !cmp.Equal(got, old) {
		t.Errorf("got %+v", got)
	}
	if got := status.Volume("redis"); got != nil {
		t.Errorf("got %+v", got)
	}
	status.Volumes = []VolumeRecord{"database: claim 2"}
	if got := status.Volume("database"); got == nil || got.ClaimUID != "2" {
		t.Errorf("got %+v", got)
	}
}
