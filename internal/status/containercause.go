// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// containerCause is what keeps one container from being ready; head says which pod's it is.
func containerCause(head string, c *corev1.ContainerStatus, event snapshot.PodEvent, now metav1.Time) *podCause {
	head += c.Name
	if cause := waitingCause(head, c); cause != nil || c.Ready {
		return cause
	}
	last := lastEnd(c, now)
	if last != nil {
		switch last.Reason {
		case oomKilled:
			return memoryExceeded(head)
		case "StartError", "ContainerCannotRun":
			return &podCause{v1alpha1.ReasonConfigError, head + " can't be started (" + last.Reason + ")", oneLine(last.Message), true}
		}
	}
	probeFails := event.Reason == "Unhealthy" && (event.Container == "" || event.Container == c.Name)
	if probeFails && c.State.Terminated == nil {
		return &podCause{v1alpha1.ReasonProbeFailing, head + " is not ready", oneLine(event.Message), true}
	}
	return endCause(head, last, c.State.Waiting != nil && c.State.Waiting.Reason == crashLoopBackOff)
}

// oomKilled is the kubelet's reason for a container that exceeded its memory limit.
const oomKilled = "OOMKilled"

func memoryExceeded(container string) *podCause {
	return &podCause{Reason: v1alpha1.ReasonOOMKilled, Head: container + " was killed for using more memory than its limit"}
}

// endCause is that a container has ended, though it should run; last is how, nil if that is
// not known.
func endCause(head string, last *corev1.ContainerStateTerminated, looping bool) *podCause {
	switch {
	case last == nil && looping:
		return &podCause{Reason: v1alpha1.ReasonCrashLooping, Head: head + " keeps exiting"}
	case last == nil:
		return nil
	case last.Reason == "ContainerStatusUnknown":
		return &podCause{Reason: v1alpha1.ReasonNodeNotReady, Head: head + ": its node has lost it (ContainerStatusUnknown)"}
	case last.ExitCode != 0 || looping:
		output := words.LastLine(last.Message, maxOutput)
		return &podCause{v1alpha1.ReasonCrashLooping, fmt.Sprintf("%s%s%d", head, exitedWith, last.ExitCode), output, true}
	}
	return nil
}

// exitedWith is followed by a container's exit code.
const exitedWith = " exited with code "

// maxOutput bounds the output of a container in a message, in characters.
const maxOutput = 256

// waitingCause is why a container waits, unless it has exited before.
func waitingCause(head string, c *corev1.ContainerStatus) *podCause {
	switch w := c.State.Waiting; {
	case w == nil, w.Reason == crashLoopBackOff, slices.Contains(passing, w.Reason):
		return nil
	case slices.Contains(pullFailures, w.Reason):
		return &podCause{v1alpha1.ReasonImagePullFailed, fmt.Sprintf("%s: image %q can't be pulled", head, c.Image), pullDetail(w.Message), true}
	default:
		return &podCause{v1alpha1.ReasonConfigError, head + " can't be started (" + oneLine(w.Reason) + ")", oneLine(w.Message), true}
	}
}

// passing are the reasons for which a container waits while nothing is wrong.
var passing = []string{"", "ContainerCreating", "PodInitializing", "RestartingAllContainers"}

// crashLoopBackOff is the reason for which a container waits that has exited: how it has says why.
const crashLoopBackOff = "CrashLoopBackOff"

// pullFailures are the reasons for which a container waits for its image.
var pullFailures = []string{
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
	"SignatureValidationFailed",
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
