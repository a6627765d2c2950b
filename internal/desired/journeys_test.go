// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// No journey begins before the tracker has started; one that has begun goes on.
func TestJourneysAwaitTheStart(t *testing.T) {
	tracker := newTracker(func(t *v1alpha1.InterviewTracker) {
		t.Spec.Monitoring = &v1alpha1.MonitoringSpec{Journeys: []v1alpha1.JourneySpec{{Name: "a", Schedule: "* * * * *"}, {Name: "b", Schedule: "* * * * *"}}}
	})
	deployments := func(api, frontend int32) map[v1alpha1.Component]*appsv1.Deployment {
		of := func(available int32) *appsv1.Deployment {
			return &appsv1.Deployment{Status: appsv1.DeploymentStatus{AvailableReplicas: available}}
		}
		return map[v1alpha1.Component]*appsv1.Deployment{v1alpha1.ComponentAPI: of(api), v1alpha1.ComponentFrontend: of(frontend)}
	}
	begun := map[string]snapshot.Journey{"a": {}}
	for name, test := range map[string]struct {
		deployments map[v1alpha1.Component]*appsv1.Deployment
		journeys    map[string]snapshot.Journey
		deferred    []string
	}{
		"nothing is there":             {deferred: []string{"hiring-journey-a", "hiring-journey-b"}},
		"the API starts":               {deployments: deployments(0, 1), deferred: []string{"hiring-journey-a", "hiring-journey-b"}},
		"the frontend starts":          {deployments: deployments(1, 0), deferred: []string{"hiring-journey-a", "hiring-journey-b"}},
		"the API is away":              {deployments: deployments(0, 1), journeys: begun, deferred: []string{"hiring-journey-b"}},
		"the API's Deployment is away": {journeys: begun, deferred: []string{"hiring-journey-b"}},
		"one pod of each is available": {deployments: deployments(1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			s := nothing()
			s.Deployments, s.Journeys = test.deployments, test.journeys
			output := build(t, tracker, s)
			var deferred, applied []string
			for _, object := range output.Deferred {
				deferred = append(deferred, object.GetName())
			}
			for _, object := range output.Monitoring {
				if _, ok := object.(*batchv1.CronJob); ok {
					applied = append(applied, object.GetName())
				}
			}
			if !slices.Equal(deferred, test.deferred) || len(applied)+len(deferred) != 2 {
				t.Errorf("%q wait, want %q; %q are applied", deferred, test.deferred, applied)
			}
		})
	}
}

// intervals are all intervals that the CRD admits.
var intervals = []time.Duration{
	time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute, 6 * time.Minute, 10 * time.Minute, 12 * time.Minute,
	15 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour,
	8 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// The schedule of an interval has a run in each interval, and none else.
func TestScheduleOfAnInterval(t *testing.T) {
	for _, interval := range intervals {
		starts := map[string]bool{}
		for i := range 100 {
			tracker := &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Namespace: "hr", Name: fmt.Sprint("hiring", i)}}
			text := JourneySchedule(tracker, &v1alpha1.JourneySpec{Name: "a", Interval: &metav1.Duration{Duration: interval}})
			starts[text] = true
			if text != JourneySchedule(tracker, &v1alpha1.JourneySpec{Name: "a", Interval: &metav1.Duration{Duration: interval}}) {
				t.Fatalf("%s: another schedule the second time", interval)
			}
			schedule, err := cron.ParseStandard(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			at := schedule.Next(time.Date(2026, time.February, 27, 0, 0, 0, 0, time.UTC))
			for range 1500 / (1 + i) {
				next := schedule.Next(at)
				if next.Sub(at) != interval {
					t.Fatalf("%s: %q runs at %s and at %s", interval, text, at, next)
				}
				at = next
			}
		}
		if want := min(int(interval.Minutes()), 40); len(starts) < want {
			t.Errorf("%s: 100 journeys have %d different schedules", interval, len(starts))
		}
	}
}

func TestLongestGapOfASchedule(t *testing.T) {
	for schedule, want := range map[string]time.Duration{
		"* * * * *":            time.Minute,
		"*/7 * * * *":          7 * time.Minute,
		"0-30 * * * *":         30 * time.Minute,
		"0 6 * * *":            24 * time.Hour,
		"0 6 * * 1-5":          72 * time.Hour,
		"0 6,18 * * *":         12 * time.Hour,
		"*/5 9-17 * * 1-5":     63*time.Hour + 5*time.Minute,
		"0 0 1 * *":            31 * 24 * time.Hour,
		"* * * 1 *":            335*24*time.Hour + time.Minute,
		"0 0 29 2 *":           (4*365 + 1) * 24 * time.Hour,
		"0 0 30 2 *":           0,
		"61 * * * *":           0,
		"0 0 * * SUN":          7 * 24 * time.Hour,
		"0 12 13 * 5":          7 * 24 * time.Hour,
		"0 0 31 1,3,5,7 *":     184 * 24 * time.Hour,
		"59 23 31 12 *":        366 * 24 * time.Hour,
		"0 0 1 JAN ?":          366 * 24 * time.Hour,
		"1-59/2 0-23/2 * * 0":  6*24*time.Hour + 62*time.Minute,
		"0 0 1-31/30 2-11/9 *": 274 * 24 * time.Hour,
	} {
		got := JourneyGap(&v1alpha1.InterviewTracker{}, &v1alpha1.JourneySpec{Name: "a", Schedule: schedule})
		if got != want {
			t.Errorf("%q: %s, want %s", schedule, got, want)
		}
	}
}

// The gaps are those of the library, which the cluster's own controller uses.
func TestGapsAreCrons(t *testing.T) {
	for _, text := range []string{"*/7 3,4 * * 1-5", "15 10 */9 * *", "0 8 13 * 5", "30 */5 * 6-8 *", "10-50/20 22 * 2 MON"} {
		schedule, err := cron.ParseStandard(text)
		if err != nil {
			t.Fatal(err)
		}
		var want time.Duration
		end := time.Date(2029, time.January, 1, 0, 0, 0, 0, time.UTC)
		for at := schedule.Next(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)); ; {
			next := schedule.Next(at)
			if !next.Before(end) {
				break
			}
			want = max(want, next.Sub(at))
			at = next
		}
		if got := JourneyGap(&v1alpha1.InterviewTracker{}, &v1alpha1.JourneySpec{Name: "a", Schedule: text}); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func BenchmarkGap(b *testing.B) {
	for b.Loop() {
		JourneyGap(&v1alpha1.InterviewTracker{}, &v1alpha1.JourneySpec{Name: "a", Schedule: "* * * * *"})
	}
}
