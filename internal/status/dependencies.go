// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// dependencies lists the health of all that the application depends on: of those of the
// catalog as their conditions, of others as the API's pods report it.
func dependencies(in Input, healthy []metav1.Condition) []v1alpha1.DependencyStatus {
	list := []v1alpha1.DependencyStatus{}
	inCatalog := sets.New[string]()
	for i, d := range in.Catalog.Used(&in.Tracker.Spec) {
		inCatalog.Insert(string(d.Name))
		list = append(list, dependency(in, string(d.Name), healthy[i]))
	}
	for _, name := range others(in, inCatalog) {
		list = append(list, other(in, name))
	}
	return list[:min(len(list), maxDependencies)]
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
		Name: name, Health: healthOf[c.Status], Reason: c.Reason, Message: bounded(c.Message), LastTransitionTime: in.Now,
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
	v := viewOf(in.Snapshot.Application, name)
	if before := storedDependency(in, name); before != nil && !v.settled {
		return *before
	}
	return dependency(in, name, v.condition(""))
}

func storedDependency(in Input, name string) *v1alpha1.DependencyStatus {
	all := in.Tracker.Status.Dependencies
	i := slices.IndexFunc(all, func(d v1alpha1.DependencyStatus) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
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
}

// viewOf sums up what the pods report about a dependency.
func viewOf(a snapshot.Application, name string) view {
	outage := slices.Contains(a.Failing, name)
	v := view{settled: a.Settled, failing: a.Hanging || outage}
	undecided := false
	for _, pod := range a.Pods {
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
		case v1alpha1.DependencyUnknown:
			undecided = true
		}
	}
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

// condition is the condition of the view. prefix begins the messages of what fails.
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
		return isFalse(v1alpha1.ReasonConnectionFailed,
			"%sno API pod can use it: check its address, its credentials and the network; the API's log has the error", prefix)
	}
	return isFalse(v1alpha1.ReasonPartiallyReachable, "%s%d of %d API pods can't use it: %s", prefix, len(v.cannot), v.answers, names(v.cannot))
}

// maxNames is how many pods a message names.
const maxNames = 3

func names(pods []string) string {
	if rest := len(pods) - maxNames; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(pods[:maxNames], ", "), rest)
	}
	return strings.Join(pods, ", ")
}
