// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// migrationsOf is a pass over a working tracker whose migrations have a Job with the
// condition given, if any, and pods.
func migrationsOf(t batchv1.JobConditionType, reason string, pods ...corev1.Pod) Input {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	p.Tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"migrate"}}
	p.Snapshot.MigrationJob = &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "hiring-migrate-1"}}
	if t != "" {
		p.Snapshot.MigrationJob.Status.Conditions = []batchv1.JobCondition{
			{Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue},
			{Type: t, Status: corev1.ConditionTrue, Reason: reason, Message: "the Job's own message"},
		}
	}
	p.Snapshot.Pods[v1alpha1.ComponentMigrate] = pods
	return p
}

// withCondition makes a condition of the migrations' Job True.
func withCondition(t batchv1.JobConditionType) func(*Input) {
	return func(p *Input) {
		p.Snapshot.MigrationJob.Status.Conditions = []batchv1.JobCondition{{Type: t, Status: corev1.ConditionTrue}}
	}
}

// failed is a pod that ended with the exit code and the output given, after some time.
func failed(name string, after time.Duration, code int32, output string) corev1.Pod {
	return pod(name, "", func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodFailed
		p.Status.ContainerStatuses[0].State.Terminated = &corev1.ContainerStateTerminated{
			Reason: "Error", ExitCode: code, Message: output, FinishedAt: metav1.NewTime(t0.Add(after)),
		}
	})
}

const jobWords = "Job hiring-migrate-1 failed (BackoffLimitExceeded): "

