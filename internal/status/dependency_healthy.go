// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// dependencyHealthy is the condition of a dependency. Two views make it: that of the
// primary component's pods and, of what the operator runs itself, the kubelet's.
func dependencyHealthy(in Input, d catalog.Dependency) metav1.Condition {
	before := storedCondition(in, d.Condition.Type)
	if in.Snapshot == nil {
		condition := unread(in)
		if neverHealthy(before) {
			condition.Reason = v1alpha1.ReasonStarting // What comes next is still a start.
		}
		return condition
	}
	app := viewOf(in, string(d.Name))
	app.source = sourceOf(in, d, app.cannot)
	if d.ManagedSpec(&in.Tracker.Spec) == nil {
		return withFormer(in, d, external(in, d, app, before))
	}
	return withFormer(in, d, managed(in, d, app, before))
}

// managed joins the two views of a dependency that the operator runs.
func managed(in Input, d catalog.Dependency, app view, before *metav1.Condition) metav1.Condition {
	if in.Snapshot.CredentialsLost(d.Name) {
		return isFalse(v1alpha1.ReasonCredentialsLost, "%s", credentialsLost(in, d.Name))
	}
	set := in.Snapshot.StatefulSets[d.Name]
	if set == nil {
		return isFalse(v1alpha1.ReasonStarting, "StatefulSet %s does not exist yet", in.Tracker.ChildName(d.Name))
	}
	if cause := setCause(in, set, in.Snapshot.Pods[d.Name]); cause != nil {
		return cause.condition()
	}
	if planned := restarting(in, d.Name, set, before); planned != nil {
		return *planned
	}
	if !rolledOut(in, d.Name, set) {
		return isFalse(underWay(before), "%s", notRolledOut(in, d, set))
	}
	kubelet := kubeletView(in, d, set)
	switch {
	case kubelet.Status == metav1.ConditionTrue:
		if reconnecting(in, d.Name, before) && len(app.cannot) > 0 {
			return *before
		}
		return whileReady(in, kubelet, app, before)
	case app.failing:
		return kubelet
	case !app.settled && stands(before):
		return *before
	case app.healthy():
		return isTrue(v1alpha1.ReasonHealthy, canUse)
	}
	return kubelet
}

// whileReady is the condition of a managed dependency whose pod is ready.
func whileReady(in Input, kubelet metav1.Condition, app view, before *metav1.Condition) metav1.Condition {
	switch {
	case !app.settled && stands(before):
		return *before
	case app.answers == 0 && primaryStopped(in), app.unreported():
		return kubelet
	case !app.settled, app.answers == 0 && neverHealthy(before):
		// Not False: what keeps the API from starting is the cause, then.
		return unknown(underWay(before), "%s; no API pod has used it yet", kubelet.Message)
	}
	return app.condition(kubelet.Message + ", and ")
}

// underWay is the reason while it is not known whether the dependency works.
func underWay(before *metav1.Condition) string {
	if neverHealthy(before) {
		return v1alpha1.ReasonStarting
	}
	return v1alpha1.ReasonProgressing
}

// external is the condition of a dependency that the operator does not run: what the
// primary component's pods report, and whether the Secret of its URL exists.
func external(in Input, d catalog.Dependency, app view, before *metav1.Condition) metav1.Condition {
	if problem := in.Snapshot.External[d.Name].Problem; problem != "" {
		ref := d.Get(&in.Tracker.Spec).External.SecretKeyRef
		return isFalse(v1alpha1.ReasonSecretNotFound, "%s: put the URL into Secret %q of this namespace, under key %q", problem, ref.Name, ref.Key)
	}
	if !app.settled && stands(before) {
		return *before
	}
	condition := app.condition("external " + d.Title + ": ")
	proven := condition.Status == metav1.ConditionTrue && usedByCurrentPod(in, string(d.Name))
	if flaw := in.Snapshot.External[d.Name].Flaw; flaw != "" && !proven {
		return isFalse(v1alpha1.ReasonInvalidURL, "%s", flaw)
	}
	if condition.Status == metav1.ConditionUnknown && (!app.settled || neverHealthy(before)) {
		condition.Reason = underWay(before)
	}
	return condition
}

// usedByCurrentPod reports whether a pod of the current template can use a dependency: the
// others may have another URL.
func usedByCurrentPod(in Input, dependency string) bool {
	current := in.Snapshot.CurrentNames(in.Catalog.Primary().Name)
	return slices.ContainsFunc(in.Snapshot.Application.Pods, func(answer snapshot.PodAnswer) bool {
		return current.Has(answer.Pod) && answer.Health(dependency) == v1alpha1.DependencyHealthy
	})
}

