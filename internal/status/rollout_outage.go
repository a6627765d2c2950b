// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// outage reports whether the pods fail for a cause that is not the new template: the kubelet says that a
// dependency doesn't work, or the good template's pods don't work either, or no pod can use an external dependency
// any more that they could use before.
func (r rollout) outage() bool {
	good := r.goodPods()
	if len(good) > 0 && !slices.ContainsFunc(good, func(pod corev1.Pod) bool { return snapshot.PodReady(&pod) }) {
		return true
	}
	c := r.next.Candidate
	worked := (c.ReadySince != nil || c.Since == nil) && len(good) == 0
	for _, d := range r.needed() {
		managed := d.ManagedSpec(&r.Tracker.Spec) != nil
		if managed && !slices.ContainsFunc(r.Snapshot.Pods[d.Name], func(pod corev1.Pod) bool { return snapshot.PodReady(&pod) }) {
			return true
		}
		ofGood, ofOthers := map[v1alpha1.DependencyHealth]int{}, map[v1alpha1.DependencyHealth]int{}
		for _, answer := range r.Snapshot.Application.Pods {
			of := ofOthers
			if slices.ContainsFunc(good, func(pod corev1.Pod) bool { return pod.Name == answer.Pod }) {
				of = ofGood
			}
			of[answer.Health(string(d.Name))]++
		}
		unusable := func(of map[v1alpha1.DependencyHealth]int) bool {
			return of[v1alpha1.DependencyUnhealthy] > 0 && of[v1alpha1.DependencyHealthy] == 0
		}
		if unusable(ofGood) || worked && !managed && unusable(ofOthers) {
			return true
		}
	}
	return false
}

// goodPods are the pods of the good template that run, of the component that reports the dependencies.
func (r rollout) goodPods() []corev1.Pod {
	var pods []corev1.Pod
	for _, pod := range r.Snapshot.Pods[r.Catalog.Primary().Name] {
		owner := metav1.GetControllerOfNoCopy(&pod)
		isGood := owner != nil && slices.ContainsFunc(r.next.Good.ReplicaSets, func(ref v1alpha1.ReplicaSetReference) bool { return ref.UID == owner.UID })
		if isGood && pod.DeletionTimestamp == nil && pod.Status.Phase == corev1.PodRunning {
			pods = append(pods, pod)
		}
	}
	return pods
}

// unsettled reports that the API's pods may be about to report an outage.
func (r rollout) unsettled() bool {
	app := r.Snapshot.Application
	if !app.Settled || app.Hanging {
		return true
	}
	return slices.ContainsFunc(r.needed(), func(d catalog.Dependency) bool {
		reported := slices.ContainsFunc(app.Pods, func(answer snapshot.PodAnswer) bool {
			return answer.Health(string(d.Name)) == v1alpha1.DependencyUnhealthy
		})
		return slices.Contains(app.Failing, string(d.Name)) && !reported
	})
}

// needed are the dependencies that the tracker does not work without.
func (r rollout) needed() []catalog.Dependency {
	spec := &r.Tracker.Spec
	return slices.DeleteFunc(r.Catalog.Used(spec), func(d catalog.Dependency) bool { return d.Optional(spec) })
}

// dependenciesWork reports whether a pod says that it can use all dependencies.
func (r rollout) dependenciesWork() bool {
	return slices.ContainsFunc(r.Snapshot.Application.Pods, func(answer snapshot.PodAnswer) bool {
		return answer.Answered && !slices.ContainsFunc(r.needed(), func(d catalog.Dependency) bool {
			return answer.Health(string(d.Name)) != v1alpha1.DependencyHealthy
		})
	})
}
