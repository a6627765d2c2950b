// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// image is what the component's own container runs: a patch may have put others
// beside it.
func image(d *appsv1.Deployment) string {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name == d.Labels[v1alpha1.LabelComponent] {
			return c.Image
		}
	}
	return ""
}

// component tells whether a Deployment has all its pods, up to date and ready.
func component(p Pass, c v1alpha1.Component, conditionType string) metav1.Condition {
	d := p.Snapshot.Deployments[c]
	if d == nil && heldBack(p, c) {
		return isFalse(conditionType, v1alpha1.ReasonProgressing,
			fmt.Sprintf("Deployment %s will be made when the migrations have run", p.Tracker.ChildName(c)))
	}
	if d == nil {
		return isFalse(conditionType, v1alpha1.ReasonProgressing,
			fmt.Sprintf("Deployment %s does not exist yet", p.Tracker.ChildName(c)))
	}
	want := wanted(d)
	observed := d.Status.ObservedGeneration >= d.Generation
	if observed && d.Status.UpdatedReplicas == want && d.Status.Replicas == want && d.Status.AvailableReplicas == want {
		message := fmt.Sprintf("%d of %d pods are ready", want, want)
		if heldBack(p, c) {
			message += "; they stay as they are until the migrations have run"
		}
		return isTrue(conditionType, v1alpha1.ReasonAvailable, message)
	}
	if !observed {
		return isFalse(conditionType, v1alpha1.ReasonProgressing,
			fmt.Sprintf("Deployment %s: the rollout of its new template has not begun", d.Name))
	}
	if cause := deploymentCause(p, c, d); cause != nil {
		return isFalse(conditionType, cause.Reason, sticky(p, conditionType, *cause)+stillServing(d))
	}
	return isFalse(conditionType, v1alpha1.ReasonProgressing,
		fmt.Sprintf("Deployment %s: %d of %d pods are up to date and ready", d.Name, min(d.Status.UpdatedReplicas, d.Status.AvailableReplicas), want))
}

// deploymentCause is the worst that is known to keep a Deployment from having
// its pods; nil while nothing is known to be wrong.
func deploymentCause(p Pass, c v1alpha1.Component, d *appsv1.Deployment) *podCause {
	if failure := deploymentCondition(d, appsv1.DeploymentReplicaFailure); failure != nil && failure.Status == corev1.ConditionTrue {
		head := fmt.Sprintf("Deployment %s can't make a pod", d.Name)
		return &podCause{Reason: createReason(failure.Message), Head: head, Words: createWords(failure.Message)}
	}
	if cause := worst(p.Snapshot.CurrentPods(c), p); cause != nil {
		return cause
	}
	progressing := deploymentCondition(d, appsv1.DeploymentProgressing)
	if progressing != nil && progressing.Reason == "ProgressDeadlineExceeded" {
		return &podCause{
			Reason: v1alpha1.ReasonProgressDeadlineExceeded,
			Head:   fmt.Sprintf("Deployment %s: no progress for %d s", d.Name, ptr.Deref(d.Spec.ProgressDeadlineSeconds, 600)),
			Words:  progressing.Message,
		}
	}
	return nil
}

// keepServing introduces the number of older pods that serve in a stuck rollout.
const keepServing = " (pods of the previous template that keep serving: "

// stillServing tells, in a rollout that is stuck, how many older pods serve.
func stillServing(d *appsv1.Deployment) string {
	if d.Status.UpdatedReplicas == d.Status.Replicas || d.Status.ReadyReplicas == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d)", keepServing, d.Status.ReadyReplicas)
}

// sticky words a cause. While a cause whose words repeat themselves with
// variations stays the same, so do its words: a crash brings new last words every
// time, and nothing new.
func sticky(p Pass, conditionType string, cause podCause) string {
	before := meta.FindStatusCondition(p.Tracker.Status.Conditions, conditionType)
	if !cause.Fickle || before == nil || before.Reason != cause.Reason || before.ObservedGeneration != p.Tracker.Generation {
		return cause.Message()
	}
	same, _, _ := strings.Cut(before.Message, keepServing)
	if same == cause.Head && cause.Words == "" || strings.HasPrefix(same, cause.Head+": ") {
		return same
	}
	return cause.Message()
}

func deploymentCondition(d *appsv1.Deployment, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == t {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

func wanted(d *appsv1.Deployment) int32 {
	return ptr.Deref(d.Spec.Replicas, 1)
}
