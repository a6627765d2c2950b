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

// condition is the condition of the view. known begins the messages of what fails.
func (v view) condition(known string) metav1.Condition {
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
			"%sno API pod can use it: check its address, its credentials and the network; the API's log has the error", known)
	}
	return isFalse(v1alpha1.ReasonPartiallyReachable, "%s%d of %d API pods can't use it: %s", known, len(v.cannot), v.answers, names(v.cannot))
}

// maxNames is how many pods a message names.
const maxNames = 3

func names(pods []string) string {
	if rest := len(pods) - maxNames; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(pods[:maxNames], ", "), rest)
	}
	return strings.Join(pods, ", ")
}