// stands reports whether the stored condition is kept while too little is known for a new
// one: not if it says nothing about whether the dependency works.
func stands(before *metav1.Condition) bool {
	if before == nil {
		return false
	}
	switch before.Reason {
	case v1alpha1.ReasonStarting, v1alpha1.ReasonProgressing, v1alpha1.ReasonPaused, v1alpha1.ReasonReconcileFailed,
		v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonInvalidURL, v1alpha1.ReasonCredentialsLost:
		return false
	}
	return true
}

func credentialsLost(in Input, dependency v1alpha1.Component) string {
	claim, secret := catalog.ClaimName(in.Tracker, dependency), in.Tracker.CredentialsName(dependency)
	if in.Snapshot.Claims[dependency].DeletionTimestamp != nil {
		return fmt.Sprintf("PersistentVolumeClaim %s is being deleted, as nothing can open its data without Secret %s; both are created again after that",
			claim, secret)
	}
	return fmt.Sprintf("PersistentVolumeClaim %s has data, and Secret %s that opens them does not exist: "+
		"restore the Secret, or delete the claim to start again without the data", claim, secret)
}

// neverHealthy reports that a dependency has not worked yet since the tracker was
// created, by its stored condition.
func neverHealthy(before *metav1.Condition) bool {
	return before == nil || before.Reason == v1alpha1.ReasonStarting
}

// canUse is the message of what works, however many pods report it.
const canUse = "the API's pods can use it"

// view is what the API's pods report about one dependency.
type view struct {
	// answers is how many pods respond, can how many of these can use the dependency, and
	// cannot are those that can't. The others don't report it.
	answers, can int
	cannot       []string
	// settled reports that this can be relied on.
	settled bool
	// failing reports that no pod could use it when last polled, confirmed or not, or
	// that none responds promptly that was polled because the kubelet's view changed.
	failing bool
	// failure is why one pod does not respond; empty when none is polled.
	failure string
	// class is why those that can't use the dependency can't, source where they have its
	// URL from, and rollout which older pods serve that are not counted here.
	class   contract.ErrorClass
	source  source
	rollout string
}

// viewOf sums up what the pods report about a dependency.
func viewOf(in Input, name string) view {
	a := in.Snapshot.Application
	outage := slices.Contains(a.Failing, name)
	v := view{settled: a.Settled, failing: a.Hanging || outage}
	undecided, classes := false, map[contract.ErrorClass]int{}
	var pods []snapshot.PodAnswer
	pods, v.rollout = answersThatCount(in, name)
	for _, pod := range pods {
		if pod.Failure != "" && v.failure == "" {
			v.failure = fmt.Sprintf("pod %s: %s", pod.Pod, pod.Failure)
		}
		if pod.Answered {
			v.answers++
		}
		switch pod.Health(name) {
		case v1alpha1.DependencyHealthy:
			v.can++
		case v1alpha1.DependencyUnhealthy:
			v.cannot = append(v.cannot, pod.Pod)
			classes[pod.Error(name)]++
		case v1alpha1.DependencyUnknown:
			undecided = true
		}
	}
	v.class = mostOften(classes)
	// That some can, when none could when last polled, is the middle of an outage; and
	// what is not decided anywhere is reported.
	middle := outage && v.answers > 0 && v.can > 0 && len(v.cannot) > 0
	if middle || undecided && v.unreported() {
		v.settled = a.Overdue
	}
	return v
}

// healthy reports that all pods can use the dependency that respond and report it.
func (v view) healthy() bool { return v.answers > 0 && v.can > 0 && len(v.cannot) == 0 }

// unreported reports that no pod that responds reports the dependency.
func (v view) unreported() bool { return v.answers > 0 && v.can == 0 && len(v.cannot) == 0 }

// condition is the condition of the view. prefix begins the messages of what fails: it
// names the dependency.
func (v view) condition(prefix string) metav1.Condition {
	switch {
	case v.answers == 0 && v.failure == "":
		return unknown(v1alpha1.ReasonUnknown, "no running API pod to query")
	case v.answers == 0:
		return unknown(v1alpha1.ReasonUnknown, "no API pod responds to the operator: %s", v.failure)
	case v.unreported():
		return unknown(v1alpha1.ReasonUnknown, "the API's pods responded but did not report this dependency")
	case v.healthy():
		return isTrue(v1alpha1.ReasonHealthy, canUse)
	case v.can == 0:
		return isFalse(v1alpha1.ReasonConnectionFailed, "%s%s", prefix, v.unusable())
	}
	return isFalse(v1alpha1.ReasonPartiallyReachable, "%s%s", prefix, v.unusableForSome())
}

