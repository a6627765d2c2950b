// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// dependencyHealthy is the condition of a dependency. Two views make it: that of the
// primary component's pods and, of what the operator runs itself, the kubelet's.
func dependencyHealthy(in Input, d catalog.Dependency) metav1.Condition {
	if in.Snapshot == nil {
		return unread(in, d.Condition.Type)
	}
	app := viewOf(in.Snapshot.Application, string(d.Name))
	if d.ManagedSpec(&in.Tracker.Spec) == nil {
		return external(in, d, app)
	}
	return managed(in, d, app)
}

// managed joins the two views of a dependency that the operator runs.
func managed(in Input, d catalog.Dependency, app view) metav1.Condition {
	conditionType := d.Condition.Type
	if in.Snapshot.CredentialsLost(d.Name) {
		return isFalse(conditionType, v1alpha1.ReasonCredentialsLost, credentialsLost(in, d.Name))
	}
	set := in.Snapshot.StatefulSets[d.Name]
	if set == nil {
		return isFalse(conditionType, v1alpha1.ReasonStarting,
			fmt.Sprintf("StatefulSet %s does not exist yet", in.Tracker.ChildName(d.Name)))
	}
	if !rolledOut(in, d.Name, set) {
		return isFalse(conditionType, underWay(in, conditionType),
			fmt.Sprintf("StatefulSet %s: its pod does not run its new template yet", set.Name))
	}
	kubelet := kubeletView(in, d, set)
	if kubelet.Status == metav1.ConditionTrue {
		return whileReady(in, conditionType, kubelet, app)
	}
	stored := standing(in, conditionType)
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

// whileReady is the condition of a managed dependency whose pod is ready.
func whileReady(in Input, conditionType string, kubelet metav1.Condition, app view) metav1.Condition {
	stored := standing(in, conditionType)
	switch {
	case !app.settled && stored != nil:
		return *stored
	case app.verdict == noAnswer && primaryStopped(in), app.verdict == unreported:
		return kubelet
	case !app.settled, app.verdict == noAnswer && neverHealthy(in.Tracker, conditionType):
		// Not False: what keeps the API from starting is the cause, then.
		return unknown(conditionType, underWay(in, conditionType), kubelet.Message+"; no API pod has used it yet")
	}
	return app.condition(conditionType, kubelet.Message+", and ")
}

// underWay is the reason while it is not known whether the dependency works.
func underWay(in Input, conditionType string) string {
	if neverHealthy(in.Tracker, conditionType) {
		return v1alpha1.ReasonStarting
	}
	return v1alpha1.ReasonProgressing
}

// external is the condition of a dependency that the operator does not run: what the
// primary component's pods report, and whether the Secret of its URL exists.
func external(in Input, d catalog.Dependency, app view) metav1.Condition {
	conditionType := d.Condition.Type
	if problem := in.Snapshot.External[d.Name].Problem; problem != "" {
		return isFalse(conditionType, v1alpha1.ReasonSecretNotFound, problem+secretAdvice(d.Get(&in.Tracker.Spec)))
	}
	if stored := standing(in, conditionType); !app.settled && stored != nil {
		return *stored
	}
	condition := app.condition(conditionType, "")
	if condition.Status == metav1.ConditionUnknown && (!app.settled || neverHealthy(in.Tracker, conditionType)) {
		condition.Reason = underWay(in, conditionType)
	}
	return condition
}

// standing is the stored condition, which is kept while too little is known for a new
// one; nil when the stored one says nothing about whether the dependency works.
func standing(in Input, conditionType string) *metav1.Condition {
	stored := meta.FindStatusCondition(in.Tracker.Status.Conditions, conditionType)
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

func credentialsLost(in Input, dependency v1alpha1.Component) string {
	claim, secret := catalog.ClaimName(in.Tracker, dependency), in.Tracker.CredentialsName(dependency)
	if in.Snapshot.Claims[dependency].DeletionTimestamp != nil {
		return fmt.Sprintf("PersistentVolumeClaim %s is being deleted, as nothing can open its data without Secret %s; both are created again after that",
			claim, secret)
	}
	return fmt.Sprintf("PersistentVolumeClaim %s has data, and Secret %s that opens them does not exist: "+
		"restore the Secret, or delete the claim to start again without the data", claim, secret)
}

// secretAdvice is what to do about the Secret of an external dependency.
func secretAdvice(d v1alpha1.DependencySpec) string {
	return fmt.Sprintf(": put the URL into Secret %q of this namespace, under key %q", d.External.SecretKeyRef.Name, d.External.SecretKeyRef.Key)
}

// neverHealthy reports that a dependency has not worked yet since the tracker was
// created.
func neverHealthy(t *v1alpha1.InterviewTracker, conditionType string) bool {
	before := meta.FindStatusCondition(t.Status.Conditions, conditionType)
	return before == nil || before.Reason == v1alpha1.ReasonStarting
}
