//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A journey passes, fails while the database hangs, with the step in the condition, and recovers. Its
// CronJob is repaired, and goes with the journey.
func TestJourneys(t *testing.T) {
	t.Parallel()
	localOnly(t)
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.Monitoring = &v1alpha1.MonitoringSpec{Journeys: []v1alpha1.JourneySpec{{Name: "hiring", Interval: &metav1.Duration{Duration: time.Minute}}}}
	})
	ready(t, tracker)
	passes := func() bool { return is(tracker, v1alpha1.ConditionJourneysPassing, "True Passing") }
	eventually(t, tracker, "the journey does not pass", passes)

	// The form is the frontend's own. What it sends is the first that needs the database; the API answers,
	// or the frontend, if the API's pod is no longer ready.
	const failed = `journey "hiring" failed: step "add a position": POST /api/positions answered 50`
	pod := fetch(t, tracker, "hiring-database-0", &corev1.Pod{})
	signal(t, pod, postgresProcess, syscall.SIGSTOP)
	defer signal(t, pod, postgresProcess, syscall.SIGCONT)
	eventually(t, tracker, "the failure is not reported", func() bool {
		c := meta.FindStatusCondition(tracker.Status.Conditions, v1alpha1.ConditionJourneysPassing)
		return c.Reason == v1alpha1.ReasonJourneyFailed && strings.HasPrefix(c.Message, failed) && is(tracker, "Ready", "False DependencyDown")
	})
	record(t, "journey-failed", tracker)
	described, err := kubectl("-n", tracker.Namespace, "describe", "itr", tracker.Name)
	must(t, err)
	if !strings.Contains(strings.Join(strings.Fields(described), " "), failed) {
		t.Errorf("kubectl describe does not show %q:\n%s", failed, described)
	}
	signal(t, pod, postgresProcess, syscall.SIGCONT)
	ready(t, tracker)
	eventually(t, tracker, "the journey does not recover", passes)
	emitted(t, tracker, "JourneyFailed", `journey "hiring" failed: step `) // The first failure may be of a run that had begun before.
	emitted(t, tracker, "JourneyRecovered", "of JourneyFailed")

	cron := fetch(t, tracker, "hiring-journey-hiring", &batchv1.CronJob{})
	patch := client.MergeFrom(cron.DeepCopy())
	cron.Spec.Schedule = "0 0 1 1 *"
	must(t, k8s.Patch(t.Context(), cron, patch))
	eventually(t, tracker, "the schedule is not repaired", func() bool {
		return fetch(t, tracker, cron.Name, &batchv1.CronJob{}).Spec.Schedule == "* * * * *"
	})
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Monitoring = nil })
	eventually(t, tracker, "the CronJob stays", func() bool {
		return apierrors.IsNotFound(k8s.Get(t.Context(), client.ObjectKeyFromObject(cron), cron))
	})
}
