// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// event is one that was last seen at a time, as the older API keeps it.
func event(kind, reason, message string, at time.Time) corev1.Event {
	return corev1.Event{Type: kind, Reason: reason, Message: message, LastTimestamp: metav1.NewTime(at)}
}

func warning(reason, message string, at time.Time) corev1.Event {
	return event(corev1.EventTypeWarning, reason, message, at)
}

// creating is a pod whose containers have not been created for a minute.
func creating(name string) corev1.Pod {
	return apiPod(name, "new", func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(t0.Add(-time.Minute)),
		}}
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "api", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}},
		}}
	})
}

// A failure to create a pod that lies before the last success explains nothing.
func TestCaseStaleFailedCreate(t *testing.T) {
	failure := warning("FailedCreate", "forbidden by a LimitRange", t0.Add(-20*time.Minute))
	success := func(ago time.Duration) corev1.Event {
		return event(corev1.EventTypeNormal, "SuccessfulCreate", "created", t0.Add(-ago))
	}
	series := failure
	series.LastTimestamp, series.EventTime = metav1.Time{}, metav1.NewMicroTime(t0.Add(-20*time.Minute))
	series.Series = &corev1.EventSeries{Count: 3, LastObservedTime: metav1.NewMicroTime(t0.Add(-time.Minute))}
	for name, test := range map[string]struct {
		items []corev1.Event
		want  string
	}{
		"stale-failedcreate":                {[]corev1.Event{failure, success(10 * time.Minute)}, ""},
		"at the time of the success":        {[]corev1.Event{failure, success(20 * time.Minute)}, ""},
		"after the success":                 {[]corev1.Event{success(30 * time.Minute), failure}, failure.Message},
		"never a success":                   {[]corev1.Event{failure}, failure.Message},
		"a series that is still going on":   {[]corev1.Event{series, success(10 * time.Minute)}, failure.Message},
		"a series that went on before that": {[]corev1.Event{series, success(30 * time.Second)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := listener(&eventReader{items: test.items})
			s := newSnapshot()
			s.StatefulSets[v1alpha1.ComponentRedis] = &appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{UID: "set", CreationTimestamp: metav1.NewTime(t0.Add(-time.Hour))},
			}
			readEvents(t, o, newTracker(), s)
			if got := s.CreateFailures[v1alpha1.ComponentRedis]; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Of a pod, the last warning counts that is not older than its state.
func TestEventsOlderThanTheState(t *testing.T) {
	const missing = `MountVolume.SetUp failed for volume "x" : configmap "gone" not found`
	const summary = "Unable to attach or mount volumes: unmounted volumes=[x]: timed out"
	series := warning("FailedMount", missing, time.Time{})
	series.EventTime, series.Series = metav1.NewMicroTime(t0.Add(-time.Hour)), &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(t0)}
	for name, test := range map[string]struct {
		items []corev1.Event
		want  string
	}{
		"none":                   {nil, ""},
		"missing-volume":         {[]corev1.Event{warning("FailedMount", missing, t0)}, missing},
		"before it had a node":   {[]corev1.Event{warning("FailedScheduling", "no node", t0.Add(-2*time.Minute))}, ""},
		"no warning":             {[]corev1.Event{event(corev1.EventTypeNormal, "Pulling", "pulling", t0)}, ""},
		"the last one":           {[]corev1.Event{warning("FailedMount", missing, t0), warning("FailedCreatePodSandBox", "sandbox", t0.Add(time.Second))}, "sandbox"},
		"one of many":            {[]corev1.Event{warning("FailedCreatePodSandBox", combined+"sandbox", t0)}, "sandbox"},
		"a name server too many": {[]corev1.Event{warning("DNSConfigForming", "Nameserver limits were exceeded", t0)}, ""},
		"the policy of an auditor": {
			[]corev1.Event{warning("FailedMount", missing, t0), warning("PolicyViolation", "no labels", t0.Add(time.Second))}, missing,
		},
		"of the same second, a later one": {
			[]corev1.Event{warning("FailedMount", missing, t0), warning("FailedCreatePodSandBox", "sandbox", t0)}, "sandbox",
		},
		"a missing pull secret beside the cause": {
			[]corev1.Event{warning("FailedToRetrieveImagePullSecret", "none", t0), warning("FailedCreatePodSandBox", "sandbox", t0)}, "sandbox",
		},
		"a kubelet that is ahead of the authorizer": {
			[]corev1.Event{warning("FailedMount", summary+`, persistentvolumeclaims "x" is forbidden: User "system:node:a" cannot get resource `+
				`"persistentvolumeclaims" in API group "" in the namespace "team": node: no relationship found between node 'a' and this object`, t0)}, "",
		},
		"a series":                    {[]corev1.Event{series}, missing},
		"why, and not how many":       {[]corev1.Event{warning("FailedMount", missing, t0), warning("FailedMount", summary, t0.Add(time.Second))}, missing},
		"how many, where none is why": {[]corev1.Event{warning("FailedMount", summary, t0)}, summary},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := listener(&eventReader{items: test.items})
			s := rolling(creating("a"))
			readEvents(t, o, newTracker(), s)
			if got := s.PodEvents["a"].Message; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// Of a pod that runs, what is beside its probe does not hide that it fails.
func TestProbeFailureBesideOtherWarnings(t *testing.T) {
	for _, reason := range []string{"DNSConfigForming", "FailedToRetrieveImagePullSecret", "BackOff", "FailedMount", "FailedPreStopHook"} {
		t.Run(reason, func(t *testing.T) {
			unhealthy := says("Readiness probe failed: HTTP probe failed with statuscode: 503", t0.Add(-5*time.Second))
			o, _ := listener(&eventReader{items: []corev1.Event{unhealthy, warning(reason, "beside", t0)}})
			s := rolling(failing("a"))
			readEvents(t, o, newTracker(), s)
			if got := s.PodEvents["a"]; got.Reason != "Unhealthy" || got.Message != unhealthy.Message {
				t.Errorf("%+v", got)
			}
		})
	}
}
