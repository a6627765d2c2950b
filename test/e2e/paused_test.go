//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// A Deployment that somebody pauses is named when a new version waits for it, with the command
// that resumes it.
func TestPausedRollout(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", nil)
	ready(t, tracker)
	_, err := kubectl("-n", tracker.Namespace, "rollout", "pause", "deployment/hiring-api")
	must(t, err)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	eventually(t, tracker, "the pause is not reported", func() bool { return is(tracker, "Ready", "False Paused") })
	resumes(t, tracker, "rollout", "resume", "deployment/hiring-api", "-n", tracker.Namespace)
	record(t, "paused-rollout", tracker)
	_, err = kubectl("rollout", "resume", "deployment/hiring-api", "-n", tracker.Namespace)
	must(t, err)
	ready(t, tracker)
	if got := tracker.Status.Version; got != "1.1.0" {
		t.Errorf("version %q runs", got)
	}
}

// A Job that somebody suspends is named, with the command that resumes it.
func TestSuspendedJob(t *testing.T) {
	t.Parallel()
	tracker := create(t, namespace(t), "hiring", func(s *v1alpha1.InterviewTrackerSpec) {
		s.API = &v1alpha1.ComponentSpec{Image: "interview-tracker-api:9.9.9"}
		s.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
	})
	eventually(t, tracker, "the Job does not start", func() bool { return is(tracker, "MigrationsComplete", "False ImagePullFailed") })
	job, err := kubectl("-n", tracker.Namespace, "get", "jobs", "-o", "name")
	must(t, err)
	job = strings.Replace(strings.TrimSpace(job), "job.batch/", "job/", 1)
	_, err = kubectl("patch", job, "-n", tracker.Namespace, "--type=merge", "-p", `{"spec":{"suspend":true}}`)
	must(t, err)
	eventually(t, tracker, "that the Job is suspended is not reported", func() bool { return is(tracker, "Ready", "False Paused") })
	resume := []string{"patch", job, "-n", tracker.Namespace, "--type=merge", "-p"}
	resumes(t, tracker, append(resume, `'{"spec":{"suspend":false}}'`)...)
	record(t, "suspended-job", tracker)
	_, err = kubectl(append(resume, `{"spec":{"suspend":false}}`)...)
	must(t, err)
	eventually(t, tracker, "the Job does not go on", func() bool { return is(tracker, "Ready", "False ImagePullFailed") })
}

// resumes checks that Ready says which command resumes what is paused.
func resumes(t *testing.T, tracker *v1alpha1.InterviewTracker, command ...string) {
	t.Helper()
	if got, want := tracker.Status.Conditions[0].Message, "run kubectl "+strings.Join(command, " "); !strings.Contains(got, want) {
		t.Errorf("the message %q does not say %q", got, want)
	}
}
