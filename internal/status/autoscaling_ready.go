// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// autoscalingEvents are the reasons of the events of AutoscalingReady.
var autoscalingEvents = catalog.Condition{Type: v1alpha1.ConditionAutoscalingReady, Bad: "AutoscalingNotReady", Good: "AutoscalingRecovered"}

// autoscalerPatience is how long an autoscaler may be unable to scale before that is
// reported: new pods have no metrics for a minute or more.
const autoscalerPatience = 3 * time.Minute

// autoscalingReady is AutoscalingReady, which never gates Ready: whether the autoscalers can
// scale. It is absent when there are none.
func autoscalingReady(in Input) []metav1.Condition {
	var conditions []metav1.Condition
	var all []string
	for _, c := range in.Catalog.Present(&in.Tracker.Spec) {
		if c.Get(&in.Tracker.Spec).Autoscaling != nil && in.Snapshot != nil {
			all = append(all, in.Tracker.ChildName(c.Name))
			conditions = append(conditions, autoscalerReady(in, c.Name))
		} else if c.Get(&in.Tracker.Spec).Autoscaling != nil {
			return one(v1alpha1.ConditionAutoscalingReady, unread(in))
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		if i := slices.IndexFunc(conditions, func(c metav1.Condition) bool { return c.Status == status }); i >= 0 {
			return one(v1alpha1.ConditionAutoscalingReady, conditions[i])
		}
	}
	return one(v1alpha1.ConditionAutoscalingReady, isTrue(v1alpha1.ReasonScalingActive, "HorizontalPodAutoscaler %s can scale", and(all)))
}

// autoscalerReady is whether the autoscaler of one component can scale it.
func autoscalerReady(in Input, c v1alpha1.Component) metav1.Condition {
	hpa := in.Snapshot.Autoscalers[c]
	head := "HorizontalPodAutoscaler " + in.Tracker.ChildName(c)
	if hpa == nil {
		return unknown(v1alpha1.ReasonProgressing, "%s does not exist yet", head)
	}
	failure := scalingFailure(hpa)
	switch {
	case len(hpa.Status.Conditions) == 0:
		return unknown(v1alpha1.ReasonProgressing, "%s has no status yet", head)
	case failure == nil:
		return isTrue(v1alpha1.ReasonScalingActive, "")
	case in.Now.Sub(failure.LastTransitionTime.Time) < autoscalerPatience:
		if before := storedCondition(in, v1alpha1.ConditionAutoscalingReady); before != nil && before.Status == metav1.ConditionTrue {
			return *before
		}
		return unknown(v1alpha1.ReasonProgressing, "%s has no metrics yet", head)
	}
	cause := scalingCause(head, c, failure)
	return isFalse(cause.Reason, "%s", sticky(in, v1alpha1.ConditionAutoscalingReady, cause))
}

// scalingCause is why the autoscaler of a component can't scale, and what to do.
func scalingCause(head string, c v1alpha1.Component, failure *autoscalingv2.HorizontalPodAutoscalerCondition) podCause {
	if container, resource := withoutRequest(failure.Message); resource != "" {
		return podCause{Reason: v1alpha1.ReasonRequestMissing, Head: fmt.Sprintf(
			"%s can't scale: %s has no %s request to compare its use with; set one (spec.%s.resources.requests.%s for the container %s)",
			head, container, strings.Replace(resource, "cpu", "CPU", 1), c, resource, c)}
	}
	cause := podCause{Reason: v1alpha1.ReasonScalingFailed, Detail: oneLine(failure.Message), Varies: true}
	switch {
	case failure.Reason == "AmbiguousSelector":
		head += fmt.Sprintf(" can't scale: another HorizontalPodAutoscaler scales the same pods, such as one of the tracker "+
			"(kubectl get hpa); delete it, or remove spec.%s.autoscaling", c)
	case failure.Reason == "FailedGetPodsMetric":
		cause.Reason = v1alpha1.ReasonMetricsUnavailable
		head += fmt.Sprintf(" can't scale by requests a second without the metric %s of its pods; check that a metrics adapter, such as "+
			"prometheus-adapter, serves it (kubectl get apiservice | grep custom.metrics.k8s.io), or remove spec.%s.autoscaling.targetRequestsPerSecond",
			v1alpha1.RequestsMetric, c)
	case strings.HasPrefix(failure.Reason, "FailedGet") && failure.Type == autoscalingv2.ScalingActive:
		cause.Reason = v1alpha1.ReasonMetricsUnavailable
		head += " can't scale without metrics; check that metrics-server works (kubectl get apiservice v1beta1.metrics.k8s.io)"
	default:
		head += " can't scale"
	}
	cause.Head = head + ": " + oneLine(failure.Reason)
	return cause
}

// scalingFailure is the condition of an autoscaler that can't scale; nil when it can. That
// it is at its limit is no failure.
func scalingFailure(hpa *autoscalingv2.HorizontalPodAutoscaler) *autoscalingv2.HorizontalPodAutoscalerCondition {
	for i := range hpa.Status.Conditions {
		c := &hpa.Status.Conditions[i]
		if c.Status == corev1.ConditionFalse && (c.Type == autoscalingv2.ScalingActive || c.Type == autoscalingv2.AbleToScale) {
			return c
		}
	}
	return nil
}

// withoutRequest returns which container has no request of which resource, by the message of
// an autoscaler, which also names any pod that has the container; no resource if that is not
// what it says.
func withoutRequest(message string) (container, resource string) {
	for _, resource := range []string{"cpu", "memory"} {
		_, rest, missing := strings.Cut(message, "missing request for "+resource)
		if !missing {
			continue
		}
		rest, named := strings.CutPrefix(rest, " in container ")
		if name, _, whole := strings.Cut(rest, " "); named && whole {
			return "container " + name, resource
		}
		return "a container", resource
	}
	return "", ""
}
