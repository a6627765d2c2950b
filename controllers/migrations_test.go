// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/desired"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

func withMigrations(tracker *v1alpha1.InterviewTracker) {
	tracker.Spec.Migrations = &v1alpha1.MigrationsSpec{Command: []string{"/tracker", "migrate"}}
}

// jobName is the name of the Job of the tracker's current version.
func jobName(tracker *v1alpha1.InterviewTracker) string {
	return desired.MigrationJobName(tracker, catalog.Default())
}

// finish does what the Job's controller does at its end: of success with no reason,
// of failure with one.
func finish(t *testing.T, tracker *v1alpha1.InterviewTracker, failure string) {
	t.Helper()
	job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	now := metav1.Now()
	job.Status.StartTime = new(metav1.NewTime(now.Add(-time.Minute)))
	end := []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed}
	if failure == "" {
		end = []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete}
		job.Status.CompletionTime, job.Status.Succeeded = &now, 1
	}
	for _, conditionType := range end {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: conditionType, Status: corev1.ConditionTrue, Reason: failure, LastTransitionTime: now,
		})
	}
	must(t, k8s.Status().Update(t.Context(), job))
}

// migrationPod makes a pod of the current Job, in a state, which the operator sees.
func (o *operator) migrationPod(t *testing.T, tracker *v1alpha1.InterviewTracker, status corev1.PodStatus) *corev1.Pod {
	t.Helper()
	pod := makeMigrationPod(t, tracker, status)
	o.seen(t, pod)
	return pod
}

// makeMigrationPod makes a pod of the current Job, in a state.
func makeMigrationPod(t *testing.T, tracker *v1alpha1.InterviewTracker, status corev1.PodStatus) *corev1.Pod {
	t.Helper()
	job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tracker.Namespace, GenerateName: job.Name + "-", Labels: job.Spec.Template.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(job, batchv1.SchemeGroupVersion.WithKind("Job"))},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "migrate", Image: "x"}}},
	}
	must(t, k8s.Create(t.Context(), pod))
	pod.Status = status
	must(t, k8s.Status().Update(t.Context(), pod))
	return pod
}

func runDependencies(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	runDependency(t, tracker, v1alpha1.ComponentDatabase)
	runDependency(t, tracker, v1alpha1.ComponentRedis)
}

func (o *operator) untilJob(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.until(t, tracker, "no Job is made", func() bool { return exists(t, tracker, jobName(tracker), &batchv1.Job{}) })
}

// migrate brings a new tracker with migrations up.
func (o *operator) migrate(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	finish(t, tracker, "")
	o.until(t, tracker, "the API is not made", func() bool { return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) })
	o.ready(t, tracker)
}

// later advances the clock by as long as mere progress may wait to be reported.
func (o *operator) later() {
	o.setClock(clocktesting.NewFakePassiveClock(o.Clock.Now().Add(2 * progressDelay)))
}

// unchanged checks that ten reconciliations cost nothing, nor one after a restart.
func (o *operator) unchanged(t *testing.T, tracker *v1alpha1.InterviewTracker) {
	t.Helper()
	o.settle(t, tracker)
	o.later()
	o.settle(t, tracker)
	o.requests.take()
	for range 10 {
		o.once(t, tracker)
	}
	if got := notWatches(o.requests.take()); len(got) > 0 {
		t.Errorf("ten reconciliations cost %d requests:\n%v", len(got), got)
	}
	restarted := start(t)
	restarted.setClock(o.Clock)
	restarted.requests.take()
	restarted.once(t, tracker)
	if got := notWatches(restarted.requests.take()); len(got) > 0 {
		t.Errorf("a reconciliation after a restart cost %d requests:\n%v", len(got), got)
	}
}

func TestMigrationsComeBeforeTheFirstPods(t *testing.T) {
	t.Parallel()
	o := start(t)
	o.frozenClock() // Progress that takes long is reported in between.
	tracker := create(t, namespace(t), withMigrations)
	o.requests.take()
	noAPI := func() {
		t.Helper()
		o.once(t, tracker)
		if exists(t, tracker, "hiring-api", &appsv1.Deployment{}) {
			t.Fatal("the API was made before the migrations had run")
		}
	}

	o.observed(t, tracker)
	noAPI()
	if exists(t, tracker, jobName(tracker), &batchv1.Job{}) {
		t.Error("the Job was made before the database was ready")
	}
	if got := condition(tracker, "Ready"); got != "False Starting" {
		t.Errorf("Ready is %q, want that the database starts:\n%s", got, describe(tracker))
	}
	if got := message(tracker, "MigrationsComplete"); got != "the migrations wait for pod hiring-database-0 to be ready" {
		t.Errorf("MigrationsComplete says %q", got)
	}

	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	noAPI()
	finish(t, tracker, "")
	o.until(t, tracker, "the API is not made", func() bool { return exists(t, tracker, "hiring-api", &appsv1.Deployment{}) })
	o.ready(t, tracker)
	if got := condition(tracker, "MigrationsComplete"); got != "True Complete" {
		t.Errorf("MigrationsComplete is %q", got)
	}
	children := len(tracker.Status.Applied())
	if got := writes(o.requests.take()); len(got) > children+3 {
		// Three statuses: the first, the record of the migrations, and the last.
		t.Errorf("%d writes for %d children, want at most %d:\n%v", len(got), children, children+3, got)
	}
	o.unchanged(t, tracker)
}

