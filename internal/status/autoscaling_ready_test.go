// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// scalingCondition is a condition of an autoscaler, since some time.
func scalingCondition(conditionType autoscalingv2.HorizontalPodAutoscalerConditionType, status corev1.ConditionStatus, reason, message string, since time.Duration,
) autoscalingv2.HorizontalPodAutoscalerCondition {
	return autoscalingv2.HorizontalPodAutoscalerCondition{
		Type: conditionType, Status: status, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(t1.Add(-since)),
	}
}

func TestAutoscalingReady(t *testing.T) {
	type conditions = []autoscalingv2.HorizontalPodAutoscalerCondition
	const (
		noMetrics = "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: " +
			"unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
		noRequest = "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container proxy of Pod hiring-api-x"
		noAdapter = "the HPA was unable to compute the replica count: unable to get metric http_requests_per_second: unable to fetch metrics from " +
			"custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
		hpa = "HorizontalPodAutoscaler hiring-api "
	)
	able := scalingCondition(autoscalingv2.AbleToScale, corev1.ConditionTrue, "SucceededGetScale", "", time.Hour)
	was := func(c metav1.Condition) *metav1.Condition { c.Type = v1alpha1.ConditionAutoscalingReady; return &c }
	active := was(isTrue(v1alpha1.ReasonScalingActive, hpa+"can scale"))
	tests := map[string]struct {
		conditions conditions
		before     *metav1.Condition
		want       metav1.Condition
	}{
		"no status yet": {nil, nil, unknown("Progressing", hpa+"has no status yet")},
		"it scales": {
			conditions{
				able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionTrue, "ValidMetricFound", "", time.Hour),
				scalingCondition(autoscalingv2.ScalingLimited, corev1.ConditionTrue, "TooManyReplicas", "the desired replica count is more than the maximum replica count", time.Hour),
			},
			nil,
			isTrue("ScalingActive", hpa+"can scale"),
		},
		"new, without metrics": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", noMetrics, time.Minute)},
			nil,
			unknown("Progressing", hpa+"has no metrics yet"),
		},
		"just now without metrics": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", noMetrics, time.Minute)},
			active,
			isTrue("ScalingActive", hpa+"can scale"),
		},
		"without metrics": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", noMetrics, time.Hour)},
			active,
			isFalse("MetricsUnavailable", hpa+"can't scale without metrics; check that metrics-server works (kubectl get apiservice v1beta1.metrics.k8s.io): FailedGetResourceMetric: "+noMetrics),
		},
		"the message of the cause stays": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", "of pod b", time.Hour)},
			was(isFalse("MetricsUnavailable", hpa+"can't scale without metrics; check that metrics-server works (kubectl get apiservice v1beta1.metrics.k8s.io): FailedGetResourceMetric: of pod a")),
			isFalse("MetricsUnavailable", hpa+"can't scale without metrics; check that metrics-server works (kubectl get apiservice v1beta1.metrics.k8s.io): FailedGetResourceMetric: of pod a"),
		},
		"another cause of the same kind": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "AmbiguousSelector", "pods by selector", time.Hour)},
			was(isFalse("ScalingFailed", hpa+"can't scale: FailedUpdateScale: denied")),
			isFalse("ScalingFailed", hpa+"can't scale: another HorizontalPodAutoscaler scales the same pods, such as one of the tracker (kubectl get hpa); "+
				"delete it, or remove spec.api.autoscaling: AmbiguousSelector: pods by selector"),
		},
		"no CPU request": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", noRequest, time.Hour)},
			nil,
			isFalse("RequestMissing", hpa+"can't scale: container proxy has no CPU request to compare its use with; set one (spec.api.resources.requests.cpu for the container api)"),
		},
		"no memory request": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetResourceMetric", strings.ReplaceAll(noRequest, "cpu", "memory"), time.Hour)},
			nil,
			isFalse("RequestMissing", hpa+"can't scale: container proxy has no memory request to compare its use with; set one (spec.api.resources.requests.memory for the container api)"),
		},
		"no metrics adapter": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "FailedGetPodsMetric", noAdapter, time.Hour)},
			active,
			isFalse("MetricsUnavailable", hpa+"can't scale by requests a second without the metric http_requests_per_second of its pods; check that a metrics adapter, "+
				"such as prometheus-adapter, serves it (kubectl get apiservice | grep custom.metrics.k8s.io), or remove spec.api.autoscaling.targetRequestsPerSecond: "+
				"FailedGetPodsMetric: "+noAdapter),
		},
		"the number of pods can't be written": {
			conditions{scalingCondition(autoscalingv2.AbleToScale, corev1.ConditionFalse, "FailedUpdateScale", "the HPA controller was unable to update the target scale: denied", time.Hour)},
			nil,
			isFalse("ScalingFailed", hpa+"can't scale: FailedUpdateScale: the HPA controller was unable to update the target scale: denied"),
		},
		"two autoscalers of the same pods": {
			conditions{able, scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "AmbiguousSelector", "pods by selector are controlled by multiple HPAs", time.Hour)},
			nil,
			isFalse("ScalingFailed", hpa+"can't scale: another HorizontalPodAutoscaler scales the same pods, such as one of the tracker (kubectl get hpa); "+
				"delete it, or remove spec.api.autoscaling: AmbiguousSelector: pods by selector are controlled by multiple HPAs"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tr, s := tracker(), working()
			tr.Spec.API = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
			if test.before != nil {
				tr.Status.ObservedGeneration = tr.Generation
				tr.Status.Conditions = []metav1.Condition{*test.before}
			}
			s.Autoscalers = map[v1alpha1.Component]*autoscalingv2.HorizontalPodAutoscaler{
				v1alpha1.ComponentAPI: {Status: autoscalingv2.HorizontalPodAutoscalerStatus{Conditions: test.conditions}},
			}
			status := Compute(Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: s, Monitoring: &Monitoring{}, Now: t1})
			got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionAutoscalingReady)
			if got == nil || got.Status != test.want.Status || got.Reason != test.want.Reason || got.Message != test.want.Message {
				t.Errorf("got %v\nwant %v", got, test.want)
			}
			if status.Conditions[0].Status != metav1.ConditionTrue {
				t.Errorf("Ready is %v", status.Conditions[0])
			}
			events, _ := Transitions(catalog.Default(), &v1alpha1.InterviewTrackerSpec{}, v1alpha1.InterviewTrackerStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}}, status, nil)
			if warned := len(events) == 1 && events[0].Reason == "AutoscalingNotReady"; warned != (test.want.Status == metav1.ConditionFalse) {
				t.Errorf("the events are %v", events)
			}
		})
	}
}

