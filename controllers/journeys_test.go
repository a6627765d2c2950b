// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// runJourney makes a Job of a journey's CronJob, and its pod, as their controllers do. The pod has
// ended, with a message if it has failed, and the operator sees it before the end of the Job.
func (o *operator) runJourney(t *testing.T, tracker *v1alpha1.InterviewTracker, journey string, started time.Time, failure string) *batchv1.Job {
	t.Helper()
	cron := fetch(t, tracker, tracker.JourneyName(journey), &batchv1.CronJob{})
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, GenerateName: cron.Name + "-", Labels: cron.Spec.JobTemplate.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(cron, batchv1.SchemeGroupVersion.WithKind("CronJob"))},
		},
		Spec: *cron.Spec.JobTemplate.Spec.DeepCopy(),
	}
	must(t, k8s.Create(t.Context(), job))
	pod := podOfJourney(t, job)
	pod.Status.Phase = corev1.PodSucceeded
	ended := &corev1.ContainerStateTerminated{StartedAt: metav1.NewTime(started), FinishedAt: metav1.NewTime(started.Add(3 * time.Second))}
	if failure != "" {
		pod.Status.Phase, ended.ExitCode, ended.Reason, ended.Message = corev1.PodFailed, 1, "Error", failure
	}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "journey", State: corev1.ContainerState{Terminated: ended}}}
	must(t, k8s.Status().Update(t.Context(), pod))
	o.seen(t, pod)

	end := metav1.NewTime(started.Add(5 * time.Second).Truncate(time.Second))
	job.Status.StartTime = new(metav1.NewTime(started.Truncate(time.Second)))
	conditions := []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed}
	if failure == "" {
		conditions = []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete}
		job.Status.CompletionTime, job.Status.Succeeded = &end, 1
	} else {
		job.Status.Failed = 1
	}
	for _, c := range conditions {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: c, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", LastTransitionTime: end,
		})
	}
	must(t, k8s.Status().Update(t.Context(), job))
	return job
}

// podOfJourney makes the pod of a Job.
func podOfJourney(t *testing.T, job *batchv1.Job) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: job.Namespace, GenerateName: job.Name + "-", Labels: job.Spec.Template.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(job, batchv1.SchemeGroupVersion.WithKind("Job"))},
		},
		Spec: job.Spec.Template.Spec,
	}
	pod.Spec.ServiceAccountName = ""
	must(t, k8s.Create(t.Context(), pod))
	return pod
}

// withJourneys has two journeys. The second one has a password in Secret journey.
func withJourneys(tracker *v1alpha1.InterviewTracker) {
	if tracker.Spec.Monitoring == nil {
		tracker.Spec.Monitoring = &v1alpha1.MonitoringSpec{}
	}
	tracker.Spec.Monitoring.Journeys = []v1alpha1.JourneySpec{
		{Name: "hiring", Interval: &metav1.Duration{Duration: 5 * time.Minute}},
		{Name: "nightly", Schedule: "0 3 * * *", Image: "registry.example.com/journey:1", Env: []corev1.EnvVar{{
			Name: "PASSWORD",
			ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "journey"}, Key: "password",
			}},
		}}},
	}
}

const journeyFailure = `tracker journey: step "schedule an interview": POST /api/interviews answered 503 Service Unavailable: the database is not available`