func TestMigrationsHoldTheNextVersionBack(t *testing.T) {
	t.Parallel()
	o := start(t)
	o.frozenClock() // Progress that takes long is reported in between.
	tracker := create(t, namespace(t), withMigrations)
	o.migrate(t, tracker)
	first := jobName(tracker)
	d := fetch(t, tracker, "hiring-api", &appsv1.Deployment{})
	restart := `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"now"}}}}}`
	must(t, k8s.Patch(t.Context(), d, client.RawPatch(types.StrategicMergePatchType, []byte(restart))))
	template := d.Spec.Template.DeepCopy()
	kept := func(when string) {
		t.Helper()
		if diff := cmp.Diff(*template, fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template); diff != "" {
			t.Fatalf("%s, the API's template changed:\n%s", when, diff)
		}
	}

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) {
		s.Version = "1.1.0"
		s.API = &v1alpha1.ComponentSpec{Replicas: new(int32(3)), Env: []corev1.EnvVar{{Name: "NEW", Value: "1"}}}
		s.Patches = []v1alpha1.Patch{{
			Target: &v1alpha1.PatchTarget{Kind: "Deployment", Name: "hiring-api"},
			Patch:  `[{op: add, path: /spec/template/spec/priorityClassName, value: urgent}]`,
		}}
	})
	o.untilJob(t, tracker)
	running := o.migrationPod(t, tracker, corev1.PodStatus{Phase: corev1.PodRunning})
	o.until(t, tracker, "the replicas are not applied", func() bool {
		return *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas == 3
	})
	rollOut(t, tracker, v1alpha1.ComponentAPI)
	rollOut(t, tracker, v1alpha1.ComponentFrontend)
	o.until(t, tracker, "the running Job is not reported", func() bool { return condition(tracker, "Ready") == "False Running" })
	if exists(t, tracker, first, &batchv1.Job{}) {
		t.Error("the Job of the old version is still there")
	}
	kept("while the Job runs")
	o.unchanged(t, tracker)
	kept("while the Job runs")

	must(t, k8s.Delete(t.Context(), running, client.GracePeriodSeconds(0)))
	o.migrationPod(t, tracker, corev1.PodStatus{
		Phase: corev1.PodFailed,
		ContainerStatuses: []corev1.ContainerStatus{{Name: "migrate", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, Message: "no table in postgres://u:secret@db/x"},
		}}},
	})
	finish(t, tracker, "BackoffLimitExceeded")
	o.until(t, tracker, "the failure is not reported", func() bool { return condition(tracker, "Ready") == "False Failed" })
	for _, want := range []string{jobName(tracker), "exited with code 3: no table in postgres://u:***@db/x", "delete the Job"} {
		if got := message(tracker, "Ready"); !strings.Contains(got, want) {
			t.Errorf("Ready's message does not hold %q: %q", want, got)
		}
	}
	kept("when the Job has failed")
	scale(t, tracker, 5)
	o.until(t, tracker, "the replicas are not repaired", func() bool {
		return *fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Replicas == 3
	})
	kept("after a repair")

	failed := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	must(t, k8s.Delete(t.Context(), failed, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	o.until(t, tracker, "the deleted Job is not made again", func() bool {
		again := &batchv1.Job{}
		return exists(t, tracker, failed.Name, again) && again.UID != failed.UID
	})
	o.until(t, tracker, "the second try is not reported", func() bool { return condition(tracker, "MigrationsComplete") == "False Running" })
	kept("while the Job runs again")

	finish(t, tracker, "")
	o.until(t, tracker, "the new version is not applied", func() bool {
		return fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template.Spec.Containers[0].Image == "interview-tracker-api:1.1.0"
	})
	got := fetch(t, tracker, "hiring-api", &appsv1.Deployment{}).Spec.Template
	if got.Annotations["kubectl.kubernetes.io/restartedAt"] != "now" || got.Spec.PriorityClassName != "urgent" {
		t.Errorf("the new template is %+v", got)
	}
	o.ready(t, tracker)
	o.unchanged(t, tracker)
}

// The caches see the pod of the first Job only when it is too late.
func TestTwoVersionsNeverMigrateAtTheSameTime(t *testing.T) {
	t.Parallel()
	late := &gate{resource: "pods"}
	o := start(t, late.wrap)
	tracker := create(t, namespace(t), withMigrations)
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	first := jobName(tracker)
	o.settle(t, tracker)
	release := sync.OnceFunc(late.Unlock)
	late.Lock()
	defer release()
	pod := makeMigrationPod(t, tracker, corev1.PodStatus{Phase: corev1.PodRunning})

	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	o.until(t, tracker, "the first Job is not deleted", func() bool { return !exists(t, tracker, first, &batchv1.Job{}) })
	held := func() bool {
		o.later()
		return message(tracker, "MigrationsComplete") == "the migrations wait for pod "+pod.Name+" of earlier migrations to end"
	}
	o.until(t, tracker, "what is waited for is not reported before the caches see it", held)
	release()
	o.seen(t, pod)
	o.settle(t, tracker)
	if !held() || exists(t, tracker, jobName(tracker), &batchv1.Job{}) {
		t.Errorf("the second Job was made while a pod of the first was running:\n%s", describe(tracker))
	}
	must(t, k8s.Delete(t.Context(), pod, client.GracePeriodSeconds(0)))
	o.untilJob(t, tracker)
}

// A Job goes after the operator has looked at it, and before it is applied: whether its pod has ended is
// not known yet.
func TestAJobThatGoesWhileItIsReconciledIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	first := start(t)
	tracker := create(t, namespace(t), withMigrations)
	first.migrate(t, tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Version = "1.1.0" })
	first.untilJob(t, tracker)
	pod := first.migrationPod(t, tracker, corev1.PodStatus{Phase: corev1.PodRunning})
	first.settle(t, tracker)

	o := start(t)
	job := fetch(t, tracker, jobName(tracker), &batchv1.Job{})
	o.Observer.Application = applicationFunc(func() {
		must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), job, client.PropagationPolicy(metav1.DeletePropagationBackground))))
		eventually(t, "the cache keeps the Job", func() bool {
			return apierrors.IsNotFound(o.Client.Get(t.Context(), client.ObjectKeyFromObject(job), &batchv1.Job{}))
		})
	})
	o.once(t, tracker)
	if exists(t, tracker, job.Name, &batchv1.Job{}) {
		t.Error("the Job was made again while a pod of it was running")
	}
	o.Observer.Application = healthyApplication{}
	o.until(t, tracker, "what is waited for is not reported", func() bool {
		o.later()
		return message(tracker, "MigrationsComplete") == "the migrations wait for pod "+pod.Name+" of earlier migrations to end"
	})
	must(t, k8s.Delete(t.Context(), pod, client.GracePeriodSeconds(0)))
	o.untilJob(t, tracker)
}

