// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
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
	v1alpha1.ReasonImagePullFailed:       1,
	v1alpha1.ReasonConfigError:           2,
	v1alpha1.ReasonOOMKilled:             3,
	v1alpha1.ReasonCrashLooping:          4,
	v1alpha1.ReasonUnschedulable:         5,
	v1alpha1.ReasonSchedulingGated:       6,
	v1alpha1.ReasonNodeNotReady:          7,
	v1alpha1.ReasonProbeFailing:          8,
	v1alpha1.ReasonReadinessGateNotReady: 9,
	v1alpha1.ReasonEvicted:               10,
	v1alpha1.ReasonTerminating:           11,
}

// mostSevere is the most severe cause among pods; the first pod's of several that are
// equally severe. nil when none is known.
func mostSevere(pods []corev1.Pod, in Input) *podCause {
	var found *podCause
	for i := range pods {
		cause := hookFailure(in, causeOf(&pods[i], in.Snapshot.PodEvents[pods[i].Name], in.Now))
		if cause != nil && (found == nil || severity[cause.Reason] < severity[found.Reason]) {
			found = cause
		}
	}
	return found
}

// hookFailure is the cause of a container that ended as its postStart hook failed: the kubelet
// says so only until it backs off, and then how the container exited, which explains nothing.
func hookFailure(in Input, cause *podCause) *podCause {
	if cause == nil || cause.Reason != v1alpha1.ReasonCrashLooping {
		return cause
	}
	container, _, _ := strings.Cut(cause.Head, exitedWith)
	head := container + " can't be started (PostStartHookError)"
	for _, c := range in.Tracker.Status.Conditions {
		if detail, same := strings.CutPrefix(c.Message, head+": "); same && in.Tracker.Observed() {
			detail, _, _ = strings.Cut(detail, keepServing)
			return &podCause{v1alpha1.ReasonConfigError, head, detail, true}
		}
	}
	return cause
}

// causeOf is what keeps one pod from being ready; event is the last warning about it. nil when
// no cause is known, as there is none yet: stateOf then says how far the pod is.
func causeOf(pod *corev1.Pod, event snapshot.PodEvent, now metav1.Time) *podCause {
	switch {
	case pod.DeletionTimestamp != nil:
		return keptFromEnding(pod, now)
	case snapshot.PodReady(pod), pod.Status.Phase == corev1.PodSucceeded:
		return nil
	case pod.Status.Phase == corev1.PodFailed && now.Sub(endOf(pod)) > recent:
		return nil
	}
	for _, cause := range []*podCause{podEnded(pod), notScheduled(pod)} {
		if cause != nil {
			return cause
		}
	}
	for i := range pod.Status.InitContainerStatuses {
		if cause := containerCause(podHead+pod.Name+", init container ", &pod.Status.InitContainerStatuses[i], event, now); cause != nil {
			return cause
		}
	}
	for i := range pod.Status.ContainerStatuses {
		if cause := containerCause(podHead+pod.Name+", container ", &pod.Status.ContainerStatuses[i], event, now); cause != nil {
			return cause
		}
	}
	for _, cause := range []*podCause{gated(pod), nodeDown(pod, event), notCreated(pod, event), unattended(pod, now)} {
		if cause != nil {
			return cause
		}
	}
	return nil
}

// OfPod is what keeps a pod from being ready; event is the last warning about it. nil when no cause
// is known.
func OfPod(pod *corev1.Pod, event snapshot.PodEvent, now metav1.Time) *Cause {
	cause := causeOf(pod, event, now)
	if cause == nil {
		return nil
	}
	return &Cause{Reason: cause.Reason, Message: cause.Message()}
}

// endingPatience is for how long after its grace period a pod that is being deleted may stay.
const endingPatience = 30 * time.Second

