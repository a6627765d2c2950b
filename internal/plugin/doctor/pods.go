// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/status"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// maxMessage bounds the words of others, in characters.
const maxMessage = 400

func line(text string) string { return words.Line(words.WithoutPasswordInURL(text), maxMessage) }

// age is a duration as kubectl writes it, such as 5m.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// podRemedies say what to do, by the reason that the operator gives a pod's state. NAMESPACE, POD and FIELD, which is
// where the spec says how the pod is made, are replaced.
var podRemedies = map[string]string{
	v1alpha1.ReasonImagePullFailed: "correct the image (spec.FIELD.image or, if that is omitted, spec.version) or its pull secret; " +
		"look at the registry and the signature",
	v1alpha1.ReasonConfigError:  "create the ConfigMap, Secret or key that is named, or correct the command, the user or the hook: " + describePod,
	v1alpha1.ReasonOOMKilled:    "raise the memory limit: spec.FIELD.resources.limits.memory",
	v1alpha1.ReasonCrashLooping: "read the output: kubectl logs -n NAMESPACE POD --all-containers --previous",
	v1alpha1.ReasonUnschedulable: "free or add a node; correct nodeSelector, affinity, tolerations, requests; a claim that is not bound is under Storage: " +
		describePod,
	v1alpha1.ReasonSchedulingGated: "find out what should remove the gates that are named: " + describePod,
	v1alpha1.ReasonNodeNotReady:    "look at the node: kubectl get nodes; delete the Node object if it is gone for good",
	v1alpha1.ReasonProbeFailing: "look at the probe's path and port, and at the container's log: kubectl logs -n NAMESPACE POD; " +
		"the API is not ready while its database is not",
	v1alpha1.ReasonReadinessGateNotReady: "look at the controller that sets the condition that is named: " + describePod,
	v1alpha1.ReasonEvicted:               "wait for the pod that replaces it; look at the node's pressure, at priorities, taints and drains",
	v1alpha1.ReasonTerminating: "find out what should remove the finalizers, or delete the Node object if the node is gone for good: " +
		describePod,
}

const describePod = "kubectl describe pod -n NAMESPACE POD"

// fieldOf is the field of the spec that says how a component's pods are made.
func fieldOf(component string) string {
	switch c := v1alpha1.Component(component); {
	case c == v1alpha1.ComponentMigrate:
		return string(parts.Primary().Name) // They have its image and resources.
	case c == v1alpha1.ComponentJourney:
		return "monitoring.journeys[]"
	case parts.IsDependency(c):
		return component + ".managed"
	}
	return component
}

// podRemedy says what to do about a pod.
func podRemedy(pod *corev1.Pod, reason string) string {
	remedy, known := podRemedies[reason]
	if !known {
		remedy = "look at it: " + describePod
	}
	return strings.NewReplacer("NAMESPACE", pod.Namespace, "POD", pod.Name, "FIELD", fieldOf(pod.Labels[v1alpha1.LabelComponent])).Replace(remedy)
}

// podCauses is the check of pods that don't run, and of those that were restarted lately.
func podCauses(f Facts, t *Tracker) findings {
	var found findings
	if t.Pods.Unread != "" {
		found.notChecked("", t.Pods.Unread)
		return found
	}
	ready := 0
	for i := range t.Pods.Value {
		pod := &t.Pods.Value[i]
		if snapshot.PodReady(pod) {
			ready++
			restartedPod(&found, f, pod)
		}
		notRunning(&found, f, t, pod)
	}
	switch {
	case len(found) > 0:
	case ready > 0:
		found.pass("%s ready, none restarted in the last %s", plugin.Count(ready, "pod"), age(recently))
	case !t.Object.Spec.Suspend && wantsPods(&t.Object.Spec):
		found.fail("look at what the operator says: kubectl describe interviewtracker -n "+t.Object.Namespace+" "+t.Object.Name,
			"the tracker has no pod")
	}
	return found
}

// notRunning is what keeps a pod from being ready, or that it is not, and nothing says why.
func notRunning(found *findings, f Facts, t *Tracker, pod *corev1.Pod) {
	cause := status.OfPod(pod, t.Warnings[pod.Name], metav1.NewTime(f.Now))
	switch {
	case cause != nil:
		found.add(weight(t, pod), podRemedy(pod, cause.Reason), "%s (%s)", fuller(t.Object, cause.Message), cause.Reason)
	case snapshot.PodReady(pod), snapshot.PodEnded(*pod), pod.DeletionTimestamp != nil:
	default:
		found.warn("wait for it, and look at it: kubectl describe pod -n "+pod.Namespace+" "+pod.Name,
			"pod %s is not ready yet, and nothing says why; it is %s old", pod.Name, age(f.Now.Sub(pod.CreationTimestamp.Time)))
	}
}

// weight is that of a pod that does not run: the tracker works without those of an optional dependency.
func weight(t *Tracker, pod *corev1.Pod) Result {
	component := v1alpha1.Component(pod.Labels[v1alpha1.LabelComponent])
	if slices.ContainsFunc(parts.Optional(&t.Object.Spec), func(d catalog.Dependency) bool { return d.Name == component }) {
		return Warn
	}
	return Fail
}

// wantsPods reports whether a tracker is to have pods.
func wantsPods(spec *v1alpha1.InterviewTrackerSpec) bool {
	return slices.ContainsFunc(parts.Components, func(c component) bool { return c.Replicas(spec) > 0 })
}

// fuller is a message, or that of a condition which begins with the same words and has more: the operator masks
// what containers have printed by the Secrets, which are not read for it here.
func fuller(t *v1alpha1.InterviewTracker, message string) string {
	for _, c := range t.Status.Conditions {
		if strings.HasPrefix(c.Message, message) {
			return line(c.Message)
		}
	}
	return line(message)
}

func restartedPod(found *findings, f Facts, pod *corev1.Pod) {
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if restarted, ended := lately(c, f.Now); restarted {
			found.warn(restartRemedy(ended.Reason, pod.Namespace, pod.Name, c.Name), "%s", restartWords(pod, c, ended, f.Now))
		}
	}
}

// lately reports whether a container was restarted lately, and how it ended before.
func lately(c *corev1.ContainerStatus, now time.Time) (bool, corev1.ContainerStateTerminated) {
	ended := c.LastTerminationState.Terminated
	if ended == nil || c.RestartCount == 0 || now.Sub(ended.FinishedAt.Time) > recently {
		return false, corev1.ContainerStateTerminated{}
	}
	return true, *ended
}

func restartWords(pod *corev1.Pod, c *corev1.ContainerStatus, ended corev1.ContainerStateTerminated, now time.Time) string {
	how := fmt.Sprintf("exited with code %d", ended.ExitCode)
	if ended.Reason == v1alpha1.ReasonOOMKilled {
		how = "was killed for using more memory than its limit"
	}
	return fmt.Sprintf("pod %s, container %s %s %s ago (%s)", pod.Name, c.Name, how,
		age(now.Sub(ended.FinishedAt.Time)), plugin.Count(int(c.RestartCount), "restart"))
}

func restartRemedy(reason, namespace, pod, container string) string {
	if reason == v1alpha1.ReasonOOMKilled {
		return "raise its memory limit"
	}
	return fmt.Sprintf("read the output: kubectl logs -n %s %s -c %s --previous", namespace, pod, container)
}