// applicationFunc is called whenever an operator asks for the health of an application, which is good.
type applicationFunc func()

func (f applicationFunc) Observe(key types.NamespacedName, q health.PollTarget) snapshot.Application {
	f()
	return healthyApplication{}.Observe(key, q)
}

func TestAJobThatCannotStartIsReportedByItsPod(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.observed(t, tracker)
	runDependencies(t, tracker)
	o.untilJob(t, tracker)
	o.migrationPod(t, tracker, corev1.PodStatus{
		Phase: corev1.PodPending,
		ContainerStatuses: []corev1.ContainerStatus{{Name: "migrate", Image: "x", State: corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "not found"},
		}}},
	})
	o.until(t, tracker, "the cause is not reported", func() bool { return condition(tracker, "Ready") == "False ImagePullFailed" })
	o.unchanged(t, tracker)
}

func TestMigrationsThatAreNoLongerWantedLeaveNothing(t *testing.T) {
	t.Parallel()
	o := start(t)
	tracker := create(t, namespace(t), withMigrations)
	o.migrate(t, tracker)
	job := jobName(tracker)
	edit(t, tracker, func(s *v1alpha1.InterviewTrackerSpec) { s.Migrations = nil })
	o.until(t, tracker, "the Job is not deleted", func() bool { return !exists(t, tracker, job, &batchv1.Job{}) })
	o.settle(t, tracker)
	if got := condition(tracker, "MigrationsComplete"); got != "True Complete" { // By the word of the API's pods.
		t.Errorf("MigrationsComplete is %q", got)
	}
}