func TestMigrations(t *testing.T) {
	database := func(pods ...corev1.Pod) func(*Input) {
		return func(p *Input) {
			p.Snapshot.MigrationJob, p.Snapshot.Application = nil, snapshot.Application{Settled: true}
			p.Snapshot.Pods[v1alpha1.ComponentDatabase] = pods
		}
	}
	tests := []struct {
		name    string
		input   Input
		change  func(*Input)
		want    string // The condition's status and reason.
		message string // What its message is.
		ready   string // Ready's status and reason, where these are others.
	}{
		{
			name: "the Job succeeded", input: migrationsOf(batchv1.JobComplete, "", failed("a", 0, 1, "")),
			want: "True Complete", message: "Job hiring-migrate-1 succeeded", ready: "True Ready",
		},
		{
			name: "the Job succeeded and is recorded", input: migrationsOf(batchv1.JobComplete, ""), change: func(p *Input) {
				p.Snapshot.MigrationRecord = &v1alpha1.MigrationsStatus{Job: "hiring-migrate-1", CompletedAt: t0}
			},
			want: "True Complete", message: "Job hiring-migrate-1 succeeded", ready: "True Ready",
		},
		{
			name: "the Job succeeded and is gone", input: migrationsOf("", ""), change: func(p *Input) {
				p.Snapshot.MigrationJob, p.Snapshot.MigrationRecord = nil, &v1alpha1.MigrationsStatus{Job: "hiring-migrate-1", CompletedAt: t0}
			},
			want: "True Complete", message: "Job hiring-migrate-1 succeeded at " + t0.UTC().Format(time.RFC3339) + ", and was deleted afterwards", ready: "True Ready",
		},
		{
			name: "the Job runs", input: migrationsOf("", "", pod("a", "", running)),
			want: "False Running", message: "Job hiring-migrate-1 is running",
		},
		{
			name: "the Job runs again", input: migrationsOf("", "", failed("a", 0, 3, "no table"), pod("b", "", running)),
			want: "False Running", message: "Job hiring-migrate-1 is running again, after a failure: pod a, container main exited with code 3: no table",
		},
		{
			name: "the database starts", input: migrationsOf("", ""), change: database(pod("hiring-database-0", "", running)),
			want: "False Running", message: "the migrations wait for pod hiring-database-0 to be ready", ready: "False Starting",
		},
		{
			name: "the database can't start", input: migrationsOf("", ""),
			change: database(pod("hiring-database-0", "", waiting("ErrImagePull", "not found"))),
			want:   "False Running", message: "the migrations wait for pod hiring-database-0 to be ready", ready: "False DependencyDown",
		},
		{
			name: "earlier migrations have yet to end", input: migrationsOf("", ""),
			change: func(p *Input) {
				p.Snapshot.MigrationJob, p.Snapshot.OlderMigrations = nil, []string{"pod hiring-migrate-0-x"}
			},
			want: "False Running", message: "the migrations wait for pod hiring-migrate-0-x of earlier migrations to end",
		},
		{
			name: "nothing is in the way of a Job", input: migrationsOf("", ""), change: database(pod("hiring-database-0", "", isReadyPod)),
			want: "False Running", message: "the Job of the migrations does not exist yet",
		},
		{
			name: "the image is wrong", input: migrationsOf("", "", pod("a", "", waiting("ImagePullBackOff", "Back-off pulling image: ErrImagePull: not found"))),
			want: "False ImagePullFailed", message: `pod a, container main: image "registry.example.com/api:1.0.0" can't be pulled: not found`,
		},
		{
			name: "no node takes the pod", input: migrationsOf("", "", failed("a", 0, 1, ""), pod("b", "", unschedulable("no room"))),
			want: "False Unschedulable", message: "pod b can't be scheduled: no room",
		},
		{
			name: "the Job failed, and its last pod has the cause",
			input: migrationsOf(batchv1.JobFailed, "BackoffLimitExceeded",
				failed("c", 0, 1, "first"), failed("a", 2*time.Minute, 3, "cannot reach postgres://u:secret@db/x\nbye"), failed("b", time.Minute, 1, "second")),
			want:    "False Failed",
			message: jobWords + "pod a, container main exited with code 3: cannot reach postgres://u:***@db/x bye; delete the Job to run it again, or change the version",
		},
		{
			name: "the Job took too long", input: migrationsOf(batchv1.JobFailed, "DeadlineExceeded"),
			change: func(p *Input) { p.Snapshot.MigrationJob.Spec.ActiveDeadlineSeconds = new(int64(60)) },
			want:   "False Failed",
			message: "Job hiring-migrate-1 failed (DeadlineExceeded): it took longer than 60 s (spec.migrations.activeDeadlineSeconds); " +
				"delete the Job to run it again, or change the version",
		},
		{
			name: "a rule of the Job gives it up", input: migrationsOf(batchv1.JobFailed, "PodFailurePolicy"),
			want: "False Failed", message: "Job hiring-migrate-1 failed (PodFailurePolicy): the Job's own message" + whatNow,
		},
		{
			name: "the Job fails when its pods have ended", input: migrationsOf("", "", failed("a", 0, 1, "no table")),
			change: func(p *Input) {
				withCondition(batchv1.JobFailureTarget)(p)
				p.Snapshot.MigrationJob.Status.Conditions[0].Reason = "BackoffLimitExceeded"
			},
			want: "False Failed", message: jobWords + "pod a, container main exited with code 1: no table" + whatNow,
		},
		{
			name: "the Job succeeds when its pods have ended", input: migrationsOf("", "", pod("a", "", running)), change: withCondition(batchv1.JobSuccessCriteriaMet),
			want: "False Running", message: "Job hiring-migrate-1 succeeds when its pods have ended",
		},
		{
			name: "suspended-job", input: migrationsOf("", ""),
			change: func(p *Input) { p.Snapshot.MigrationJob.Spec.Suspend = new(true) },
			want:   "False Paused",
			message: "Job hiring-migrate-1 is suspended (spec.suspend): " +
				`run kubectl patch job/hiring-migrate-1 -n default --type=merge -p '{"spec":{"suspend":false}}'`,
		},
		{
			name: "a suspended Job that Kueue admits", input: migrationsOf("", ""),
			change: func(p *Input) {
				p.Snapshot.MigrationJob.Spec.Suspend = new(true)
				p.Snapshot.MigrationJob.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "small"}
			},
			want: "False Paused",
			message: `Job hiring-migrate-1 is suspended (spec.suspend) until Kueue admits it to queue "small": ` +
				"look at its Workload with kubectl describe workloads -n default",
		},
		{
			name: "a Job that another controller has", input: migrationsOf("", ""),
			change:  func(p *Input) { p.Snapshot.MigrationJob.Spec.ManagedBy = new("kueue.x-k8s.io/multikueue") },
			want:    "False Running",
			message: `Job hiring-migrate-1 has no pod yet: spec.managedBy gives it to "kueue.x-k8s.io/multikueue", not to the cluster's Job controller`,
		},
		{
			name: "a Job that is being deleted", input: migrationsOf("", ""),
			change: func(p *Input) {
				p.Snapshot.MigrationJob.DeletionTimestamp, p.Snapshot.MigrationJob.Finalizers = &t0, []string{"example.com/archive"}
			},
			want:    "False Running",
			message: "Job hiring-migrate-1 is being deleted, and waits for who set its finalizers to remove them: example.com/archive",
		},
		{
			name: "a Job without a pod", input: migrationsOf("", ""),
			want: "False Running", message: "Job hiring-migrate-1 has no pod yet",
		},
		{
			name: "the node took the pod",
			input: migrationsOf(batchv1.JobFailed, "BackoffLimitExceeded", pod("a", "", func(p *corev1.Pod) {
				p.Status = corev1.PodStatus{Phase: corev1.PodFailed, Reason: "NodeShutdown", Message: "bye"}
			})),
			want: "False Failed", message: jobWords + "pod a was refused by its node (NodeShutdown): bye" + whatNow,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(&tt.input)
			}
			got := Compute(tt.input).Conditions
			c, summary := got[1], got[0]
			if s := string(c.Status) + " " + c.Reason; c.Type != v1alpha1.ConditionMigrationsComplete || s != tt.want || c.Message != tt.message {
				t.Errorf("got  %s %s %q,\nwant %s %q", c.Type, s, c.Message, tt.want, tt.message)
			}
			if tt.ready == "" {
				tt.ready = tt.want
			}
			if s := string(summary.Status) + " " + summary.Reason; s != tt.ready {
				t.Errorf("Ready is %s, want %s", s, tt.ready)
			}
		})
	}
}

