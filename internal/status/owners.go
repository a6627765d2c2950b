// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// What keeps the owners of pods, which are Deployments, StatefulSets and Jobs, from having
// the pods that they should, though no pod has a problem: somebody holds them.

// paused is that a Deployment is paused, and how to let it go on.
func paused(in Input, d *appsv1.Deployment) *podCause {
	resume := fmt.Sprintf("run kubectl rollout resume deployment/%s -n %s", d.Name, d.Namespace)
	if patched(in, "paused") {
		resume = "take paused out of spec.patches"
	}
	return &podCause{
		Reason: v1alpha1.ReasonPaused,
		Head:   fmt.Sprintf("Deployment %s is paused (spec.paused), and its pods don't get a new template: %s", d.Name, resume),
	}
}

// patched reports whether a patch of the tracker sets a field, as far as its text says.
func patched(in Input, field string) bool {
	return slices.ContainsFunc(in.Tracker.Spec.Patches, func(p v1alpha1.Patch) bool { return strings.Contains(p.Patch, field) })
}

// setCause is what keeps a StatefulSet's pod from running, or from its current template, by
// the StatefulSet's own spec; nil when nothing does.
func setCause(in Input, set *appsv1.StatefulSet, pods []corev1.Pod) *podCause {
	if ptr.Deref(set.Spec.Replicas, 1) == 0 {
		return &podCause{
			Reason: v1alpha1.ReasonDependencyDown,
			Head: fmt.Sprintf("StatefulSet %s is scaled to 0 (spec.replicas): run kubectl scale statefulset/%s -n %s --replicas=1",
				set.Name, set.Name, set.Namespace),
		}
	}
	i := slices.IndexFunc(pods, func(pod corev1.Pod) bool {
		return pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision
	})
	if i < 0 || set.Status.ObservedGeneration < set.Generation {
		return nil
	}
	head := fmt.Sprintf("StatefulSet %s keeps pod %s on its previous template", set.Name, pods[i].Name)
	switch strategy := set.Spec.UpdateStrategy; {
	case strategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
		return &podCause{Reason: v1alpha1.ReasonPaused, Head: head +
			" (spec.updateStrategy is OnDelete): delete the pod when it may restart"}
	case strategy.RollingUpdate != nil && ptr.Deref(strategy.RollingUpdate.Partition, 0) > 0:
		remove := fmt.Sprintf("run kubectl patch statefulset/%s -n %s --type=merge "+
			`-p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}'`, set.Name, set.Namespace)
		if patched(in, "partition") {
			remove = "take partition out of spec.patches"
		}
		return &podCause{Reason: v1alpha1.ReasonPaused, Head: head + " (spec.updateStrategy.rollingUpdate.partition): " + remove}
	}
	return nil
}

// notRolledOut is what a StatefulSet's pod does not run yet.
func notRolledOut(in Input, d catalog.Dependency, set *appsv1.StatefulSet) string {
	message := fmt.Sprintf("StatefulSet %s: its pod does not run its new template yet", set.Name)
	if len(in.Snapshot.Pods[d.Name]) == 0 {
		message = fmt.Sprintf("StatefulSet %s has no pod yet", set.Name)
	}
	if set.Status.ObservedGeneration < set.Generation {
		message += unobserved(in, d.Condition.Type, "StatefulSet")
	}
	return message
}

// labelQueue is the label of a Job that Kueue suspends until there is room for it.
const labelQueue = "kueue.x-k8s.io/queue-name"

// jobCause is what keeps a Job from having a pod, by the Job's own spec and metadata; nil
// when nothing does.
func jobCause(job *batchv1.Job, pods []corev1.Pod) *podCause {
	suspended := ptr.Deref(job.Spec.Suspend, false) || snapshot.JobCondition(job, batchv1.JobSuspended) != nil
	queue, manager := job.Labels[labelQueue], cmp.Or(ptr.Deref(job.Spec.ManagedBy, ""), batchv1.JobControllerName)
	switch {
	case job.DeletionTimestamp != nil:
		return &podCause{Reason: v1alpha1.ReasonRunning, Head: fmt.Sprintf("Job %s is being deleted%s", job.Name, finalizers(job.Finalizers))}
	case suspended && queue != "":
		return &podCause{Reason: v1alpha1.ReasonPaused, Head: fmt.Sprintf(
			"Job %s is suspended (spec.suspend) until Kueue admits it to queue %q: look at its Workload with kubectl describe workloads -n %s",
			job.Name, oneLine(queue), job.Namespace)}
	case suspended:
		return &podCause{Reason: v1alpha1.ReasonPaused, Head: fmt.Sprintf(
			`Job %s is suspended (spec.suspend): run kubectl patch job/%s -n %s --type=merge -p '{"spec":{"suspend":false}}'`,
			job.Name, job.Name, job.Namespace)}
	case manager != batchv1.JobControllerName && len(pods) == 0:
		return &podCause{Reason: v1alpha1.ReasonRunning, Head: fmt.Sprintf(
			"Job %s has no pod yet: spec.managedBy gives it to %q, not to the cluster's Job controller", job.Name, oneLine(manager))}
	}
	return nil
}

// finalizers tells what an object that is being deleted waits for.
func finalizers(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ", and waits for who set its finalizers to remove them: " + oneLine(strings.Join(names, ", "))
}

// observePatience is for how long a controller of the cluster may take to see a change before
// that is reported.
const observePatience = 30 * time.Second

// unobserved is that the cluster's controller of a kind has not seen the last change of an
// object for long, by the time since when the object's condition says that it progresses. What
// was False before the change, for another cause, has an older time; Reconciling has that of the
// change then.
func unobserved(in Input, conditionType, kind string) string {
	before, reconciling := storedCondition(in, conditionType), storedCondition(in, v1alpha1.ConditionReconciling)
	underWay := []string{v1alpha1.ReasonProgressing, v1alpha1.ReasonStarting, v1alpha1.ReasonRestarting}
	if before == nil || !slices.Contains(underWay, before.Reason) ||
		!in.Tracker.Observed() || in.Now.Sub(before.LastTransitionTime.Time) < observePatience {
		return ""
	}
	if reconciling != nil && in.Now.Sub(reconciling.LastTransitionTime.Time) < observePatience {
		return ""
	}
	return fmt.Sprintf("; the cluster's %s controller has not seen its last change: look at kube-controller-manager", kind)
}