// keptFromEnding is what keeps a pod that is being deleted: its name, and a volume that only
// one pod can mount, are not free before it is gone.
func keptFromEnding(pod *corev1.Pod, now metav1.Time) *podCause {
	if now.Sub(pod.DeletionTimestamp.Time) <= endingPatience { // It is when the grace period ends.
		return nil
	}
	cause := &podCause{Reason: v1alpha1.ReasonTerminating, Head: fmt.Sprintf("pod %s is being deleted and does not go", pod.Name)}
	if len(pod.Finalizers) > 0 {
		cause.Detail = "it has the finalizers " + oneLine(strings.Join(pod.Finalizers, ", ")) + ": find out what should remove them"
		return cause
	}
	cause.Detail = "its node has not reported that its containers have ended; if the node is gone for good, " +
		"delete the Node object, or run kubectl delete pod --force"
	if pod.Spec.NodeName != "" {
		cause.Detail = "node " + pod.Spec.NodeName + " has not reported that its containers have ended; if the node is gone for good, " +
			"delete the Node object, or run kubectl delete pod --force"
	}
	return cause
}

// podEnded is why a pod was ended as a whole, or is about to be: by its node, the scheduler or
// a controller, and not by its containers.
func podEnded(pod *corev1.Pod) *podCause {
	failed := pod.Status.Phase == corev1.PodFailed
	target := snapshot.PodCondition(pod, corev1.DisruptionTarget)
	disrupted := target != nil && target.Status == corev1.ConditionTrue
	ended := func(reason, what, detail string) *podCause {
		return &podCause{Reason: reason, Head: fmt.Sprintf("pod %s %s", pod.Name, what), Detail: oneLine(detail)}
	}
	why := pod.Status.Reason
	switch {
	case failed && why == "Evicted":
		return ended(v1alpha1.ReasonEvicted, "was evicted", pod.Status.Message)
	case why == "NodeLost":
		return ended(v1alpha1.ReasonNodeNotReady, "is on a node that does not respond (NodeLost)", pod.Status.Message)
	case failed && slices.Contains(refused, why) || failed && strings.HasPrefix(why, "OutOf"):
		return ended(v1alpha1.ReasonUnschedulable, "was refused by its node ("+why+")", pod.Status.Message)
	case failed && why != "":
		return ended(v1alpha1.ReasonEvicted, "was ended ("+oneLine(why)+")", pod.Status.Message)
	case disrupted && (failed || containersEnded(pod)):
		return ended(v1alpha1.ReasonEvicted, "was ended ("+oneLine(target.Reason)+")", target.Message)
	}
	return nil
}

// refused are the reasons with which a kubelet refuses a pod that was bound to its node,
// besides OutOfcpu, OutOfmemory and the like.
var refused = []string{
	"UnexpectedAdmissionError", "InvalidNodeInfo", "NodeAffinity", "NodeName", "NodePorts", "NodeUnschedulable", "TaintToleration",
	"PodOSNotSupported", "PodOSSelectorNodeLabelDoesNotMatch", "PodFeatureUnsupported", "PodLevelResourcesNotSupported",
	"InitContainerRestartPolicyForbidden", "SupplementalGroupsPolicyNotSupported", "NodeDeclaredFeaturesAdmission",
	"AppArmor", "SysctlForbidden", "TopologyAffinityError", "SMTAlignmentError", "EmptyPodSharedPoolError", "NodeShutdown",
	"VolumeAttachmentLimitExceeded", "NodeResourcesFit", "UnexpectedPredicateFailureType", "UnknownReason",
}

func containersEnded(pod *corev1.Pod) bool {
	for i := range pod.Status.ContainerStatuses {
		if pod.Status.ContainerStatuses[i].State.Terminated == nil {
			return false
		}
	}
	return len(pod.Status.ContainerStatuses) > 0
}

// notScheduled is why no node was chosen for a pod.
func notScheduled(pod *corev1.Pod) *podCause {
	scheduled := snapshot.PodCondition(pod, corev1.PodScheduled)
	if scheduled == nil || scheduled.Status != corev1.ConditionFalse {
		return nil
	}
	if scheduled.Reason == corev1.PodReasonSchedulingGated {
		var gates []string
		for _, gate := range pod.Spec.SchedulingGates {
			gates = append(gates, gate.Name)
		}
		return &podCause{
			Reason: v1alpha1.ReasonSchedulingGated, Head: fmt.Sprintf("pod %s is not scheduled", pod.Name),
			Detail: "it waits for the scheduling gates " + oneLine(strings.Join(gates, ", ")) + " to be removed by whoever set them",
		}
	}
	head := fmt.Sprintf("pod %s can't be scheduled", pod.Name)
	if scheduled.Reason != corev1.PodReasonUnschedulable {
		head += " (" + oneLine(scheduled.Reason) + ")"
	}
	return &podCause{Reason: v1alpha1.ReasonUnschedulable, Head: head, Detail: oneLine(scheduled.Message)}
}

