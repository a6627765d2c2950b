// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// podCause is what keeps a pod from being ready: a reason, a head that names the
// pod and the container and stays the same while the cause does, and the detail
// that the cluster reports.
type podCause struct {
	Reason string
	Head   string
	Detail string
	// Varies is set for a detail that varies from one time to the next though the cause
	// does not.
	Varies bool
}

// Message is the cause in one line.
func (c podCause) Message() string {
	if c.Detail == "" {
		return c.Head
	}
	return c.Head + ": " + c.Detail
}

// condition is the condition of the cause.
func (c podCause) condition() metav1.Condition { return isFalse(c.Reason, "%s", c.Message()) }

// createFailure is the cause of a pod that can't be created, by the API server's message.
// It leaves out the name that the pod would have had: another one at every attempt.
func createFailure(owner, message string) *podCause {
	cause := &podCause{Reason: v1alpha1.ReasonConfigError, Head: owner + " can't create a pod"}
	if strings.Contains(message, "exceeded quota") {
		cause.Reason = v1alpha1.ReasonQuotaExceeded
	}
	if _, why, found := strings.Cut(message, " is forbidden: "); found {
		message = why
	}
	cause.Detail = oneLine(message)
	return cause
}

// severity orders the reasons: what a person must act on first.
var severity = map[string]int{
	v1alpha1.ReasonImagePullFailed: 1,
	v1alpha1.ReasonConfigError:     2,
	v1alpha1.ReasonOOMKilled:       3,
	v1alpha1.ReasonCrashLooping:    4,
	v1alpha1.ReasonUnschedulable:   5,
	v1alpha1.ReasonProbeFailing:    6,
	v1alpha1.ReasonEvicted:         7,
}

// mostSevere is the most severe cause among pods; the first pod's of several that are
// equally severe. nil when none is known.
func mostSevere(pods []corev1.Pod, in Input) *podCause {
	var found *podCause
	for i := range pods {
		cause := causeOf(&pods[i], in.Snapshot.ProbeFailures[pods[i].Name], in.Now)
		if cause != nil && (found == nil || severity[cause.Reason] < severity[found.Reason]) {
			found = cause
		}
	}
	return found
}

// causeOf is what keeps one pod from being ready; probeFailure is the message of its
// failing probe, if any. nil when no cause is known.
func causeOf(pod *corev1.Pod, probeFailure string, now metav1.Time) *podCause {
	if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodFailed && now.Sub(endOf(pod)) > recent {
		return nil
	}
	if pod.Status.Phase == corev1.PodFailed && pod.Status.Reason == "Evicted" {
		return &podCause{Reason: v1alpha1.ReasonEvicted, Head: fmt.Sprintf("pod %s was evicted", pod.Name), Detail: oneLine(pod.Status.Message)}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return &podCause{Reason: v1alpha1.ReasonUnschedulable, Head: fmt.Sprintf("pod %s can't be scheduled", pod.Name), Detail: oneLine(c.Message)}
		}
	}
	statuses := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
	for i := range statuses {
		if cause := containerCause(pod.Name, &statuses[i], probeFailure, now); cause != nil {
			return cause
		}
	}
	return nil
}

func containerCause(pod string, c *corev1.ContainerStatus, probeFailure string, now metav1.Time) *podCause {
	head := fmt.Sprintf("pod %s, container %s", pod, c.Name)
	if w := c.State.Waiting; w != nil {
		switch w.Reason {
		case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
			return &podCause{v1alpha1.ReasonImagePullFailed, fmt.Sprintf("%s: image %q can't be pulled", head, c.Image), pullDetail(w.Message), true}
		case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError", "PostStartHookError":
			return &podCause{Reason: v1alpha1.ReasonConfigError, Head: head + " can't be started", Detail: oneLine(w.Message)}
		}
	}
	if c.Ready {
		return nil
	}
	ended := lastEnd(c, now)
	looping := c.State.Waiting != nil && c.State.Waiting.Reason == "CrashLoopBackOff"
	switch {
	case ended != nil && ended.Reason == "OOMKilled":
		return &podCause{Reason: v1alpha1.ReasonOOMKilled, Head: head + " was killed for using more memory than its limit"}
	case probeFailure != "":
		return &podCause{v1alpha1.ReasonProbeFailing, head + " is not ready", oneLine(probeFailure), true}
	case ended != nil && (ended.ExitCode != 0 || looping):
		output := words.LastLine(ended.Message, maxOutput)
		return &podCause{v1alpha1.ReasonCrashLooping, fmt.Sprintf("%s exited with code %d", head, ended.ExitCode), output, true}
	}
	return nil
}

// recent is for how long the end of a container explains its state, or the end of a pod
// the state of those that replace it.
const recent = 10 * time.Minute

// lastEnd is how the container last ended, nil when that explains nothing, as it has
// been running for long.
func lastEnd(c *corev1.ContainerStatus, now metav1.Time) *corev1.ContainerStateTerminated {
	switch {
	case c.State.Terminated != nil:
		return c.State.Terminated
	case c.State.Running != nil && now.Sub(c.State.Running.StartedAt.Time) > recent:
		return nil
	}
	return c.LastTerminationState.Terminated
}

// endOf is when the last container of a failed pod ended.
func endOf(pod *corev1.Pod) time.Time {
	end := pod.CreationTimestamp.Time
	for i := range pod.Status.ContainerStatuses {
		if ended := pod.Status.ContainerStatuses[i].State.Terminated; ended != nil && ended.FinishedAt.After(end) {
			end = ended.FinishedAt.Time
		}
	}
	return end
}

// pullDetail leaves out what alternates while the kubelet backs off and retries, so
// that the message stays the same.
func pullDetail(message string) string {
	_, detail, found := strings.Cut(message, "ErrImagePull: ")
	if !found {
		detail = message
	}
	if strings.HasPrefix(detail, "Back-off pulling image") {
		return ""
	}
	return oneLine(detail)
}

// maxOutput bounds the output of a container in a message, in characters.
const maxOutput = 256

func oneLine(message string) string { return words.Line(message, maxMessage) }
