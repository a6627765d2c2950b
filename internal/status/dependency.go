// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// dependency tells whether the database or Redis works: two views make a verdict,
// that of the API's pods and, of what the operator runs itself, the kubelet's.
func dependency(p Pass, c v1alpha1.Component, conditionType string) metav1.Condition {
	app := viewOf(p.Snapshot.Application, string(c))
	if p.Tracker.Spec.GetManaged(c) == nil {
		return external(p, c, conditionType, app)
	}
	return managed(p, c, conditionType, app)
}

// managed joins the two views of a dependency that the operator runs.
func managed(p Pass, c v1alpha1.Component, conditionType string, app view) metav1.Condition {
	if p.Snapshot.CredentialsLost(c) {
		return isFalse(conditionType, v1alpha1.ReasonCredentialsLost, credentialsLost(p, c))
	}
	set := p.Snapshot.StatefulSets[c]
	if set == nil {
		return isFalse(conditionType, v1alpha1.ReasonStarting,
			fmt.Sprintf("StatefulSet %s does not exist yet", p.Tracker.ChildName(c)))
	}
	if !rolledOut(p, c, set) {
		return isFalse(conditionType, underWay(p, conditionType),
			fmt.Sprintf("StatefulSet %s: its pod does not run its new template yet", set.Name))
	}
	kubelet := kubeletView(p, c, conditionType, set)
	if kubelet.Status == metav1.ConditionTrue {
		return whileReady(p, conditionType, kubelet, app)
	}
	stored := standing(p, conditionType)
	switch {
	case app.failing:
		return kubelet
	case !app.settled && stored != nil:
		return *stored
	case app.verdict == allCan:
		return isTrue(conditionType, v1alpha1.ReasonHealthy, canUse)
	}
	return kubelet
}

// whileReady is the verdict on a managed dependency that the kubelet calls ready.
func whileReady(p Pass, conditionType string, kubelet metav1.Condition, app view) metav1.Condition {
	stored := standing(p, conditionType)
	switch {
	case !app.settled && stored != nil:
		return *stored
	case app.verdict == unheard && wantsNoAPI(p), app.verdict == unnamed:
		return kubelet
	case !app.settled, app.verdict == unheard && neverHealthy(p.Tracker, conditionType):
		// Not False: what keeps the API from starting is the cause, then.
		return unknown(conditionType, underWay(p, conditionType), kubelet.Message+"; no API pod has used it yet")
	}
	return app.condition(conditionType, kubelet.Message+", and ")
}

// underWay is the reason of what is not yet known to work or to fail.
func underWay(p Pass, conditionType string) string {
	if neverHealthy(p.Tracker, conditionType) {
		return v1alpha1.ReasonStarting
	}
	return v1alpha1.ReasonProgressing
}

// external is what the API's pods say of a dependency that the operator does not
// run, and whether the Secret that leads to it is there.
func external(p Pass, c v1alpha1.Component, conditionType string, app view) metav1.Condition {
	if problem := p.Snapshot.External[c].Problem; problem != "" {
		return isFalse(conditionType, v1alpha1.ReasonSecretNotFound, problem+secretAdvice(p.Tracker.Spec.GetDependency(c)))
	}
	if stored := standing(p, conditionType); !app.settled && stored != nil {
		return *stored
	}
	verdict := app.condition(conditionType, "")
	if verdict.Status == metav1.ConditionUnknown && (!app.settled || neverHealthy(p.Tracker, conditionType)) {
		verdict.Reason = underWay(p, conditionType)
	}
	return verdict
}

// standing is the stored condition, which stands as long as not enough is known to
// say anything new; nil when there is none that says anything.
func standing(p Pass, conditionType string) *metav1.Condition {
	stored := meta.FindStatusCondition(p.Tracker.Status.Conditions, conditionType)
	if stored == nil {
		return nil
	}
	switch stored.Reason {
	case v1alpha1.ReasonStarting, v1alpha1.ReasonProgressing, v1alpha1.ReasonReconcileFailed, v1alpha1.ReasonSecretNotFound,
		v1alpha1.ReasonCredentialsLost:
		return nil
	}
	return stored
}

func credentialsLost(p Pass, c v1alpha1.Component) string {
	claim, secret := snapshot.ClaimName(p.Tracker, c), p.Tracker.CredentialsName(c)
	if p.Snapshot.Claims[c].DeletionTimestamp != nil {
		return fmt.Sprintf("PersistentVolumeClaim %s, whose data nothing can open since Secret %s is gone, is being deleted; both will then be made anew",
			claim, secret)
	}
	return fmt.Sprintf(
		"PersistentVolumeClaim %s has data, and Secret %s that opens them is gone: restore the Secret, or delete the claim to begin anew without the data",
		claim, secret)
}

