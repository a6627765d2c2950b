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

// migrations tells whether the database's migrations have run for the current
// version; empty when nothing can tell.
func migrations(p Pass) []metav1.Condition {
	switch {
	case p.Tracker.Spec.Migrations != nil:
		return []metav1.Condition{migrationJob(p)}
	case wantsNoAPI(p):
		return nil
	}
	return []metav1.Condition{migratedByItself(p)}
}

// migratedByItself is what the API's pods of the current template say, where the
// application migrates by itself. That they have been complete for this generation
// stands, whoever is silent later.
func migratedByItself(p Pass) metav1.Condition {
	const conditionType = v1alpha1.ConditionMigrationsComplete
	complete := false
	applied := (!p.Failed || appliedBefore(p.Tracker)) && !p.Tracker.Spec.Suspend // Else the pods may be of an older spec.
	current := p.Snapshot.CurrentPods(v1alpha1.ComponentAPI)
	for _, answer := range p.Snapshot.Application.Pods {
		if !slices.ContainsFunc(current, func(pod corev1.Pod) bool { return pod.Name == answer.Pod }) {
			continue
		}
		if answer.Migrations == contract.StatusPending {
			return isFalse(conditionType, v1alpha1.ReasonRunning, fmt.Sprintf("pod %s says that migrations are pending", answer.Pod))
		}
		complete = complete || answer.Migrations == contract.StatusComplete
	}
	stored := meta.FindStatusCondition(p.Tracker.Status.Conditions, conditionType)
	known := stored != nil && stored.Status == metav1.ConditionTrue && stored.ObservedGeneration == p.Tracker.Generation
	if complete && applied || known {
		return isTrue(conditionType, v1alpha1.ReasonComplete, "the API's pods say that they are complete")
	}
	return unknown(conditionType, v1alpha1.ReasonProgressing, "no API pod of the current template has said yet")
}

// migrationJob is what the Job of spec.migrations tells.
func migrationJob(p Pass) metav1.Condition {
	job := p.Snapshot.MigrationJob
	if job == nil {
		return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonRunning, awaited(p))
	}
	if p.Snapshot.Migrated() {
		return isTrue(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonComplete, fmt.Sprintf("Job %s succeeded", job.Name))
	}
	pods := p.Snapshot.Pods[v1alpha1.ComponentMigrate]
	if failed := snapshot.JobCondition(job, batchv1.JobFailed); failed != nil {
		return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonFailed, jobFailure(p, failed, pods))
	}
	if words := p.Snapshot.CreateFailures[v1alpha1.ComponentMigrate]; words != "" {
		return isFalse(v1alpha1.ConditionMigrationsComplete, createReason(words), fmt.Sprintf("Job %s can't make a pod: %s", job.Name, createWords(words)))
	}
	// A pod that ends is replaced: its end is no crash loop.
	if cause := worst(slices.DeleteFunc(slices.Clone(pods), snapshot.PodEnded), p); cause != nil && cause.Reason != v1alpha1.ReasonCrashLooping {
		return isFalse(v1alpha1.ConditionMigrationsComplete, cause.Reason, sticky(p, v1alpha1.ConditionMigrationsComplete, *cause))
	}
	message := fmt.Sprintf("Job %s is running", job.Name)
	if cause := lastFailure(pods); cause != nil {
		message += ", again: " + cause.Message()
	}
	return isFalse(v1alpha1.ConditionMigrationsComplete, v1alpha1.ReasonRunning, message)
}

// awaited says why there is no Job.
func awaited(p Pass) string {
	if what := p.Snapshot.MigrationsWaitFor(p.Tracker); what != "" {
		return "the migrations wait for " + what
	}
	return "the Job of the migrations does not exist yet"
}

// whatNow ends the message of a failure: nothing else makes the Job run again.
const whatNow = "; delete the Job to run it again, or change the version"

// jobFailure says why a Job has failed for good. Its pods may be gone before it:
// what was said of them stands.
func jobFailure(p Pass, failed *batchv1.JobCondition, pods []corev1.Pod) string {
	head := fmt.Sprintf("Job %s failed (%s): ", p.Snapshot.MigrationJob.Name, failed.Reason)
	before := meta.FindStatusCondition(p.Tracker.Status.Conditions, v1alpha1.ConditionMigrationsComplete)
	told := before != nil && before.Reason == v1alpha1.ReasonFailed && strings.HasPrefix(before.Message, head+podHead)
	if told {
		return before.Message
	}
	if cause := lastFailure(pods); cause != nil {
		return head + cause.Message() + whatNow
	}
	return head + oneLine(failed.Message) + whatNow
}

// podHead begins what is said of a pod.
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
	last.DeletionTimestamp = nil // It has failed, whether it is to be deleted or not.
	if cause := causeOf(&last, "", metav1.NewTime(endOf(&last))); cause != nil {
		return cause
	}
	return &podCause{
		Reason: v1alpha1.ReasonFailed,
		Head:   podHead + last.Name + " failed",
		Words:  oneLine(last.Status.Reason + " " + last.Status.Message),
	}
}

// causes are the gates in the order in which one may be the reason for the next.
// Migrations that have yet to begin, or of which nothing is known, wait for the
// dependencies, which tell why.
func causes(p Pass, gates []metav1.Condition) []metav1.Condition {
	if p.Snapshot == nil || gates[0].Type != v1alpha1.ConditionMigrationsComplete {
		return gates
	}
	begun := p.Tracker.Spec.Migrations == nil || p.Snapshot.MigrationJob != nil
	if begun && gates[0].Status != metav1.ConditionUnknown {
		return gates
	}
	first := slices.IndexFunc(gates, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionAPIAvailable })
	return slices.Concat(gates[1:first], gates[:1], gates[first:])
}

// heldBack tells whether a component keeps its pods until the migrations have run.
func heldBack(p Pass, c v1alpha1.Component) bool {
	return c == v1alpha1.ComponentAPI && p.Snapshot.HeldBack(p.Tracker)
}
