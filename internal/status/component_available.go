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
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
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
		if cause := misrouted(in, c, d); cause != nil {
			return cause.condition()
		}
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
	if reveals(same, cause.Detail) {
		return cause.Message()
	}
	if same == cause.Head && cause.Detail == "" || strings.HasPrefix(same, cause.Head+": ") {
		return same
	}
	return cause.Message()
}

// reveals reports whether a stored message may have what is masked or withheld by now, or
// withholds what may be shown by now.
func reveals(stored, detail string) bool {
	for _, mark := range []string{words.Withheld, words.Masked} {
		if strings.Contains(detail, mark) && !strings.Contains(stored, mark) {
			return true
		}
	}
	return detail != "" && strings.Contains(stored, words.Withheld) && !strings.Contains(detail, words.Withheld)
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

// labelVersion is the label of a pod that holds the version that it runs.
const labelVersion = "app.kubernetes.io/version"

// components returns status.components: the components whose Deployment exists.
func components(in Input, previous []v1alpha1.ComponentStatus) []v1alpha1.ComponentStatus {
	var all []v1alpha1.ComponentStatus
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		if d := in.Snapshot.Deployments[c.Name]; d != nil {
			all = append(all, componentStatus(c.Name, d, in.Snapshot.Pods[c.Name], previous))
		}
	}
	return all
}

func componentStatus(c v1alpha1.Component, d *appsv1.Deployment, pods []corev1.Pod, previous []v1alpha1.ComponentStatus) v1alpha1.ComponentStatus {
	next := v1alpha1.ComponentStatus{
		Name:            c,
		Ready:           fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, wanted(d)),
		Replicas:        d.Status.Replicas,
		ReadyReplicas:   d.Status.ReadyReplicas,
		UpdatedReplicas: d.Status.UpdatedReplicas,
		Image:           image(d),
	}
	versions, ready := sets.New[string](), 0
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			versions.Insert(pods[i].Labels[labelVersion])
			ready++
		}
	}
	if ready == int(d.Status.ReadyReplicas) {
		next.Version = only(versions)
		return next
	}
	// The caches of pods and of Deployments are apart for a moment. To change the version
	// now and the counts next would cost a write of the status more.
	for _, before := range previous {
		if before.Name == c {
			next.Version = before.Version
		}
	}
	return next
}

// image is what the component's own container runs: a patch may have put others
// beside it.
func image(d *appsv1.Deployment) string {
	for _, c := range d.Spec.Template.Spec.Containers {
		if c.Name == d.Labels[v1alpha1.LabelComponent] {
			return words.Line(c.Image, maxMessage)
		}
	}
	return ""
}

// version returns status.version, from the versions of the components that have ready pods.
func version(components []v1alpha1.ComponentStatus) string {
	versions := sets.New[string]()
	for _, c := range components {
		if c.ReadyReplicas > 0 {
			versions.Insert(c.Version)
		}
	}
	return only(versions)
}

// only returns the version if there is exactly one, or else "".
func only(versions sets.Set[string]) string {
	if versions.Len() != 1 {
		return ""
	}
	return versions.UnsortedList()[0]
}