// The record is kept for as long as there is spec.migrations.
func TestTheRecordOfMigrationsStays(t *testing.T) {
	p := migrationsOf("", "")
	p.Tracker.Status.Migrations = &v1alpha1.MigrationsStatus{Job: "hiring-migrate-0"}
	if got := Compute(p).Migrations; got == nil || got.Job != "hiring-migrate-0" {
		t.Errorf("the record became %+v", got)
	}
	p.Tracker.Spec.Migrations = nil
	if got := Compute(p).Migrations; got != nil {
		t.Errorf("without spec.migrations, there is a record: %+v", got)
	}
}

// What waited for an object is written at once when that is gone.
func TestAWaitThatIsOverIsNoProgress(t *testing.T) {
	waits, runs := migrationsOf("", ""), migrationsOf("", "", pod("a", "", running))
	waits.Snapshot.MigrationJob, waits.Snapshot.OlderMigrations = nil, []string{"Job hiring-migrate-0"}
	collected := migrationsOf("", "", pod("a", "", running))
	collected.Reconciling = &Cause{Reason: v1alpha1.ReasonAwaitingGarbageCollection, Message: `Job "hiring-migrate-1" waits: it is being deleted`}
	for name, before := range map[string]v1alpha1.InterviewTrackerStatus{"earlier migrations": Compute(waits), "a deletion": Compute(collected)} {
		if OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, before, Compute(runs)) {
			t.Errorf("the end of %s waits to be reported", name)
		}
		if !OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, before, before) {
			t.Errorf("%s: the wait itself is more than progress", name)
		}
	}
}

// A message says what it said first for as long as it is true, and pods don't live
// as long as their Job.
func TestAFailureOfMigrationsIsToldForAsLongAsItStands(t *testing.T) {
	p := migrationsOf(batchv1.JobFailed, "BackoffLimitExceeded")
	bare := Compute(p)
	p.Tracker.Status = bare
	p.Snapshot.Pods[v1alpha1.ComponentMigrate] = []corev1.Pod{failed("a", 0, 3, "no table"), failed("b", time.Minute, 4, "no column")}
	reported := Compute(p)
	if message := reported.Conditions[1].Message; !strings.Contains(message, "pod b") {
		t.Errorf("the pods that came late are not reported: %q", message)
	}

	p.Tracker.Status = reported
	p.Now = t1
	p.Snapshot.Pods[v1alpha1.ComponentMigrate] = []corev1.Pod{failed("a", 0, 3, "no table")}
	if diff := cmp.Diff(reported, Compute(p)); diff != "" {
		t.Errorf("without the last pod:\n%s", diff)
	}
	p.Snapshot.Pods[v1alpha1.ComponentMigrate] = nil
	p.Tracker.Generation++
	if got := Compute(p).Conditions[1].Message; got != reported.Conditions[1].Message {
		t.Errorf("without pods, in a later generation: %q", got)
	}

	p.Snapshot.MigrationJob.Name = "hiring-migrate-2"
	if got := Compute(p).Conditions[1].Message; strings.Contains(got, "pod b") {
		t.Errorf("another Job is reported to have failed so: %q", got)
	}
}

func TestTheAPIDoesNotClaimWhatTheMigrationsHoldBack(t *testing.T) {
	p := migrationsOf(batchv1.JobFailed, "BackoffLimitExceeded")
	message := func() string {
		return meta.FindStatusCondition(Compute(p).Conditions, v1alpha1.ConditionAPIAvailable).Message
	}
	if got, want := message(), "1 of 1 pods are ready; they are not replaced until the migrations have run"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	delete(p.Snapshot.Deployments, v1alpha1.ComponentAPI)
	if got, want := message(), "Deployment hiring-api will be created when the migrations have run"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMigrationsAreToldInEvents(t *testing.T) {
	started := Compute(migrationsOf("", "", pod("a", "", running)))
	p := migrationsOf(batchv1.JobFailed, "BackoffLimitExceeded", failed("a", 0, 3, "no table"))
	p.Tracker.Status = started
	bad := Compute(p)
	want := []Event{{"Warning", "MigrationsFailed", "Failed: " + jobWords + "pod a, container main exited with code 3: no table" + whatNow}}
	if diff := cmp.Diff(want, transitions(started, bad)); diff != "" {
		t.Error(diff)
	}
	p = migrationsOf(batchv1.JobComplete, "")
	p.Tracker.Status, p.Now = bad, t1
	want = []Event{
		{"Normal", "MigrationsRecovered", "Job hiring-migrate-1 succeeded, after 2m0s of Failed"},
		{"Normal", "Ready", "all components and dependencies work"},
	}
	if diff := cmp.Diff(want, transitions(bad, Compute(p))); diff != "" {
		t.Error(diff)
	}
	p.Tracker.Status = started
	if got := transitions(started, Compute(p)); len(got) != 1 || got[0].Reason != "Ready" {
		t.Errorf("routine is reported: %v", got)
	}
	waits := migrationsOf("", "", pod("a", "", running))
	waits.Snapshot.MigrationJob = nil
	if !OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, started, Compute(waits)) || OnlyProgress(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, started, bad) {
		t.Error("running migrations are mere progress, failed ones are not")
	}
}

