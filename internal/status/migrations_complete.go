// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// migrationsComplete is MigrationsComplete: whether the database's migrations have run
// for the current version. It is absent when nothing can report that.
func migrationsComplete(in Input) []metav1.Condition {
	withJob := in.Tracker.Spec.Migrations != nil
	switch {
	case in.Snapshot == nil && withJob:
		return one(unread(in, v1alpha1.ConditionMigrationsComplete))
	case in.Snapshot == nil:
		return nil
	case withJob:
		return one(migrationJob(in))
	case primaryStopped(in):
		return nil
	}
	return one(selfMigrated(in))
}

// selfMigrated is what the API's pods of the current template report, where the
// application migrates by itself. Once they were complete for this generation, they stay
// so, even if no pod responds later.
func selfMigrated(in Input) metav1.Condition {
	const conditionType = v1alpha1.ConditionMigrationsComplete
	complete := false
	applied := (!in.Failed || appliedBefore(in.Tracker)) && !in.Tracker.Spec.Suspend // Else the pods may be of an older spec.
	current := in.Snapshot.CurrentPods(in.Catalog.Primary().Name)
	for _, answer := range in.Snapshot.Application.Pods {
		if !slices.ContainsFunc(current, func(pod corev1.Pod) bool { return pod.Name == answer.Pod }) {
			continue
		}
		if answer.Migrations == contract.StatusPending {
			return isFalse(conditionType, v1alpha1.ReasonRunning, fmt.Sprintf("pod %s reports that migrations are pending", answer.Pod))
		}
		complete = complete || answer.Migrations == contract.StatusComplete
	}
	stored := meta.FindStatusCondition(in.Tracker.Status.Conditions, conditionType)
	known := stored != nil && stored.Status == metav1.ConditionTrue && stored.ObservedGeneration == in.Tracker.Generation
	if complete && applied || known {
		return isTrue(conditionType, v1alpha1.ReasonComplete, "the API's pods report that they are complete")
	}
	return unknown(conditionType, v1alpha1.ReasonProgressing, "no API pod of the current template has reported them yet")
}

// migrationJob is the state of the Job of spec.migrations.
func migrationJob(in Input) metav1.Condition {
	job := in.Snapshot.MigrationJob
	if job == nil {
		return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonRunning, awaited(in))
	}
	if in.Snapshot.Migrated() {
		return isTrue(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonComplete, fmt.Sprintf("Job %s succeeded", job.Name))
	}
	pods := in.Snapshot.Pods[v1alpha1.ComponentMigrate]
	if failed := snapshot.JobCondition(job, batchv1.JobFailed); failed != nil {
		return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonFailed, jobFailure(in, failed, pods))
	}
	if failure := in.Snapshot.CreateFailures[v1alpha1.ComponentMigrate]; failure != "" {
		return isFalse(v1alpha1.ConditionMigrationsComplete, createReason(failure),
			fmt.Sprintf("Job %s can't create a pod: %s", job.Name, createDetail(failure)))
	}
	// A pod that ends is replaced: its end is no crash loop.
	if cause := mostSevere(slices.DeleteFunc(slices.Clone(pods), snapshot.PodEnded), in); cause != nil && cause.Reason != v1alpha1.ReasonCrashLooping {
		return isFalse(v1alpha1.ConditionMigrationsComplete, cause.Reason, sticky(in, v1alpha1.ConditionMigrationsComplete, *cause))
	}
	message := fmt.Sprintf("Job %s is running", job.Name)
	if cause := lastFailure(pods); cause != nil {
		message += " again, after a failure: " + cause.Message()
	}
	return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonRunning, message)
}

// awaited is why there is no Job.
func awaited(in Input) string {
	if what := in.Snapshot.MigrationsWaitFor(in.Tracker, in.Catalog); what != "" {
		return "the migrations wait for " + what
	}
	return "the Job of the migrations does not exist yet"
}

// whatNow ends the message of a failure: nothing else makes the Job run again.
const whatNow = "; delete the Job to run it again, or change the version"

// jobFailure is why a Job has failed for good. Its pods may be deleted before it: then
// the message that names one of them is kept.
func jobFailure(in Input, failed *batchv1.JobCondition, pods []corev1.Pod) string {
	head := fmt.Sprintf("Job %s failed (%s): ", in.Snapshot.MigrationJob.Name, failed.Reason)
	before := meta.FindStatusCondition(in.Tracker.Status.Conditions, v1alpha1.ConditionMigrationsComplete)
	kept := before != nil && before.Reason == v1alpha1.ReasonFailed && strings.HasPrefix(before.Message, head+podHead)
	if kept {
		return before.Message
	}
	if cause := lastFailure(pods); cause != nil {
		return head + cause.Message() + whatNow
	}
	return head + oneLine(failed.Message) + whatNow
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
	if cause := causeOf(&last, "", metav1.NewTime(endOf(&last))); cause != nil {
		return cause
	}
	return &podCause{
		Reason: v1alpha1.ReasonFailed,
		Head:   podHead + last.Name + " failed",
		Detail: oneLine(last.Status.Reason + " " + last.Status.Message),
	}
}