// maxNames is how many pods a message names.
const maxNames = 3

func names(pods []string) string {
	if rest := len(pods) - maxNames; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(pods[:maxNames], ", "), rest)
	}
	return strings.Join(pods, ", ")
}

// rolledOut reports whether the StatefulSet's pod is of its current template.
func rolledOut(in Input, c v1alpha1.Component, set *appsv1.StatefulSet) bool {
	if set.Status.ObservedGeneration < set.Generation {
		return false
	}
	for i := range in.Snapshot.Pods[c] {
		pod := &in.Snapshot.Pods[c][i]
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision && snapshot.PodReady(pod) {
			return false
		}
	}
	return true
}

// kubeletView is the condition of a managed dependency as far as the kubelet can see:
// whether its pod is ready and, if not, why.
func kubeletView(in Input, d catalog.Dependency, set *appsv1.StatefulSet) metav1.Condition {
	pods, claim := in.Snapshot.Pods[d.Name], in.Snapshot.Claims[d.Name]
	unbound := claim != nil && claim.Status.Phase == corev1.ClaimPending
	never := neverHealthy(storedCondition(in, d.Condition.Type))
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(v1alpha1.ReasonHealthy, "pod %s is ready", pods[i].Name)
		}
	}
	if failure := in.Snapshot.CreateFailures[d.Name]; failure != "" {
		return createFailure("StatefulSet "+set.Name, failure).condition()
	}
	cause := mostSevere(pods, in)
	ofVolume := cause != nil && cause.Reason == v1alpha1.ReasonUnschedulable && aboutVolume(cause.Detail)
	switch {
	case ofVolume && never && young(pods, in.Now):
		// A volume that is being provisioned looks like this for a moment, and so does a claim that the scheduler has yet to see.
		return isFalse(v1alpha1.ReasonStarting, "pod %s-0 waits for its volume", set.Name)
	case ofVolume && unbound:
		return isFalse(v1alpha1.ReasonVolumePending,
			"PersistentVolumeClaim %s is not bound: %s; %s", catalog.ClaimName(in.Tracker, d.Name), whyUnbound(claim), cause.Message())
	case cause != nil:
		cause.Reason = v1alpha1.ReasonDependencyDown
		return isFalse(v1alpha1.ReasonDependencyDown, "%s", sticky(in, d.Condition.Type, *cause))
	case never:
		return isFalse(v1alpha1.ReasonStarting, "%s", setNotReady(set, pods, claim))
	}
	return isFalse(v1alpha1.ReasonDependencyDown, "%s", setNotReady(set, pods, claim))
}

// setNotReady says how far the pod of a StatefulSet is that is not ready for no known cause.
// The StatefulSet controller emits no event about a claim that keeps it from creating a pod.
func setNotReady(set *appsv1.StatefulSet, pods []corev1.Pod, claim *corev1.PersistentVolumeClaim) string {
	switch {
	case len(pods) == 0 && claim != nil && claim.DeletionTimestamp != nil:
		return fmt.Sprintf("StatefulSet %s creates no pod while PersistentVolumeClaim %s is being deleted: "+
			"find out what uses it, or which finalizer keeps it (kubectl describe pvc %s)", set.Name, claim.Name, claim.Name)
	case len(pods) == 0:
		return fmt.Sprintf("pod %s-0 is not ready (it does not exist)", set.Name)
	}
	return notReadyYet(&pods[0])
}

// aboutVolume reports whether the scheduler's message is about a volume: a claim waits
// for its pod as well, where that can't be scheduled for another reason.
func aboutVolume(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "volume") || strings.Contains(message, "storageclass")
}

// whyUnbound is what to look at if a claim is not bound, which its own Events explain.
func whyUnbound(claim *corev1.PersistentVolumeClaim) string {
	class := ptr.Deref(claim.Spec.StorageClassName, "")
	switch {
	case claim.Spec.StorageClassName == nil:
		return "it has no StorageClass, and the cluster has no default one"
	case class == "":
		return "it wants a volume without a StorageClass"
	}
	return fmt.Sprintf("see that its StorageClass %q exists and can provision a volume (kubectl describe pvc %s -n %s)",
		oneLine(class), claim.Name, claim.Namespace)
}

// volumePatience is how long a new pod may wait for a new volume before that is
// reported as a problem.
const volumePatience = 30 * time.Second

func young(pods []corev1.Pod, now metav1.Time) bool {
	return !slices.ContainsFunc(pods, func(pod corev1.Pod) bool { return now.Sub(pod.CreationTimestamp.Time) > volumePatience })
}
