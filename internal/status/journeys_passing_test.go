// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// ofJourney is an Input of a tracker with a journey, whose current run has a pod of an age.
func ofJourney(phase corev1.PodPhase, age time.Duration) Input {
	in := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	in.Tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{Journeys: []v1alpha1.JourneySpec{{Name: "hiring", Schedule: "* * * * *"}}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "hiring", CreationTimestamp: metav1.NewTime(t0.Add(-age))}}
	pod.Status.Phase = phase
	in.Snapshot.Journeys = map[string]snapshot.Journey{"hiring": {Running: true, Current: pod}}
	return in
}

// A journey that has no CronJob before the tracker has started says so.
func TestJourneyBeforeTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		started bool
		want    string
	}{
		"starting": {false, `journeys "hiring" and "nightly" wait until the API and the frontend each have an available pod`},
		"started":  {true, `journeys "hiring" and "nightly" have not run yet`},
	} {
		in := ofJourney(corev1.PodRunning, time.Second)
		in.Tracker.Spec.Monitoring.Journeys = append(in.Tracker.Spec.Monitoring.Journeys, v1alpha1.JourneySpec{Name: "nightly", Schedule: "0 3 * * *"})
		in.Snapshot.Journeys = nil
		if !test.started {
			in.Snapshot.Deployments[v1alpha1.ComponentFrontend].Status.AvailableReplicas = 0
		}
		got := journeysPassing(in)[0]
		if got.Status != metav1.ConditionUnknown || got.Reason != v1alpha1.ReasonNotRunYet || got.Message != test.want {
			t.Errorf("%s: %s %s: %s", name, got.Status, got.Reason, got.Message)
		}
	}
}

// What kept a run from being started is reported until a run is started, and not again.
func TestCauseThatAJourneyCantStartEnds(t *testing.T) {
	for _, test := range []struct {
		phase corev1.PodPhase
		want  string
	}{
		{corev1.PodPending, `journey "hiring" can't start: no node`},
		{corev1.PodRunning, `journey "hiring" failed: it did not end within 1m0s (timeout)`},
	} {
		in := ofJourney(test.phase, time.Second)
		journey := in.Snapshot.Journeys["hiring"]
		journey.Last = &snapshot.Run{Reason: batchv1.JobReasonDeadlineExceeded}
		in.Snapshot.Journeys["hiring"] = journey
		in.Tracker.Status.ObservedGeneration = in.Tracker.Generation
		in.Tracker.Status.Conditions = []metav1.Condition{{
			Type: v1alpha1.ConditionJourneysPassing, Status: metav1.ConditionFalse,
			Reason: v1alpha1.ReasonJourneyFailed, Message: `journey "hiring" can't start: no node`,
		}}
		if got := journeysPassing(in)[0].Message; got != test.want {
			t.Errorf("%s: got %s, want %s", test.phase, got, test.want)
		}
	}
}

// A pod that is not scheduled at once, or whose image is not pulled at once, is no failure yet.
func TestNewPodOfAJourneyHasTime(t *testing.T) {
	for age, fails := range map[time.Duration]bool{attendance - time.Second: false, attendance: true} {
		in := ofJourney(corev1.PodPending, age)
		in.Snapshot.Journeys["hiring"].Current.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "journey", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "not found"}},
		}}
		got := journeysPassing(in)[0]
		if failed := strings.Contains(got.Message, cantStart); failed != fails {
			t.Errorf("after %s: %s: %s", age, got.Status, got.Message)
		}
		if got, want := RecheckAfter(in.Tracker, v1alpha1.InterviewTrackerStatus{}, in.Snapshot, Rollout{}, t0.Time), attendance-age; got != want {
			t.Errorf("after %s: rechecked after %s, want %s", age, got, want)
		}
	}
}
