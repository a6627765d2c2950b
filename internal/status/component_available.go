// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// componentAvailable is the condition of a component: whether its Deployment has all its
// pods, up to date and ready.
func componentAvailable(in Input, c catalog.Component) metav1.Condition {
	if in.Snapshot == nil {
		return unread(in)
	}
	d := in.Snapshot.Deployments[c.Name]
	waits := c.Primary && in.Snapshot.HeldBack(in.Tracker)
	switch {
	case d == nil && waits:
		return isFalse(v1alpha1.ReasonProgressing, "Deployment %s will be created when the migrations have run", in.Tracker.ChildName(c.Name))
	case d == nil:
		return isFalse(v1alpha1.ReasonProgressing, "Deployment %s does not exist yet", in.Tracker.ChildName(c.Name))
	case d.Status.ObservedGeneration < d.Generation:
		return isFalse(v1alpha1.ReasonProgressing, "Deployment %s: the rollout of its new template has not begun", d.Name)
	}
	want := wanted(d)
	if d.Status.UpdatedReplicas == want && d.Status.Replicas == want && d.Status.AvailableReplicas == want {
		message := fmt.Sprintf("%d of %d pods are ready", want, want)
		if waits {
			message += "; they are not replaced until the migrations have run"
		}
		return isTrue(v1alpha1.ReasonAvailable, "%s", message)
	}
	if cause := deploymentCause(in, c.Name, d); cause != nil {
		return isFalse(cause.Reason, "%s%s", sticky(in, c.Condition.Type, *cause), stillServing(d))
	}
	return isFalse(v1alpha1.ReasonProgressing,
		"Deployment %s: %d of %d pods are up to date and ready", d.Name, min(d.Status.UpdatedReplicas, d.Status.AvailableReplicas), want)
}

// deploymentCause is the most severe cause that keeps a Deployment from having its pods;
// nil while none is known.
func deploymentCause(in Input, c v1alpha1.Component, d *appsv1.Deployment) *podCause {
	if failure := deploymentCondition(d, appsv1.DeploymentReplicaFailure); failure != nil && failure.Status == corev1.ConditionTrue {
		return createFailure("Deployment "+d.Name, failure.Message)
	}
	if cause := mostSevere(in.Snapshot.CurrentPods(c), in); cause != nil {
		return cause
	}
	progressing := deploymentCondition(d, appsv1.DeploymentProgressing)
	if progressing != nil && progressing.Reason == "ProgressDeadlineExceeded" {
		return &podCause{
			Reason: v1alpha1.ReasonProgressDeadlineExceeded,
			Head:   fmt.Sprintf("Deployment %s: no progress for %d s", d.Name, ptr.Deref(d.Spec.ProgressDeadlineSeconds, 600)),
			Detail: progressing.Message,
		}
	}
	return nil
}

// keepServing introduces the number of older pods that serve in a stuck rollout.
const keepServing = " (pods of the previous template that keep serving: "

// stillServing is how many older pods serve, in a rollout that is stuck.
func stillServing(d *appsv1.Deployment) string {
	if d.Status.UpdatedReplicas == d.Status.Replicas || d.Status.ReadyReplicas == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d)", keepServing, d.Status.ReadyReplicas)
}

// sticky is the message of a cause. While the cause stays the same, so does a message
// whose detail varies from one time to the next, such as the last output of a container
// that keeps crashing.
func sticky(in Input, conditionType string, cause podCause) string {
	before := storedCondition(in, conditionType)
	if !cause.Varies || before == nil || before.Reason != cause.Reason || before.ObservedGeneration != in.Tracker.Generation {
		return cause.Message()
	}
	same, _, _ := strings.Cut(before.Message, keepServing)
	if same == cause.Head && cause.Detail == "" || strings.HasPrefix(same, cause.Head+": ") {
		return same
	}
	return cause.Message()
}

func deploymentCondition(d *appsv1.Deployment, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	i := slices.IndexFunc(d.Status.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == t })
	if i < 0 {
		return nil
	}
	return &d.Status.Conditions[i]
}

func wanted(d *appsv1.Deployment) int32 {
	return ptr.Deref(d.Spec.Replicas, 1)
}

// primaryStopped reports whether the primary component runs no pods, as the spec wants
// it: then no pod can report anything.
func primaryStopped(in Input) bool {
	if in.Snapshot == nil {
		return false
	}
	d := in.Snapshot.Deployments[in.Catalog.Primary().Name]
	return d != nil && wanted(d) == 0
}