// nodeDown is that a pod's node does not respond: its containers may well run, and nothing
// is known of them. The node controller makes the pod not ready then, and leaves the condition
// ContainersReady, which is the kubelet's, as it is.
func nodeDown(pod *corev1.Pod, event snapshot.PodEvent) *podCause {
	containers, ready := snapshot.PodCondition(pod, corev1.ContainersReady), snapshot.PodCondition(pod, corev1.PodReady)
	unheard := containers != nil && containers.Status == corev1.ConditionTrue && ready != nil && ready.Status == corev1.ConditionFalse
	if event.Reason != "NodeNotReady" && !unheard {
		return nil
	}
	node := "its node"
	if pod.Spec.NodeName != "" {
		node = "node " + pod.Spec.NodeName
	}
	return &podCause{
		Reason: v1alpha1.ReasonNodeNotReady, Head: fmt.Sprintf("pod %s is not ready, as %s is not", pod.Name, node),
		Detail: "the pod is replaced when the node is given up, five minutes later by default, and if its volumes can move",
	}
}

// notCreated is why the containers of a pod that has a node can't be created: its sandbox, its
// network, its volumes, its devices.
func notCreated(pod *corev1.Pod, event snapshot.PodEvent) *podCause {
	if event.Reason == "" || event.Reason == "Unhealthy" {
		return nil
	}
	for i := range pod.Status.ContainerStatuses {
		if w := pod.Status.ContainerStatuses[i].State.Waiting; w == nil || w.Reason == crashLoopBackOff {
			return nil
		}
	}
	what, known := creation[event.Reason]
	if !known {
		what = "can't be started"
	}
	return &podCause{
		Reason: v1alpha1.ReasonConfigError, Head: fmt.Sprintf("pod %s: %s (%s)", pod.Name, what, event.Reason),
		Detail: oneLine(attempt.ReplaceAllString(event.Message, "…")),
	}
}

// attempt matches what differs in each attempt of the kubelet: the identifiers of sandboxes and
// containers.
var attempt = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// creation is what can't be done, by the reason of the Event that says so.
var creation = map[string]string{
	"FailedMount":                     "a volume can't be mounted",
	"FailedMapVolume":                 "a volume can't be mounted",
	"FailedAttachVolume":              "a volume can't be attached to its node",
	"FailedMountOnFilesystemMismatch": "a volume can't be mounted",
	"FileSystemResizeFailed":          "a volume's file system can't be resized",
	"VolumeResizeFailed":              "a volume can't be resized",
	"FailedCreatePodSandBox":          "its sandbox can't be created",
	"FailedPodSandBoxStatus":          "its sandbox has no status",
	"NetworkNotReady":                 "the network of its node is not ready",
	"FailedPrepareDynamicResources":   "its devices can't be prepared",
	"FailedCreatePodContainer":        "its containers can't be created",
}

// attendance is for how long a scheduler or a kubelet may take to begin with a pod.
const attendance = 30 * time.Second

// unattended is that nothing acts on a pod: no scheduler, or not the kubelet of its node.
func unattended(pod *corev1.Pod, now metav1.Time) *podCause {
	since, scheduled := pod.CreationTimestamp.Time, snapshot.PodCondition(pod, corev1.PodScheduled)
	if scheduled != nil && scheduled.LastTransitionTime.After(since) {
		since = scheduled.LastTransitionTime.Time
	}
	if pod.Status.Phase != corev1.PodPending || len(pod.Status.ContainerStatuses) > 0 || since.IsZero() || now.Sub(since) <= attendance {
		return nil
	}
	switch {
	case pod.Spec.NodeName != "":
		return &podCause{
			Reason: v1alpha1.ReasonNodeNotReady, Head: fmt.Sprintf("pod %s is not started by its node", pod.Name),
			Detail: "look at the kubelet of node " + pod.Spec.NodeName + ", and whether the node exists",
		}
	case scheduled == nil:
		return &podCause{
			Reason: v1alpha1.ReasonUnschedulable, Head: fmt.Sprintf("pod %s has not been looked at by any scheduler", pod.Name),
			Detail: fmt.Sprintf("see that its scheduler %q (spec.schedulerName) runs", oneLine(pod.Spec.SchedulerName)),
		}
	}
	return nil
}

