// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Question is what a tracker wants to know: whom to ask, and how.
type Question struct {
	// Interval is the time between two questions to the same pod, and Timeout how
	// long a pod may take to answer. Timeout is at most Interval.
	Interval, Timeout time.Duration
	// FailureThreshold is how many bad answers in a row make a dependency unhealthy,
	// and how many missing ones a pod silent. SuccessThreshold is how many good ones
	// make a dependency healthy.
	FailureThreshold, SuccessThreshold int
	// Pods are those to ask, in any order.
	Pods []Pod
	// Ready stands for the kubelet's view of the managed dependencies: when it
	// changes, all pods are asked at once.
	Ready string
}

// Pod is one pod of the API that runs and has an address.
type Pod struct {
	UID             types.UID
	Namespace, Name string
	// Address is an IPv4 or IPv6 address, without brackets.
	Address string
	Port    int32
	// Ready is the kubelet's view: when it changes, the pod is asked at once.
	Ready bool
	// Migrations tells whether to read contract.PathReady too.
	Migrations bool
}

func (q Question) thresholds() thresholds {
	return thresholds{q.FailureThreshold, q.SuccessThreshold, connecting}
}

// patience is how long a judgement may be put off: the time that it takes to find
// every pod silent, or of every dependency that it does not work.
func (q Question) patience() time.Duration {
	return q.Interval + time.Duration(q.FailureThreshold+connecting)*(q.Timeout+confirmAfter)
}
