// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// migrationsComplete is MigrationsComplete: whether the database's migrations have run
// for the current version. It is absent when nothing can report that.
func migrationsComplete(in Input) []metav1.Condition {
	switch {
	case in.Tracker.Spec.Migrations != nil && in.Snapshot == nil:
		return one(v1alpha1.ConditionMigrationsComplete, unread(in))
	case in.Tracker.Spec.Migrations != nil:
		return one(v1alpha1.ConditionMigrationsComplete, migrationJob(in))
	case in.Snapshot == nil, primaryStopped(in):
		return nil
	}
	return one(v1alpha1.ConditionMigrationsComplete, selfMigrated(in))
}

// selfMigrated is what the API's pods of the current template report, where the
// application migrates by itself. Once they were complete for this generation, they stay
// so, even if no pod responds later, or one that was added has yet to read them.
func selfMigrated(in Input) metav1.Condition {
	complete, pending := false, ""
	applied := (!in.Failed || appliedBefore(in.Tracker)) && !in.Tracker.Spec.Suspend // Else the pods may be of an older spec.
	current := in.Snapshot.CurrentNames(in.Catalog.Primary().Name)
	for _, answer := range in.Snapshot.Application.Pods {
		if !current.Has(answer.Pod) {
			continue
		}
		if answer.Migrations == contract.StatusPending {
			pending = cmp.Or(pending, answer.Pod)
		}
		complete = complete || answer.Migrations == contract.StatusComplete
	}
	before := storedCondition(in, v1alpha1.ConditionMigrationsComplete)
	completed := before != nil && before.Status == metav1.ConditionTrue && in.Tracker.Observed()
	if pending != "" && (!complete || !completed) {
		return isFalse(v1alpha1.ReasonRunning, "pod %s reports that migrations are pending", pending)
	}
	if complete && applied || completed {
		return isTrue(v1alpha1.ReasonComplete, "the API's pods report that the migrations are complete")
	}
	return unknown(v1alpha1.ReasonProgressing, "no API pod of the current template has reported the migrations yet")
}

// migrationJob is the state of the Job of spec.migrations.
func migrationJob(in Input) metav1.Condition {
	job := in.Snapshot.MigrationJob
	if in.Snapshot.Migrated() {
		return isTrue(v1alpha1.ReasonComplete, "%s", succeeded(in.Snapshot))
	}
	if job == nil {
		if what := in.Snapshot.MigrationsWaitFor(in.Tracker, in.Catalog); what != "" {
			return isFalse(v1alpha1.ReasonRunning, "the migrations wait for %s", what)
		}
		return isFalse(v1alpha1.ReasonRunning, "the Job of the migrations does not exist yet")
	}
	pods := in.Snapshot.Pods[v1alpha1.ComponentMigrate]
	if failed := failedJob(job); failed != nil {
		return isFalse(v1alpha1.ReasonFailed, "%s", jobFailure(in, failed, pods))
	}
	if cause := jobCause(job, pods); cause != nil {
		return cause.condition()
	}
	if failure := in.Snapshot.CreateFailures[v1alpha1.ComponentMigrate]; failure != "" {
		return createFailure("Job "+job.Name, failure).condition()
	}
	// A pod that ends is replaced: its end is no crash loop.
	if cause := mostSevere(slices.DeleteFunc(slices.Clone(pods), snapshot.PodEnded), in); cause != nil && cause.Reason != v1alpha1.ReasonCrashLooping {
		return isFalse(cause.Reason, "%s", sticky(in, v1alpha1.ConditionMigrationsComplete, *cause))
	}
	if cause := outlived(pods, in.Now); cause != nil {
		return cause.condition()
	}
	if cause := lastFailure(pods); cause != nil {
		return isFalse(v1alpha1.ReasonRunning, "Job %s is running again, after a failure: %s", job.Name, cause.Message())
	}
	switch {
	case snapshot.JobCondition(job, batchv1.JobSuccessCriteriaMet) != nil:
		return isFalse(v1alpha1.ReasonRunning, "Job %s succeeds when its pods have ended", job.Name)
	case len(pods) == 0:
		return isFalse(v1alpha1.ReasonRunning, "Job %s has no pod yet", job.Name)
	case pods[len(pods)-1].Status.Phase == corev1.PodPending:
		return isFalse(v1alpha1.ReasonRunning, "Job %s: %s", job.Name, notReadyYet(&pods[len(pods)-1]))
	}
	return isFalse(v1alpha1.ReasonRunning, "Job %s is running", job.Name)
}

