// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// otherDependencies lists the health of what the application depends on beside what is in the
// catalog, which has conditions: as the API's pods report it.
func otherDependencies(in Input) []v1alpha1.DependencyStatus {
	inCatalog := sets.New[string]()
	for _, d := range in.Catalog.Used(&in.Tracker.Spec) {
		inCatalog.Insert(string(d.Name))
	}
	list := []v1alpha1.DependencyStatus{}
	for _, name := range others(in, inCatalog) {
		list = append(list, other(in, name))
	}
	return list[:min(len(list), maxDependencies)]
}

// Health is that of all dependencies of a tracker, by name: of those of the catalog as their
// conditions have it, and of the others.
func Health(c catalog.Catalog, spec *v1alpha1.InterviewTrackerSpec, status v1alpha1.InterviewTrackerStatus) map[string]v1alpha1.DependencyHealth {
	health := map[string]v1alpha1.DependencyHealth{}
	for _, d := range c.Used(spec) {
		if condition := meta.FindStatusCondition(status.Conditions, d.Condition.Type); condition != nil {
			health[string(d.Name)] = healthOf[condition.Status]
		}
	}
	for _, d := range status.Dependencies {
		health[d.Name] = d.Health
	}
	return health
}

// maxDependencies is the bound of status.dependencies.
const maxDependencies = 16

// healthOf is the health that a condition of a status reports.
var healthOf = map[metav1.ConditionStatus]v1alpha1.DependencyHealth{
	metav1.ConditionTrue:    v1alpha1.DependencyHealthy,
	metav1.ConditionFalse:   v1alpha1.DependencyUnhealthy,
	metav1.ConditionUnknown: v1alpha1.DependencyUnknown,
}

// dependency is the health that a condition reports of a dependency.
func dependency(in Input, name string, c metav1.Condition) v1alpha1.DependencyStatus {
	d := v1alpha1.DependencyStatus{
		Name: name, Health: healthOf[c.Status], Reason: c.Reason, Message: fit(c.Message), LastTransitionTime: in.Now,
	}
	if before := storedDependency(in, name); before != nil && before.Health == d.Health {
		d.LastTransitionTime = before.LastTransitionTime
	}
	return d
}

// others are the dependencies that are not in the catalog, sorted: those that the API's
// pods report and, while no pod responds, those that they have reported.
func others(in Input, inCatalog sets.Set[string]) []string {
	found, answered := sets.New[string](), false
	if in.Snapshot != nil {
		for _, pod := range in.Snapshot.Application.Pods {
			answered = answered || pod.Answered
			for _, d := range pod.Dependencies {
				if d.Health != v1alpha1.DependencyUnknown {
					found.Insert(d.Name)
				}
			}
		}
	}
	if !answered {
		for _, d := range in.Tracker.Status.Dependencies {
			found.Insert(d.Name)
		}
	}
	return sets.List(found.Difference(inCatalog))
}

// other is the health of a dependency of which only the API's pods know.
func other(in Input, name string) v1alpha1.DependencyStatus {
	if in.Snapshot == nil {
		return dependency(in, name, unread(in))
	}
	v := viewOf(in, name)
	if before := storedDependency(in, name); before != nil && !v.settled {
		return *before
	}
	return dependency(in, name, v.condition(name+": "))
}

func storedDependency(in Input, name string) *v1alpha1.DependencyStatus {
	all := in.Tracker.Status.Dependencies
	i := slices.IndexFunc(all, func(d v1alpha1.DependencyStatus) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}
