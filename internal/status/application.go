// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// verdict sums up what the API's pods report about one dependency.
type verdict int

const (
	noAnswer   verdict = iota // No pod responds.
	unreported                // The pods that respond don't report the dependency.
	allCan                    // All that respond can use it.
	someCan                   // Some can, and others can't.
	noneCan                   // None can.
)

// canUse is the message of what works, however many pods report it.
const canUse = "the API's pods can use it"

// view is what the API's pods report about one dependency.
type view struct {
	verdict verdict
	// settled reports that the verdict can be relied on.
	settled bool
	// failing reports that no pod could use it when last polled, confirmed or not, or
	// that none responds promptly that was polled because the kubelet's view changed.
	failing bool
	// cannot are the pods that can't use it, of those that respond.
	cannot  []string
	answers int
	// failure is why one pod does not respond; empty when none is polled.
	failure string
}

// viewOf sums up what the pods report about a dependency.
func viewOf(a snapshot.Application, name string) view {
	v := view{settled: a.Settled, failing: a.Hanging || slices.Contains(a.Failing, name)}
	can, undecided := 0, 0
	for _, pod := range a.Pods {
		if pod.Failure != "" && v.failure == "" {
			v.failure = fmt.Sprintf("pod %s: %s", pod.Pod, pod.Failure)
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
	v.verdict = verdictOf(v.answers, can, len(v.cannot))
	// That some can, when none could when last polled, is the middle of an outage; and
	// what is not decided anywhere is reported.
	middle := v.verdict == someCan && slices.Contains(a.Failing, name)
	if middle || v.verdict == unreported && undecided > 0 {
		v.settled = a.Overdue
	}
	return v
}

func verdictOf(answers, can, cannot int) verdict {
	switch {
	case answers == 0:
		return noAnswer
	case can == 0 && cannot == 0:
		return unreported
	case cannot == 0:
		return allCan
	case can == 0:
		return noneCan
	default:
		return someCan
	}
}

// condition is the condition of the verdict. known begins the messages of what fails.
func (v view) condition(conditionType, known string) metav1.Condition {
	switch v.verdict {
	case allCan:
		return isTrue(conditionType, v1alpha1.ReasonHealthy, canUse)
	case someCan:
		return isFalse(conditionType, v1alpha1.ReasonPartiallyReachable,
			fmt.Sprintf("%s%d of %d API pods can't use it: %s", known, len(v.cannot), v.answers, names(v.cannot)))
	case noneCan:
		return isFalse(conditionType, v1alpha1.ReasonConnectionFailed,
			known+"no API pod can use it: check its address, its credentials and the network; the API's log has the error")
	case unreported:
		return unknown(conditionType, v1alpha1.ReasonUnknown, "the API's pods responded but did not report this dependency")
	}
	if v.failure == "" {
		return unknown(conditionType, v1alpha1.ReasonUnknown, "no running API pod to query")
	}
	return unknown(conditionType, v1alpha1.ReasonUnknown, "no API pod responds to the operator: "+v.failure)
}

// maxNames is how many pods a message names.
const maxNames = 3

func names(pods []string) string {
	if rest := len(pods) - maxNames; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(pods[:maxNames], ", "), rest)
	}
	return strings.Join(pods, ", ")
}
