// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/ownership"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// readJourneys reads how the last run of each journey has ended, from the Jobs that its CronJob
// controls. All of it is in the caches.
func (o *Observer) readJourneys(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot) error {
	journeys, _ := o.Catalog.Journeys(&t.Spec)
	if len(journeys) == 0 {
		return nil
	}
	var jobs batchv1.JobList
	if err := o.list(ctx, t, v1alpha1.ComponentJourney, &jobs); err != nil {
		return err
	}
	s.Journeys = map[string]snapshot.Journey{}
	current, last := map[string]types.UID{}, map[string]types.UID{} // Jobs, by the journey's name.
	for i := range journeys {
		name := journeys[i].Name
		cron := &batchv1.CronJob{}
		found, err := o.get(ctx, t, t.JourneyName(name), cron)
		if err != nil {
			return err
		}
		if !found || !ownership.Of(t, "CronJob", cron).Manageable() {
			continue
		}
		journey := snapshot.Journey{Since: cron.CreationTimestamp.Time}
		if success := cron.Status.LastSuccessfulTime; success != nil {
			journey.Since = success.Time
		}
		for i := range jobs.Items {
			job := &jobs.Items[i]
			if !metav1.IsControlledBy(job, cron) {
				continue
			}
			switch run := snapshot.NewRun(job); {
			case run == nil:
				journey.Running, current[name] = true, job.UID
			case journey.Last == nil || run.Finished.After(journey.Last.Finished):
				journey.Last, last[name] = run, job.UID
			}
		}
		s.Journeys[name] = journey
	}
	return o.readRuns(ctx, t, s, current, last)
}

// readRuns adds the pods of the current and the last runs.
func (o *Observer) readRuns(ctx context.Context, t *v1alpha1.InterviewTracker, s *snapshot.Snapshot, current, last map[string]types.UID) error {
	owners := sets.New[types.UID]()
	for _, jobs := range []map[string]types.UID{current, last} {
		for _, uid := range jobs {
			owners.Insert(uid)
		}
	}
	if err := o.readPods(ctx, t, v1alpha1.ComponentJourney, owners, s); err != nil {
		return err
	}
	pods := s.Pods[v1alpha1.ComponentJourney]
	for name, journey := range s.Journeys {
		for i := range pods { // Their words are masked in place, later.
			switch owner := metav1.GetControllerOf(&pods[i]).UID; {
			case owner == current[name]:
				journey.Current = &pods[i]
			case owner == last[name] && journey.Last.Pod == nil:
				journey.Last.Pod = &pods[i]
			}
		}
		s.Journeys[name] = journey
	}
	return nil
}
