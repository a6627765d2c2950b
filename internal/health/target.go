// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// PollTarget is what to poll for one tracker, and how.
type PollTarget struct {
	// Interval is the time between two polls of a pod, and Timeout how long a poll
	// may take. Timeout is at most Interval.
	Interval, Timeout time.Duration
	// FailureThreshold is the number of consecutive unhealthy answers after which a
	// dependency is unhealthy, and of consecutive failed polls after which a pod is
	// unresponsive. SuccessThreshold is the number of consecutive healthy answers
	// after which a dependency is healthy.
	FailureThreshold, SuccessThreshold int
	// Pods are the pods to poll, in any order.
	Pods []Pod
	// DependencyState identifies which pods of the managed dependencies are ready
	// according to the kubelet. Its format doesn't matter: when it changes, all pods
	// are polled immediately.
	DependencyState string
}

// Pod is one running pod of the API that has an address.
type Pod struct {
	UID             types.UID
	Namespace, Name string
	// Address is an IPv4 or IPv6 address, without brackets.
	Address string
	Port    int32
	// Ready is the pod's readiness according to the kubelet: when it changes, the pod
	// is polled immediately.
	Ready bool
	// Migrations is true if the pod's contract.PathReady is to be read, too.
	Migrations bool
}

func (t PollTarget) thresholds() thresholds {
	return thresholds{t.FailureThreshold, t.SuccessThreshold, startupFailures}
}

// settleTimeout is how long an evaluation may be delayed: the time that it takes to
// find every pod unresponsive, or every dependency unhealthy.
func (t PollTarget) settleTimeout() time.Duration {
	return t.Interval + time.Duration(t.FailureThreshold+startupFailures)*(t.Timeout+confirmDelay)
}
