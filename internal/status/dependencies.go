// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// dependencies lists the health of all that the application depends on: of those of the
// catalog as their conditions, of others as the API's pods report it.
func dependencies(in Input, healthy []metav1.Condition) []v1alpha1.DependencyStatus {
	conditions := map[string]metav1.Condition{}
	var order []string
	for i, d := range in.Catalog.Used(&in.Tracker.Spec) {
		order = append(order, string(d.Name))
		conditions[string(d.Name)] = healthy[i]
	}
	for _, name := range others(in, order) {
		order = append(order, name)
		conditions[name] = other(in, name)
	}
	list := make([]v1alpha1.DependencyStatus, 0, len(order))
	for _, name := range order[:min(len(order), maxDependencies)] {
		c := conditions[name]
		d := v1alpha1.DependencyStatus{
			Name: name, Health: health(c.Status), Reason: c.Reason, Message: bounded(c.Message), LastTransitionTime: in.Now,
		}
		if before := storedDependency(in, name); before != nil && before.Health == d.Health {
			d.LastTransitionTime = before.LastTransitionTime
		}
		list = append(list, d)
	}
	return list
}

// maxDependencies is the bound of status.dependencies.
const maxDependencies = 16

// others are the dependencies that are not in the catalog, sorted: those that the API's
// pods report and, while no pod responds, those that they have reported.
func others(in Input, known []string) []string {
	var found []string
	add := func(name string) {
		if !slices.Contains(known, name) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	answered := false
	if in.Snapshot != nil {
		for _, pod := range in.Snapshot.Application.Pods {
			answered = answered || pod.Answered
			for _, d := range pod.Dependencies {
				if d.Health != v1alpha1.DependencyUnknown {
					add(d.Name)
				}
			}
		}
	}
	if !answered {
		for _, d := range in.Tracker.Status.Dependencies {
			add(d.Name)
		}
	}
	slices.Sort(found)
	return found
}

// other is the health of a dependency of which only the API's pods know.
func other(in Input, name string) metav1.Condition {
	if in.Snapshot == nil {
		return unread(in, name)
	}
	v := viewOf(in.Snapshot.Application, name)
	before := storedDependency(in, name)
	if !v.settled && before != nil {
		return metav1.Condition{Status: conditionStatus(before.Health), Reason: before.Reason, Message: before.Message}
	}
	return v.condition(name, "")
}

func storedDependency(in Input, name string) *v1alpha1.DependencyStatus {
	stored := in.Tracker.Status.Dependencies
	i := slices.IndexFunc(stored, func(d v1alpha1.DependencyStatus) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &stored[i]
}

func health(s metav1.ConditionStatus) v1alpha1.DependencyHealth {
	switch s {
	case metav1.ConditionTrue:
		return v1alpha1.DependencyHealthy
	case metav1.ConditionFalse:
		return v1alpha1.DependencyUnhealthy
	default:
		return v1alpha1.DependencyUnknown
	}
}

func conditionStatus(h v1alpha1.DependencyHealth) metav1.ConditionStatus {
	switch h {
	case v1alpha1.DependencyHealthy:
		return metav1.ConditionTrue
	case v1alpha1.DependencyUnhealthy:
		return metav1.ConditionFalse
	default:
		return metav1.ConditionUnknown
	}
}