// rolledOut tells whether the StatefulSet's pod is of its current template.
func rolledOut(p Pass, c v1alpha1.Component, set *appsv1.StatefulSet) bool {
	if set.Status.ObservedGeneration < set.Generation {
		return false
	}
	for i := range p.Snapshot.Pods[c] {
		pod := &p.Snapshot.Pods[c][i]
		if pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision && snapshot.PodReady(pod) {
			return false
		}
	}
	return true
}

// kubeletView tells whether a managed dependency's pod is ready and, if not, why.
func kubeletView(p Pass, c v1alpha1.Component, conditionType string, set *appsv1.StatefulSet) metav1.Condition {
	pods := p.Snapshot.Pods[c]
	for i := range pods {
		if snapshot.PodReady(&pods[i]) {
			return isTrue(conditionType, v1alpha1.ReasonHealthy, fmt.Sprintf("pod %s is ready", pods[i].Name))
		}
	}
	if words := p.Snapshot.CreateFailures[c]; words != "" {
		return isFalse(conditionType, createReason(words), fmt.Sprintf("StatefulSet %s can't make a pod: %s", set.Name, createWords(words)))
	}
	cause := worst(pods, p)
	if cause != nil && cause.Reason == v1alpha1.ReasonUnschedulable && claimPending(p.Snapshot.Claims[c]) && aboutVolume(cause.Words) {
		if neverHealthy(p.Tracker, conditionType) && young(pods, p.Now) {
			// A volume that is being made looks like this for a moment.
			return isFalse(conditionType, v1alpha1.ReasonStarting, fmt.Sprintf("pod %s-0 waits for its volume", set.Name))
		}
		return isFalse(conditionType, v1alpha1.ReasonVolumePending,
			fmt.Sprintf("PersistentVolumeClaim %s is not bound; %s", snapshot.ClaimName(p.Tracker, c), cause.Message()))
	}
	if cause != nil {
		cause.Reason = v1alpha1.ReasonDependencyDown
		return isFalse(conditionType, v1alpha1.ReasonDependencyDown, sticky(p, conditionType, *cause))
	}
	reason := v1alpha1.ReasonDependencyDown
	if neverHealthy(p.Tracker, conditionType) {
		reason = v1alpha1.ReasonStarting
	}
	return isFalse(conditionType, reason, fmt.Sprintf("pod %s-0 is not ready", set.Name))
}

// aboutVolume tells whether the scheduler's words are about a volume: a claim waits
// for its pod as well, where that can't be scheduled for another reason.
func aboutVolume(words string) bool {
	words = strings.ToLower(words)
	return strings.Contains(words, "volume") || strings.Contains(words, "storageclass")
}

// volumePatience is how long a new pod may wait for a new volume before that is
// told as a problem.
const volumePatience = 30 * time.Second

func young(pods []corev1.Pod, now metav1.Time) bool {
	for i := range pods {
		if now.Sub(pods[i].CreationTimestamp.Time) > volumePatience {
			return false
		}
	}
	return true
}

// secretAdvice is what to do about the Secret of an external dependency.
func secretAdvice(d v1alpha1.DependencySpec) string {
	return fmt.Sprintf(": put the URL into Secret %q of this namespace, under key %q", d.External.SecretKeyRef.Name, d.External.SecretKeyRef.Key)
}

// neverHealthy tells that a dependency has not yet worked since the tracker was
// made.
func neverHealthy(t *v1alpha1.InterviewTracker, conditionType string) bool {
	before := meta.FindStatusCondition(t.Status.Conditions, conditionType)
	return before == nil || before.Reason == v1alpha1.ReasonStarting
}

// wantsNoAPI tells that the API has been stopped: then it can't say anything.
func wantsNoAPI(p Pass) bool {
	d := p.Snapshot.Deployments[v1alpha1.ComponentAPI]
	return d != nil && wanted(d) == 0
}

func claimPending(c *corev1.PersistentVolumeClaim) bool {
	return c != nil && c.Status.Phase == corev1.ClaimPending
}

// createReason is the reason of a pod that can't be made, by the API server's words.
func createReason(words string) string {
	if strings.Contains(words, "exceeded quota") {
		return v1alpha1.ReasonQuotaExceeded
	}
	return v1alpha1.ReasonConfigError
}

// createWords is why a pod can't be made, less the name that it would have had,
// which is another one at every try.
func createWords(words string) string {
	if _, why, found := strings.Cut(words, " is forbidden: "); found {
		words = why
	}
	return oneLine(words)
}