// Without autoscaling there is no such condition, and an autoscaler that does not exist yet
// is reported as that.
func TestAutoscalingReadyWithoutAutoscalers(t *testing.T) {
	tr := tracker()
	in := Input{Tracker: tr, Catalog: catalog.Default(), Snapshot: working(), Now: t1}
	if got := autoscalingReady(in); got != nil {
		t.Errorf("got %v", got)
	}
	tr.Spec.Frontend = &v1alpha1.ComponentSpec{Autoscaling: &v1alpha1.AutoscalingSpec{MaxReplicas: 3}}
	if got := autoscalingReady(in); len(got) != 1 || got[0].Reason != "Progressing" || got[0].Status != metav1.ConditionUnknown {
		t.Errorf("got %v", got)
	}
	in.Snapshot = nil
	if got := autoscalingReady(in); len(got) != 1 || got[0].Status != metav1.ConditionUnknown {
		t.Errorf("got %v", got)
	}
}

// A failure that is too recent to be reported is looked at again when it is not.
func TestRecheckAfter(t *testing.T) {
	failing := func(since time.Duration) *autoscalingv2.HorizontalPodAutoscaler {
		return &autoscalingv2.HorizontalPodAutoscaler{Status: autoscalingv2.HorizontalPodAutoscalerStatus{
			Conditions: []autoscalingv2.HorizontalPodAutoscalerCondition{scalingCondition(autoscalingv2.ScalingActive, corev1.ConditionFalse, "x", "x", since)},
		}}
	}
	for want, all := range map[time.Duration]map[v1alpha1.Component]*autoscalingv2.HorizontalPodAutoscaler{
		0:               {"api": {}, "frontend": failing(time.Hour)},
		time.Minute:     {"api": failing(2 * time.Minute), "frontend": failing(time.Minute)},
		2 * time.Minute: {"api": failing(time.Hour), "frontend": failing(time.Minute)},
	} {
		if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, &snapshot.Snapshot{Autoscalers: all}, Rollout{}, t1.Time); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for failure, want := range map[string]time.Duration{"exceeded quota": createRecheck, "": 0} {
		s := &snapshot.Snapshot{CreateFailures: map[v1alpha1.Component]string{v1alpha1.ComponentDatabase: failure}}
		if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, s, Rollout{}, t1.Time); got != want {
			t.Errorf("a pod can't be created (%q): after %s, want %s", failure, got, want)
		}
	}
	if got := RecheckAfter(tracker(), v1alpha1.InterviewTrackerStatus{}, nil, Rollout{}, t1.Time); got != 0 {
		t.Errorf("got %s", got)
	}
}