func TestUnreadMigrationsAreUnknown(t *testing.T) {
	p := migrationsOf(batchv1.JobComplete, "")
	p.Snapshot = nil
	if c := Compute(p).Conditions[1]; c.Type != v1alpha1.ConditionMigrationsComplete || c.Status != metav1.ConditionUnknown {
		t.Errorf("%+v", c)
	}
}

// The deadline of a Job deletes its pods, and what kept them from running is not lost.
func TestWhatKeptAJobUntilItsDeadlineIsTold(t *testing.T) {
	p := migrationsOf("", "", pod("hiring-migrate-1-a", "", waiting("ErrImagePull", "not found")))
	p.Tracker.Status = Compute(p)
	const withheld = words.Withheld + "it reads a Secret"
	for range 2 {
		before := p.Tracker.Status
		// A pod that failed before it is not deleted, and the one that is was ended by it.
		ended := failed("hiring-migrate-1-a", time.Second, 143, withheld)
		ended.DeletionTimestamp = &t0
		p = migrationsOf(batchv1.JobFailed, "DeadlineExceeded", failed("hiring-migrate-1-0", 0, 1, withheld), ended)
		p.Snapshot.MigrationJob.Spec.ActiveDeadlineSeconds = new(int64(60))
		p.Tracker.Status = before
		p.Tracker.Status = Compute(p)
		want := "Job hiring-migrate-1 failed (DeadlineExceeded): it took longer than 60 s (spec.migrations.activeDeadlineSeconds); until then, " +
			`pod hiring-migrate-1-a, container main: image "registry.example.com/api:1.0.0" can't be pulled: not found` + whatNow
		if got := p.Tracker.Status.Conditions[1].Message; got != want {
			t.Errorf("got  %q,\nwant %q", got, want)
		}
	}
	p.Snapshot.MigrationJob.Name = "hiring-migrate-2"
	if got := Compute(p).Conditions[1].Message; strings.Contains(got, "until then") {
		t.Errorf("another Job: %q", got)
	}
	p.Tracker.Status = v1alpha1.InterviewTrackerStatus{}
	if got, want := Compute(p).Conditions[1].Message, "(spec.migrations.activeDeadlineSeconds); before that, pod hiring-migrate-1-0, container main exited with code 1: "+withheld; !strings.Contains(got, want) {
		t.Errorf("a Job that failed again and again: %q", got)
	}
}

// A pod that an autoscaler adds has yet to read the migrations: that undoes nothing.
func TestAPodThatIsAddedUndoesNoMigrations(t *testing.T) {
	p := Input{Catalog: catalog.Default(), Tracker: tracker(), Snapshot: working(), Now: t0}
	added := says("hiring-api-new-b", healthy, healthy)
	added.Migrations = "pending"
	p.Snapshot.Pods[v1alpha1.ComponentAPI] = append(p.Snapshot.Pods[v1alpha1.ComponentAPI], pod(added.Pod, "new", running))
	p.Snapshot.Application.Pods = append(p.Snapshot.Application.Pods, added)
	migrations := func() string {
		c := Compute(p).Conditions[1]
		return string(c.Status) + " " + c.Reason + ": " + c.Message
	}
	const pending = "False Running: pod hiring-api-new-b reports that migrations are pending"
	if got := migrations(); got != pending {
		t.Errorf("in a new tracker: %s", got)
	}
	before := p
	before.Snapshot = working()
	p.Tracker.Status = Compute(before)
	if got := migrations(); got != "True Complete: the API's pods report that the migrations are complete" {
		t.Errorf("once they were complete: %s", got)
	}
	p.Snapshot.Application.Pods = p.Snapshot.Application.Pods[1:]
	if got := migrations(); got != pending {
		t.Errorf("as every pod says that they are pending: %s", got)
	}
}
