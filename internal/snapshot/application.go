// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Application is what the API's pods last reported about the dependencies. It holds
// nothing that changes while their state doesn't.
type Application struct {
	// Settled reports that enough is known for a status: every pod has been polled often
	// enough since the operator started to, or the time for it has passed, and some pod
	// responds or none does. Until then the stored status is kept.
	Settled bool
	// Overdue reports that it counts as settled because it has taken too long.
	Overdue bool
	// Pods are the pods that are polled, by name.
	Pods []PodAnswer
	// Failing are the names of the dependencies that no answering pod could use when
	// it was last polled, sorted: the first sign of an outage, which no threshold has
	// confirmed.
	Failing []string
	// Hanging reports that no pod responds promptly that is polled because the kubelet's
	// view of it or of a managed dependency has changed: it waits for what is gone.
	Hanging bool
}

// PodAnswer is what one pod of the API reports.
type PodAnswer struct {
	// Pod is the pod's name.
	Pod string
	// Failure is why the pod gives no answer that can be used, a message that stays the
	// same while the cause does. Empty when it responds, or has not been polled often
	// enough.
	Failure string
	// Answered reports that the pod has responded, and still does.
	Answered bool
	// Dependencies are those that the pod reports, by name. Empty with a Failure.
	Dependencies []DependencyAnswer
	// Migrations is contract.StatusComplete or contract.StatusPending; empty when
	// the pod has not reported them.
	Migrations contract.Status
}

// Health is what the pod reports about a dependency; empty when it does not.
func (p PodAnswer) Health(name string) v1alpha1.DependencyHealth {
	for _, d := range p.Dependencies {
		if d.Name == name {
			return d.Health
		}
	}
	return ""
}

// DependencyAnswer is what a pod reports about one dependency.
type DependencyAnswer struct {
	// Name is the dependency's name, such as contract.Database.
	Name string
	// Health is Healthy or Unhealthy once the thresholds have been met, and Unknown
	// before.
	Health v1alpha1.DependencyHealth
}