func TestJourneys(t *testing.T) {
	t.Parallel()
	o := start(t)
	registry := registered(t, o.Metrics)
	tracker := create(t, namespace(t), withJourneys)
	o.observed(t, tracker)
	if exists(t, tracker, "hiring-journey-hiring", &batchv1.CronJob{}) {
		t.Error("a journey begins before the tracker has started")
	}
	o.ready(t, tracker)
	expect := func(reason, text string) {
		t.Helper()
		o.until(t, tracker, "JourneysPassing is not "+reason+": "+text, func() bool {
			return condition(tracker, v1alpha1.ConditionJourneysPassing) == reason && message(tracker, v1alpha1.ConditionJourneysPassing) == text
		})
		if got := condition(tracker, v1alpha1.ConditionReady); got != "True Ready" {
			t.Errorf("Ready is %s", got)
		}
	}
	expect("Unknown NotRunYet", `journeys "hiring" and "nightly" have not run yet`)
	o.events()
	begin := time.Now().Add(time.Minute).Truncate(time.Second) // After the CronJobs were created.
	o.runJourney(t, tracker, "hiring", begin, "")
	expect("Unknown NotRunYet", `journey "nightly" has not run yet`)
	o.runJourney(t, tracker, "nightly", begin, "")
	expect("True Passing", "2 journeys pass")

	// A run that ends as the one before costs no write.
	quiet := func(journey, failure string, at time.Time) {
		t.Helper()
		o.settle(t, tracker)
		o.requests.take()
		o.runJourney(t, tracker, journey, at, failure)
		last := fmt.Sprintf(`interviewtracker_journey_last_run_timestamp_seconds{journey=%q,name="hiring",namespace=%q}`, journey, tracker.Namespace)
		o.until(t, tracker, "the run is not seen", func() bool {
			return series(t, registry)[last] == float64(at.Add(5*time.Second).Unix())
		})
		// Other words than before are compared with the Secrets that may be in them.
		if got := writes(notWatches(o.requests.take())); len(got) > 0 {
			t.Errorf("a run like the last one costs %v", got)
		}
	}
	quiet("hiring", "", begin.Add(time.Minute))

	o.runJourney(t, tracker, "hiring", begin.Add(2*time.Minute), journeyFailure)
	expect("False JourneyFailed", `journey "hiring" failed: step "schedule an interview": `+
		`POST /api/interviews answered 503 Service Unavailable: the database is not available`)
	quiet("hiring", strings.ReplaceAll(journeyFailure, "503 Service Unavailable", "502 Bad Gateway"), begin.Add(3*time.Minute))
	value := func(metric, journey string) float64 {
		return series(t, registry)[fmt.Sprintf(`interviewtracker_journey_%s{journey=%q,name="hiring",namespace=%q}`, metric, journey, tracker.Namespace)]
	}
	for what, want := range map[[2]string]float64{
		{"success", "hiring"}: 0, {"success", "nightly"}: 1,
		{"duration_seconds", "hiring"}: 5, {"interval_seconds", "hiring"}: 300, {"interval_seconds", "nightly"}: 24 * 3600,
	} {
		if got := value(what[0], what[1]); got != want {
			t.Errorf("%s of %s is %v, want %v", what[0], what[1], got, want)
		}
	}
	o.runJourney(t, tracker, "hiring", begin.Add(4*time.Minute), `tracker journey: step "add a position": GET /positions/new: no answer within 10s`)
	expect("False JourneyFailed", `journey "hiring" failed: step "add a position": GET /positions/new: no answer within 10s`)
	// An image that reads other Secrets may print what they hold.
	o.runJourney(t, tracker, "nightly", begin.Add(4*time.Minute), "s3cret")
	o.until(t, tracker, "the second failure is not reported", func() bool {
		return strings.HasPrefix(message(tracker, v1alpha1.ConditionJourneysPassing), `journeys "hiring" and "nightly" fail; journey "hiring" failed: step`)
	})
	o.runJourney(t, tracker, "hiring", begin.Add(5*time.Minute), "")
	o.until(t, tracker, "the failure of the second journey is not reported", func() bool {
		return strings.HasPrefix(message(tracker, v1alpha1.ConditionJourneysPassing), `journey "nightly" failed: `)
	})
	if got := message(tracker, v1alpha1.ConditionJourneysPassing); strings.Contains(got, "s3cret") || !strings.Contains(got, "withheld") {
		t.Errorf("the message is %s", got)
	}
	o.runJourney(t, tracker, "nightly", begin.Add(6*time.Minute), "")
	expect("True Passing", "2 journeys pass")
	events := strings.Join(o.events(), "\n")
	for _, want := range []string{"Warning JourneyFailed JourneyFailed: journey \"hiring\" failed: step", "Normal JourneyRecovered 2 journeys pass, after "} {
		if strings.Count(events, want) != 1 {
			t.Errorf("%q is not one event of\n%s", want, events)
		}
	}

	// What is no longer wanted goes, with its series.
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Monitoring.Journeys = s.Monitoring.Journeys[:1] })
	o.until(t, tracker, "the CronJob stays", func() bool { return !exists(t, tracker, "hiring-journey-nightly", &batchv1.CronJob{}) })
	expect("True Passing", `journey "hiring" passes`)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Monitoring.Journeys = nil })
	o.until(t, tracker, "the condition stays", func() bool {
		return condition(tracker, v1alpha1.ConditionJourneysPassing) == "absent" && !exists(t, tracker, "hiring-journey-hiring", &batchv1.CronJob{})
	})
	for name := range series(t, registry) {
		if strings.HasPrefix(name, "interviewtracker_journey_") {
			t.Errorf("%s stays", name)
		}
	}
}

