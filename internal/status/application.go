// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// verdict is what the API's pods say of one dependency, all together.
type verdict int

const (
	unheard verdict = iota // No pod answers.
	unnamed                // The pods that answer don't name the dependency.
	allCan                 // All that answer can use it.
	someCan                // Some can, and others can't.
	noneCan                // None can.
)

// canUse is said of what works, however many pods say so.
const canUse = "the API's pods can use it"

// view is what the API's pods say of one dependency.
type view struct {
	verdict verdict
	// settled tells that the verdict is one to judge by.
	settled bool
	// failing tells that no pod could use it when last asked, confirmed or not, or
	// that none answers promptly that was asked because the kubelet's view changed.
	failing bool
	// cannot are the pods that can't use it, of those that answer.
	cannot  []string
	answers int
	// silent says of one pod why it does not answer; empty when none is asked.
	silent string
}

// viewOf sums up what the pods say of a dependency.
func viewOf(a snapshot.Application, name string) view {
	v := view{settled: a.Settled, failing: a.Hanging || slices.Contains(a.Failing, name)}
	can, undecided := 0, 0
	for _, pod := range a.Pods {
		if pod.Failure != "" && v.silent == "" {
			v.silent = fmt.Sprintf("pod %s: %s", pod.Pod, pod.Failure)
		}
		if pod.Answered {
			v.answers++
		}
		switch pod.Health(name) {
		case v1alpha1.DependencyHealthy:
			can++
		case v1alpha1.DependencyUnhealthy:
			v.cannot = append(v.cannot, pod.Pod)
		case v1alpha1.DependencyUnknown:
			undecided++
		}
	}
	v.verdict = judge(v.answers, can, len(v.cannot))
	// That some can, when none could when last asked, is the middle of an outage; and
	// what is not decided anywhere is not unnamed.
	middle := v.verdict == someCan && slices.Contains(a.Failing, name)
	if middle || v.verdict == unnamed && undecided > 0 {
		v.settled = a.Overdue
	}
	return v
}

func judge(answers, can, cannot int) verdict {
	switch {
	case answers == 0:
		return unheard
	case can == 0 && cannot == 0:
		return unnamed
	case cannot == 0:
		return allCan
	case can == 0:
		return noneCan
	default:
		return someCan
	}
}

// condition words the verdict. Whatever else is known goes before it.
func (v view) condition(conditionType, known string) metav1.Condition {
	switch v.verdict {
	case allCan:
		return isTrue(conditionType, v1alpha1.ReasonHealthy, canUse)
	case someCan:
		return isFalse(conditionType, v1alpha1.ReasonPartiallyReachable,
			fmt.Sprintf("%s%d of %d API pods can't use it: %s", known, len(v.cannot), v.answers, names(v.cannot)))
	case noneCan:
		return isFalse(conditionType, v1alpha1.ReasonConnectionFailed,
			known+"no API pod can use it: look at its address, its credentials and the network; the API's log has the error")
	case unnamed:
		return unknown(conditionType, v1alpha1.ReasonUnknown, "the API's pods answer, and say nothing of it")
	}
	if v.silent == "" {
		return unknown(conditionType, v1alpha1.ReasonUnknown, "no API pod runs that could tell whether it works")
	}
	return unknown(conditionType, v1alpha1.ReasonUnknown, "no API pod answers the operator, so nothing tells whether it works: "+v.silent)
}

// maxNames is how many pods a message names.
const maxNames = 3

func names(pods []string) string {
	if rest := len(pods) - maxNames; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(pods[:maxNames], ", "), rest)
	}
	return strings.Join(pods, ", ")
}

// dependencies lists the health of all that the API depends on: of the database
// and Redis as their conditions say, of others as the API's pods do.
func dependencies(p Pass, gates []metav1.Condition) []v1alpha1.DependencyStatus {
	conditions := map[string]metav1.Condition{}
	for _, c := range gates {
		switch c.Type {
		case v1alpha1.ConditionDatabaseHealthy:
			conditions[contract.Database] = c
		case v1alpha1.ConditionRedisHealthy:
			conditions[contract.Redis] = c
		}
	}
	order := []string{contract.Database, contract.Redis}
	for _, name := range others(p) {
		order = append(order, name)
		conditions[name] = other(p, name)
	}
	list := make([]v1alpha1.DependencyStatus, 0, len(order))
	for _, name := range order[:min(len(order), maxDependencies)] {
		c := conditions[name]
		d := v1alpha1.DependencyStatus{
			Name: name, Health: health(c.Status), Reason: c.Reason, Message: bounded(c.Message), LastTransitionTime: p.Now,
		}
		if before := storedDependency(p, name); before != nil && before.Health == d.Health {
			d.LastTransitionTime = before.LastTransitionTime
		}
		list = append(list, d)
	}
	return list
}

// maxDependencies is the bound of status.dependencies.
const maxDependencies = 16

// others are the dependencies beside the database and Redis, sorted: those that
// the API's pods name, and while these can't be heard, those that they have named.
func others(p Pass) []string {
	var found []string
	add := func(name string) {
		if name != contract.Database && name != contract.Redis && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	heard := false
	if p.Snapshot != nil {
		for _, pod := range p.Snapshot.Application.Pods {
			heard = heard || pod.Answered
			for _, d := range pod.Dependencies {
				if d.Health != v1alpha1.DependencyUnknown {
					add(d.Name)
				}
			}
		}
	}
	if !heard {
		for _, d := range p.Tracker.Status.Dependencies {
			add(d.Name)
		}
	}
	slices.Sort(found)
	return found
}

// other judges a dependency of which only the API's pods know.
func other(p Pass, name string) metav1.Condition {
	if p.Snapshot == nil {
		return unknown(name, v1alpha1.ReasonReconcileFailed, "the tracker's objects could not be read")
	}
	v := viewOf(p.Snapshot.Application, name)
	before := storedDependency(p, name)
	if !v.settled && before != nil {
		return metav1.Condition{Status: conditionStatus(before.Health), Reason: before.Reason, Message: before.Message}
	}
	return v.condition(name, "")
}

func storedDependency(p Pass, name string) *v1alpha1.DependencyStatus {
	stored := p.Tracker.Status.Dependencies
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