// gated are the readiness gates that keep a pod from being ready although its containers are.
func gated(pod *corev1.Pod) *podCause {
	ready := snapshot.PodCondition(pod, corev1.ContainersReady)
	if ready == nil || ready.Status != corev1.ConditionTrue {
		return nil
	}
	var gates []string
	for _, gate := range pod.Spec.ReadinessGates {
		if c := snapshot.PodCondition(pod, gate.ConditionType); c == nil || c.Status != corev1.ConditionTrue {
			gates = append(gates, string(gate.ConditionType))
		}
	}
	if len(gates) == 0 {
		return nil
	}
	return &podCause{
		Reason: v1alpha1.ReasonReadinessGateNotReady, Head: fmt.Sprintf("pod %s is not ready", pod.Name),
		Detail: "its containers are, and it waits for the readiness gates " + oneLine(strings.Join(gates, ", ")) +
			" to be set to True by their controller",
	}
}

// stateOf is how far a pod is of which no cause is known, in one line: its phase, its first
// container that is not ready, and the conditions that say more.
func stateOf(pod *corev1.Pod) string {
	if pod.DeletionTimestamp != nil {
		return "being deleted" // Its containers and conditions change with each step of that.
	}
	parts := []string{string(cmp.Or(pod.Status.Phase, corev1.PodPending))}
	if state := unreadyContainer("init container ", pod.Status.InitContainerStatuses, heldUp(pod)); state != "" {
		parts = append(parts, state)
	} else if state := unreadyContainer("container ", pod.Status.ContainerStatuses, notReady); state != "" {
		parts = append(parts, state)
	}
	for _, c := range pod.Status.Conditions {
		if c.Status != corev1.ConditionTrue && c.Reason != "" && !strings.HasPrefix(c.Reason, "Containers") {
			parts = append(parts, fmt.Sprintf("%s: %s", c.Type, c.Reason))
		}
	}
	return oneLine(strings.Join(parts, ", "))
}

// notReady is the state of a container that runs.
const notReady = "running, not ready"

// heldUp is the state of an init container that runs: the containers after it are not started
// before it ends or, if it is a sidecar, has started.
func heldUp(pod *corev1.Pod) string {
	if initialized := snapshot.PodCondition(pod, corev1.PodInitialized); initialized != nil && initialized.Status == corev1.ConditionFalse {
		return "running, and the containers after it wait for it; see its logs and its startup probe"
	}
	return notReady
}

// unreadyContainer is the first container that is not ready, and its state; empty when there is
// none.
func unreadyContainer(kind string, all []corev1.ContainerStatus, running string) string {
	for _, c := range all {
		if c.Ready {
			continue // That of an init container that has succeeded is.
		}
		state := running
		if w := c.State.Waiting; w != nil {
			state = cmp.Or(w.Reason, "waiting")
		} else if ended := c.State.Terminated; ended != nil {
			state = fmt.Sprintf("exited with code %d", ended.ExitCode)
		}
		return fmt.Sprintf("%s%s: %s", kind, c.Name, state)
	}
	return ""
}

// notReadyYet says that a pod is not ready, and how far it is.
func notReadyYet(pod *corev1.Pod) string {
	return fmt.Sprintf("pod %s is not ready (%s)", pod.Name, stateOf(pod))
}

// recent is for how long the end of a container explains its state, or the end of a pod
// the state of those that replace it.
const recent = 10 * time.Minute

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

func oneLine(message string) string { return words.Line(message, maxMessage) }