// What keeps the pod of a journey from running is reported, and stays when the Job has met its deadline,
// which deletes the pod.
func TestJourneyThatCantStart(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withJourneys)
	o.ready(t, tracker)
	cron := fetch(t, tracker, "hiring-journey-nightly", &batchv1.CronJob{})
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, Name: cron.Name + "-1", Labels: cron.Spec.JobTemplate.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(cron, batchv1.SchemeGroupVersion.WithKind("CronJob"))},
		},
		Spec: *cron.Spec.JobTemplate.Spec.DeepCopy(),
	}
	must(t, k8s.Create(t.Context(), job))
	pod := podOfJourney(t, job)
	pod.Status.Phase = corev1.PodPending
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "journey", Image: "registry.example.com/journey:1",
		State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "not found"}},
	}}
	must(t, k8s.Status().Update(t.Context(), pod))
	want := `journey "nightly" can't start: container journey: image "registry.example.com/journey:1" can't be pulled: not found`
	reported := func() bool {
		return condition(tracker, v1alpha1.ConditionJourneysPassing) == "False ImagePullFailed" &&
			message(tracker, v1alpha1.ConditionJourneysPassing) == want
	}
	o.settle(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionJourneysPassing); got != "Unknown NotRunYet" {
		t.Errorf("before the pod has had time to start: %s", got)
	}
	o.setClock(clocktesting.NewFakePassiveClock(o.Clock.Now().Add(time.Minute)))
	o.until(t, tracker, "the cause is not reported", reported)

	must(t, k8s.Delete(t.Context(), pod, client.GracePeriodSeconds(0)))
	now := metav1.NewTime(time.Now().Truncate(time.Second))
	job.Status.StartTime = &now
	for _, c := range []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: c, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonDeadlineExceeded, LastTransitionTime: now,
		})
	}
	must(t, k8s.Status().Update(t.Context(), job))
	o.settle(t, tracker)
	if !reported() {
		t.Errorf("after the deadline:\n%s", describe(tracker))
	}
}

// The Job of a journey that succeeds is not taken for migrations that have run, nor one that runs for
// earlier migrations that have to end first.
func TestJourneysAreNoMigrations(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withJourneys)
	o.ready(t, tracker)
	o.until(t, tracker, "no CronJob is made", func() bool { return exists(t, tracker, "hiring-journey-hiring", &batchv1.CronJob{}) })
	edit(t, tracker, withMigrationsAgain)
	o.untilJob(t, tracker)
	journey := o.runJourney(t, tracker, "hiring", time.Now().Add(-time.Minute), "")
	o.Observer.JobChanged(journey)
	o.settle(t, tracker)
	if got := condition(tracker, v1alpha1.ConditionMigrationsComplete); got != "False Running" || tracker.Status.Migrations != nil {
		t.Errorf("the journey counts as migrations: %s, %v", got, tracker.Status.Migrations)
	}
	// The Job of the migrations succeeds, and is gone before the tracker is reconciled. A journey's succeeds
	// after it.
	finish(t, tracker, "")
	migrations := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	o.Observer.JobChanged(migrations)
	o.Observer.JobChanged(journey)
	must(t, k8s.Delete(t.Context(), migrations, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	o.until(t, tracker, "the migrations are not recorded", func() bool {
		return tracker.Status.Migrations != nil && tracker.Status.Migrations.JobUID == migrations.UID
	})
	if !exists(t, tracker, journey.Name, &batchv1.Job{}) {
		t.Error("the Job of the journey was pruned")
	}
}
