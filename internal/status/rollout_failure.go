// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// since is from when on what happens to the pods is held against their templates: a dependency whose pod
// has only just become ready was down before, even if that was not stored.
func (r rollout) since() time.Time {
	since := r.next.Candidate.Since.Time
	for _, d := range r.needed() {
		for _, pod := range r.Snapshot.Pods[d.Name] {
			if at := snapshot.PodCondition(&pod, corev1.PodReady); snapshot.PodReady(&pod) && at.LastTransitionTime.Add(confirmation).After(since) {
				since = at.LastTransitionTime.Add(confirmation)
			}
		}
	}
	return since
}

// suspicion is what is held against templates once it has lasted for so long.
type suspicion struct {
	message  string
	since    time.Time
	patience time.Duration
}

// failure is what has gone wrong with the pods of the new templates, empty when nothing has, and
// whether it is confirmed.
func (r rollout) failure() (message string, confirmed bool) {
	all := r.suspicions()
	for _, s := range all {
		if r.Now.Sub(s.since) >= s.patience {
			return s.message, true
		}
	}
	if len(all) > 0 {
		return all[0].message, false
	}
	return "", false
}

func (r rollout) suspicions() []suspicion {
	var all []suspicion
	began := r.since()
	for _, c := range r.Catalog.Present(&r.Tracker.Spec) {
		d := r.Snapshot.Deployments[c.Name]
		if d == nil || r.Snapshot.DeployedTemplates()[c.Name] != r.templates[c.Name] || r.unchanged(c.Name) {
			continue
		}
		all = append(all, r.ofPods(c, began)...)
		if cause := r.overdue(c, d); cause != nil {
			all = append(all, suspicion{message: cause.Message()})
		}
		if worse := r.Snapshot.Comparison.Worse(); c.Primary && worse != "" {
			all = append(all, suspicion{message: worse})
		}
	}
	for _, verdict := range r.verdicts() {
		if since := verdict.LastTransitionTime.Time; !since.Before(began) {
			all = append(all, suspicion{verdict.Message, since, dependencyConfirmation})
		}
	}
	return all
}

// ofPods are the crashes and relapses of a component's new pods since a time.
func (r rollout) ofPods(c catalog.Component, began time.Time) []suspicion {
	patience := confirmation
	if c.UsesDependencies && !r.dependenciesWork() {
		patience = dependencyConfirmation
	}
	var all []suspicion
	for _, pod := range r.Snapshot.CurrentPods(c.Name) {
		cause, at := crash(&pod, began)
		if cause == nil {
			cause, at = r.relapse(&pod, began)
		}
		if cause != nil {
			all = append(all, suspicion{cause.Message(), at, patience})
		}
	}
	return all
}

// verdicts are the operator's conditions that new templates may be the cause of, once all their pods have been
// ready.
func (r rollout) verdicts() []metav1.Condition {
	readySince := r.next.Candidate.ReadySince
	if readySince == nil {
		return nil
	}
	reasons := map[string]string{}
	for _, d := range r.needed() {
		reasons[d.Condition.Type] = v1alpha1.ReasonConnectionFailed
	}
	for _, j := range r.Snapshot.Journeys {
		if j.Last != nil && !j.Last.Succeeded && !j.Last.Started.Before(readySince.Time) {
			reasons[v1alpha1.ConditionJourneysPassing] = v1alpha1.ReasonJourneyFailed
		}
	}
	var bad []metav1.Condition
	for _, c := range r.Tracker.Status.Conditions {
		if reason, counts := reasons[c.Type]; counts && c.Reason == reason {
			bad = append(bad, c)
		}
	}
	return bad
}

// overdue is why the pods of a component are not ready, if the deadline for that has passed: that of a rollout, or as
// long after they have all been. nil otherwise.
func (r rollout) overdue(c catalog.Component, d *appsv1.Deployment) *podCause {
	progressing, before := deploymentCondition(d, appsv1.DeploymentProgressing), storedCondition(r.Input, c.Condition.Type)
	deadline := r.Tracker.Spec.GetRollout().ProgressDeadline.Duration
	n := count(r.Input, c.Name, d)
	if n.complete() || progressing == nil || r.Now.Sub(r.next.Candidate.Since.Time) < deadline {
		return nil
	}
	stuck := progressing.Reason == progressDeadlineExceeded && !r.Snapshot.IsFormer(c.Name, quoted(progressing.Message))
	lost := progressing.Reason == "NewReplicaSetAvailable" && before != nil && before.Status == metav1.ConditionFalse &&
		r.Now.Sub(before.LastTransitionTime.Time) >= deadline
	if !stuck && !lost {
		return nil
	}
	if cause := deploymentCause(r.Input, c.Name, d, n); cause != nil {
		return cause
	}
	return &podCause{Head: fmt.Sprintf("Deployment %s: %s for %s%s", d.Name, n, deadline, whichUnready(r.Input, c.Name))}
}

// crash is how a container of a pod has ended since a time, and when; nil when none has. A pod that
// its node or a controller ended did not crash.
func crash(pod *corev1.Pod, since time.Time) (*podCause, time.Time) {
	if pod.DeletionTimestamp != nil || podEnded(pod) != nil {
		return nil, time.Time{}
	}
	find := func(kind string, statuses []corev1.ContainerStatus, ends bool) (*podCause, time.Time) {
		for i := range statuses {
			for _, end := range []*corev1.ContainerStateTerminated{statuses[i].State.Terminated, statuses[i].LastTerminationState.Terminated} {
				if end == nil || end.FinishedAt.Time.Before(since) || ends && end.ExitCode == 0 || endedWithNode(end) {
					continue
				}
				head := podHead + pod.Name + ", " + kind + statuses[i].Name
				if end.Reason == oomKilled {
					return memoryExceeded(head), end.FinishedAt.Time
				}
				return endCause(head, end, true), end.FinishedAt.Time
			}
		}
		return nil, time.Time{}
	}
	if cause, at := find("init container ", pod.Status.InitContainerStatuses, true); cause != nil {
		return cause, at
	}
	return find("container ", pod.Status.ContainerStatuses, false)
}

// endedWithNode reports that a container ended with its node, which says nothing of the container.
func endedWithNode(end *corev1.ContainerStateTerminated) bool {
	return end.Reason == "ContainerStatusUnknown" || end.Reason == "Unknown"
}

// relapse is why a pod that was ready is not any more, and since when; nil when it is ready, or has
// not been yet.
func (r rollout) relapse(pod *corev1.Pod, since time.Time) (*podCause, time.Time) {
	ready := snapshot.PodCondition(pod, corev1.ContainersReady)
	if pod.DeletionTimestamp != nil || podEnded(pod) != nil || ready == nil || ready.Status == corev1.ConditionTrue ||
		ready.LastTransitionTime.Time.Before(since) {
		return nil, time.Time{}
	}
	for i := range pod.Status.ContainerStatuses {
		running := pod.Status.ContainerStatuses[i].State.Running
		if running == nil || !running.StartedAt.Time.Before(ready.LastTransitionTime.Time) {
			return nil, time.Time{}
		}
	}
	if cause := causeOf(pod, r.Snapshot.PodEvents[pod.Name], r.Now); cause != nil {
		return cause, ready.LastTransitionTime.Time
	}
	return &podCause{Head: notReadyYet(pod)}, ready.LastTransitionTime.Time
}
