// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// journeyEvents are the reasons of the events of JourneysPassing.
var journeyEvents = catalog.Condition{Type: v1alpha1.ConditionJourneysPassing, Bad: "JourneyFailed", Good: "JourneyRecovered"}

// journeysPassing is JourneysPassing, which never gates Ready. It is absent when there are no
// journeys. It names no time: a journey that keeps passing, or failing at the same step, leaves it as
// it is.
func journeysPassing(in Input) []metav1.Condition {
	journeys, _ := in.Catalog.Journeys(&in.Tracker.Spec)
	switch {
	case len(journeys) == 0:
		return nil
	case in.Snapshot == nil:
		return one(v1alpha1.ConditionJourneysPassing, unread(in))
	}
	var failed, waiting, unknowns []string
	var cause *podCause
	for i := range journeys {
		journey := in.Snapshot.Journeys[journeys[i].Name]
		why := journeyFailure(in, &journeys[i], journey)
		switch {
		case why != nil:
			failed = append(failed, fmt.Sprintf("%q", journeys[i].Name))
			if cause == nil {
				cause = why
			}
		case in.Snapshot.JourneyWaits(in.Tracker, in.Catalog, journeys[i].Name):
			waiting = append(waiting, fmt.Sprintf("%q", journeys[i].Name))
		case journey.Last == nil:
			unknowns = append(unknowns, fmt.Sprintf("%q", journeys[i].Name))
		}
	}
	if cause != nil {
		if len(failed) > 1 {
			cause.Head = "journeys " + and(failed) + " fail; " + cause.Head
		}
		return one(v1alpha1.ConditionJourneysPassing, isFalse(cause.Reason, "%s", sticky(in, v1alpha1.ConditionJourneysPassing, *cause)))
	}
	var notYet []string
	if len(waiting) > 0 {
		notYet = append(notYet, which("journey", waiting, "waits", "wait")+" until the API and the frontend each have an available pod")
	}
	if len(unknowns) > 0 {
		notYet = append(notYet, which("journey", unknowns, "has", "have")+" not run yet")
	}
	if len(notYet) > 0 {
		return one(v1alpha1.ConditionJourneysPassing, unknown(v1alpha1.ReasonNotRunYet, "%s", strings.Join(notYet, "; ")))
	}
	passing := fmt.Sprintf("%d journeys pass", len(journeys))
	if len(journeys) == 1 {
		passing = fmt.Sprintf("journey %q passes", journeys[0].Name)
	}
	return one(v1alpha1.ConditionJourneysPassing, isTrue(v1alpha1.ReasonPassing, "%s", passing))
}

// which is the beginning of a sentence about some things, with its verb: one thing has, or waits.
func which(what string, all []string, has, have string) string {
	if len(all) == 1 {
		return what + " " + all[0] + " " + has
	}
	return what + "s " + and(all) + " " + have
}

// step matches the beginning of what the reference journey reports.
var step = regexp.MustCompile(`(?:^|: )(step "[^"]{1,100}")`)

// journeyFailure is why a journey fails; nil when its last run succeeded, or none has ended and
// nothing keeps the current one from being started.
func journeyFailure(in Input, j *v1alpha1.JourneySpec, journey snapshot.Journey) *podCause {
	head := fmt.Sprintf("journey %q failed", j.Name)
	if cause := unstarted(in, j, journey.Current); cause != nil {
		return cause
	}
	// The pod is deleted before its Job has ended.
	if journey.Running && (journey.Current == nil || journey.Current.DeletionTimestamp != nil) {
		if kept := unstartedBefore(in, j, journey.Current); kept != nil {
			return kept
		}
	}
	last := journey.Last
	switch {
	case last == nil || last.Succeeded:
		return nil
	case last.Reason == batchv1.JobReasonDeadlineExceeded:
		if kept := unstartedBefore(in, j, journey.Current); kept != nil {
			return kept
		}
		return &podCause{Reason: v1alpha1.ReasonJourneyFailed, Head: head, Detail: fmt.Sprintf("it did not end within %s (timeout)", j.Timeout.Duration)}
	case last.Pod == nil:
		return &podCause{Reason: v1alpha1.ReasonJourneyFailed, Head: head, Detail: "its pod has been deleted", Varies: true}
	}
	detail := journeyOutput(last.Pod)
	// The step is part of what is stable: when another one fails, the message says so.
	if found := step.FindStringSubmatchIndex(detail); found != nil {
		head += ": " + detail[found[2]:found[3]]
		detail = strings.TrimPrefix(detail[found[1]:], ": ")
	}
	return &podCause{Reason: v1alpha1.ReasonJourneyFailed, Head: head, Detail: detail, Varies: true}
}

// journeyOutput is why the pod of a journey failed: the end of what it wrote or, without that, how it
// ended.
func journeyOutput(pod *corev1.Pod) string {
	cause := lastFailure([]corev1.Pod{*pod})
	if cause == nil {
		return "it reports no cause"
	}
	return cmp.Or(cause.Detail, withoutPod(cause.Head, pod))
}

// withoutPod is a head without the name of a pod, which another run does not have.
func withoutPod(head string, pod *corev1.Pod) string {
	return strings.TrimLeft(strings.TrimPrefix(head, podHead+pod.Name), ", :")
}

// cantStart follows the name of a journey whose pod does not run.
const cantStart = " can't start: "

// unstarted is why the pod of a journey's current run does not run; nil when nothing is known to keep
// it, or it is new: its node may be starting, or its image be pulled at the next attempt.
func unstarted(in Input, j *v1alpha1.JourneySpec, pod *corev1.Pod) *podCause {
	if pod == nil || snapshot.PodEnded(*pod) || in.Now.Sub(pod.CreationTimestamp.Time) < attendance {
		return nil
	}
	cause := causeOf(pod, snapshot.PodEvent{}, in.Now)
	if cause == nil || cause.Reason == v1alpha1.ReasonCrashLooping {
		return nil
	}
	head := fmt.Sprintf("journey %q%s%s", j.Name, cantStart, withoutPod(cause.Head, pod))
	return &podCause{Reason: cause.Reason, Head: head, Detail: cause.Detail, Varies: true}
}

// unstartedBefore is what kept the pod of a run that met its deadline from running: it was deleted
// then, and the status says it still. nil when nothing is known to have kept it, or the pod of the
// current run was started: what kept the others is repaired.
func unstartedBefore(in Input, j *v1alpha1.JourneySpec, current *corev1.Pod) *podCause {
	if current != nil && current.Status.Phase != corev1.PodPending {
		return nil
	}
	before := storedCondition(in, v1alpha1.ConditionJourneysPassing)
	if before == nil || before.Status != metav1.ConditionFalse || !in.Tracker.Observed() {
		return nil
	}
	begin := strings.Index(before.Message, fmt.Sprintf("journey %q%s", j.Name, cantStart))
	if begin < 0 {
		return nil
	}
	return &podCause{Reason: before.Reason, Head: before.Message[begin:]}
}