// outlived is that a container of a Job's pod keeps running after another one has succeeded:
// the pod does not end before it does.
func outlived(pods []corev1.Pod, now metav1.Time) *podCause {
	for i := range pods {
		var ended, runs string
		for _, c := range pods[i].Status.ContainerStatuses {
			done := c.State.Terminated
			switch {
			case c.State.Running != nil:
				runs = c.Name
			case done != nil && done.ExitCode == 0 && now.Sub(done.FinishedAt.Time) > endingPatience:
				ended = c.Name
			}
		}
		if ended != "" && runs != "" {
			return &podCause{
				Reason: v1alpha1.ReasonConfigError, Head: fmt.Sprintf("pod %s, container %s keeps the Job from ending", pods[i].Name, runs),
				Detail: fmt.Sprintf("container %s has succeeded; make %s a sidecar, which is an init container with restartPolicy Always", ended, runs),
			}
		}
	}
	return nil
}

// failedJob is the condition of a Job that has failed, or will have when its pods have ended.
func failedJob(job *batchv1.Job) *batchv1.JobCondition {
	if failed := snapshot.JobCondition(job, batchv1.JobFailed); failed != nil {
		return failed
	}
	return snapshot.JobCondition(job, batchv1.JobFailureTarget)
}

// succeeded says that the migrations have run, and when, if the Job is no longer there to show
// that.
func succeeded(s *snapshot.Snapshot) string {
	if record := s.MigrationRecord; record != nil && !s.MigrationJobRemains() {
		return fmt.Sprintf("Job %s succeeded at %s, and was deleted afterwards", record.Job, record.CompletedAt.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("Job %s succeeded", s.MigrationJob.Name)
}

// whatNow ends the message of a failure: nothing else makes the Job run again.
const whatNow = "; delete the Job to run it again, or change the version"

// jobFailure is why a Job has failed for good. Its pods may be deleted before it: then
// the message that names one of them is kept.
func jobFailure(in Input, failed *batchv1.JobCondition, pods []corev1.Pod) string {
	head := fmt.Sprintf("Job %s failed (%s): ", in.Snapshot.MigrationJob.Name, failed.Reason)
	before, cause := storedCondition(in, v1alpha1.ConditionMigrationsComplete), lastFailure(pods)
	if before != nil && before.Reason == v1alpha1.ReasonFailed && strings.HasPrefix(before.Message, head+podHead) &&
		(cause == nil || !reveals(before.Message, cause.Detail)) {
		return before.Message
	}
	if failed.Reason == batchv1.JobReasonDeadlineExceeded { // What is left of its pods failed before that.
		return head + tookTooLong(in.Snapshot.MigrationJob, head, before, lastFailure(notDeleted(pods))) + whatNow
	}
	if cause != nil {
		return head + cause.Message() + whatNow
	}
	return head + failed.Message + whatNow
}

// tookTooLong is that a Job has met its deadline, and what kept it until then: its pods are
// deleted then, except those that had failed; failure is why the last of these did.
func tookTooLong(job *batchv1.Job, head string, before *metav1.Condition, failure *podCause) string {
	took := fmt.Sprintf("it took longer than %d s (spec.migrations.activeDeadlineSeconds)", ptr.Deref(job.Spec.ActiveDeadlineSeconds, 0))
	earlier := ""
	if failure != nil {
		earlier = "; before that, " + failure.Message()
	}
	switch {
	case before == nil, before.Status == metav1.ConditionTrue, before.Reason == v1alpha1.ReasonRunning, !strings.Contains(before.Message, job.Name):
		return took + earlier
	case before.Reason == v1alpha1.ReasonFailed:
		if kept, same := strings.CutPrefix(before.Message, head); same && strings.HasPrefix(kept, took) && !revealsOf(kept, failure) {
			return strings.TrimSuffix(kept, whatNow)
		}
		return took + earlier
	}
	return took + "; until then, " + before.Message
}

// revealsOf is reveals for a message that may speak of a failure, which may be nil.
func revealsOf(stored string, failure *podCause) bool {
	return failure != nil && strings.Contains(stored, failure.Head) && reveals(stored, failure.Detail)
}

func notDeleted(pods []corev1.Pod) []corev1.Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(pod corev1.Pod) bool { return pod.DeletionTimestamp != nil })
}

// podHead begins the message about a pod.
const podHead = "pod "

// lastFailure is why the pod failed that ended last; nil when none has failed.
func lastFailure(pods []corev1.Pod) *podCause {
	failed := slices.DeleteFunc(slices.Clone(pods), func(pod corev1.Pod) bool { return pod.Status.Phase != corev1.PodFailed })
	if len(failed) == 0 {
		return nil
	}
	last := slices.MaxFunc(failed, func(a, b corev1.Pod) int {
		return cmp.Or(endOf(&a).Compare(endOf(&b)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	last.DeletionTimestamp = nil // It has failed, whether it is being deleted or not.
	if cause := causeOf(&last, snapshot.PodEvent{}, metav1.NewTime(endOf(&last))); cause != nil {
		return cause
	}
	return &podCause{
		Reason: v1alpha1.ReasonFailed,
		Head:   podHead + last.Name + " failed",
		Detail: oneLine(last.Status.Reason + " " + last.Status.Message),
	}
}
