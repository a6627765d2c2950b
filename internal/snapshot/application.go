// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Application is what the API's pods answered when they were asked about what they
// depend on. It holds nothing that changes while the truth doesn't.
type Application struct {
	// Settled tells that enough is known to judge by: that every pod has been asked
	// often enough since the operator began to ask, or has had the time for it, and
	// that some pod answers or none does. Until then the stored status stands.
	Settled bool
	// Overdue tells that it counts as settled because it has taken too long.
	Overdue bool
	// Pods are the pods that are asked, by name.
	Pods []PodAnswer
	// Failing are the names of the dependencies that no answering pod could use when
	// it was last asked, sorted: the first sign of an outage, which no threshold has
	// confirmed.
	Failing []string
	// Hanging tells that no pod answers promptly that is asked because the kubelet's
	// view of it or of a managed dependency has changed: it waits for what is gone.
	Hanging bool
}

// PodAnswer is what one pod of the API says.
type PodAnswer struct {
	// Pod is the pod's name.
	Pod string
	// Failure is why the pod gives no answer that can be used, in words that stay
	// the same while the cause does. Empty when it answers, or has yet to be asked
	// often enough.
	Failure string
	// Answered tells that the pod has answered, and does.
	Answered bool
	// Dependencies are those that the pod names, by name. Empty with a Failure.
	Dependencies []DependencyAnswer
	// Migrations is contract.StatusComplete or contract.StatusPending; empty when
	// the pod has not said.
	Migrations contract.Status
}

// Health is what the pod says of a dependency; empty when it does not name it.
func (p PodAnswer) Health(name string) v1alpha1.DependencyHealth {
	for _, d := range p.Dependencies {
		if d.Name == name {
			return d.Health
		}
	}
	return ""
}

// DependencyAnswer is what a pod says of one dependency.
type DependencyAnswer struct {
	// Name is the dependency's name, such as contract.Database.
	Name string
	// Health is Healthy or Unhealthy once the thresholds have been met, and Unknown
	// before.
	Health v1alpha1.DependencyHealth
}
