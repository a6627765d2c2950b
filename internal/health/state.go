// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// maxFollowUps is the number of polls in quick succession after a readiness change, as
// long as the answers stay the same: the kubelet often notices before the application.
const maxFollowUps = 20

// startupFailures is how many unhealthy answers beyond the threshold a pod may give
// about a dependency before its first healthy one: a pod that starts has to connect.
const startupFailures = 3

// thresholds are the numbers of consecutive answers that change a state. startup is
// added to failure for the first result.
type thresholds struct{ failure, success, startup int }

// state is the result of one pod's polls. It has neither clock nor locks.
type state struct {
	// failures counts the consecutive failed polls, and sameFailures those of them, the
	// latest included, that failed with the message lastFailure.
	failures, sameFailures int
	lastFailure            string
	// unresponsive is why the pod counts as unresponsive; empty if it does not.
	unresponsive string
	// answered is true if the pod has answered, and has not become unresponsive since.
	answered bool
	// dependencies are those of the latest answer, by name.
	dependencies []dependency
	migrations   contract.Status
	// confirmations counts the consecutive polls that came early to confirm an answer,
	// and followUps the polls that remain after a readiness change.
	confirmations, followUps int
	// changed is true if the latest poll had another result than the one before.
	changed bool
	// stale is true if readiness has changed since the latest answer that could reflect
	// it, and recheck if another pod's answer has changed.
	stale, recheck bool
}

// dependency is the result of a pod's answers about one dependency.
type dependency struct {
	name   string
	health v1alpha1.DependencyHealth
	// healthy is the latest answer, and consecutive how many answers in a row were
	// the same.
	healthy     bool
	consecutive int
	// seconds is the duration of the application's latest check; negative if not
	// reported.
	seconds float64
}

// recordAnswer updates the state after a successful poll. Dependencies that the answer
// does not name are dropped.
func (s *state) recordAnswer(a answer, limits thresholds) {
	changed, failed := s.compare(a)
	next := make([]dependency, 0, len(a.dependencies))
	for _, latest := range a.dependencies {
		d := s.dependency(latest.name)
		d.recordAnswer(latest, limits)
		next = append(next, d)
	}
	healthy := !slices.ContainsFunc(next, func(d dependency) bool { return !d.healthy })
	// A pod's first answer is no reason to poll the others if all is healthy.
	s.changed = changed && (s.answered || !healthy)
	// While a dependency is down, the recovery of another one does not end the
	// follow-ups: the readiness change may be about the one that is down.
	if failed || changed && healthy {
		s.followUps = 0
	}
	s.stale, s.recheck = s.stale && !failed && !healthy, false
	s.failures, s.sameFailures, s.lastFailure, s.unresponsive = 0, 0, "", ""
	s.answered, s.dependencies = true, next
	if a.migrations != "" || !healthy {
		s.recordMigrations(a.migrations)
	}
}

// compare reports whether an answer differs from the one before, and whether a
// dependency failed that was healthy.
func (s *state) compare(a answer) (changed, failed bool) {
	changed = !s.answered || len(a.dependencies) != len(s.dependencies)
	for _, latest := range a.dependencies {
		d := s.dependency(latest.name)
		changed = changed || d.consecutive == 0 || d.healthy != latest.healthy
		failed = failed || d.consecutive > 0 && d.healthy && !latest.healthy
	}
	return changed, failed
}

// recordMigrations updates the migrations' status. Complete is final; pending is
// dropped when it can't be confirmed.
func (s *state) recordMigrations(migrations contract.Status) {
	if migrations != "" || s.migrations == contract.StatusPending {
		s.migrations = migrations
	}
}

func (s *state) dependency(name string) dependency {
	for _, d := range s.dependencies {
		if d.name == name {
			return d
		}
	}
	return dependency{name: name, health: v1alpha1.DependencyUnknown}
}

func (d *dependency) recordAnswer(latest dependencyAnswer, limits thresholds) {
	if d.healthy != latest.healthy {
		d.consecutive = 0
	}
	d.healthy, d.seconds = latest.healthy, latest.seconds
	d.consecutive++
	failures := limits.failure
	if d.health == v1alpha1.DependencyUnknown {
		failures += limits.startup
	}
	switch {
	case d.healthy && d.consecutive >= limits.success:
		d.health = v1alpha1.DependencyHealthy
	case !d.healthy && d.consecutive >= failures:
		d.health = v1alpha1.DependencyUnhealthy
	}
}

// recordFailure updates the state after a failed poll. The state of an unresponsive
// pod's dependencies is dropped, and starts again with its next answer.
func (s *state) recordFailure(message string, limits thresholds) {
	if message != s.lastFailure {
		s.sameFailures = 0
	}
	s.lastFailure = message
	s.changed = s.failures == 0 && s.answered
	s.recheck = false
	s.failures++
	s.sameFailures++
	if s.failures < limits.failure {
		return
	}
	// Alternating causes must not change the tracker's status with every poll.
	if s.unresponsive == "" || s.sameFailures >= limits.failure {
		s.unresponsive = message
	}
	s.answered, s.dependencies, s.stale = false, nil, false
	s.recordMigrations("")
}

// readinessChanged updates the state after the kubelet changed the readiness of the
// pod, or of a managed dependency.
func (s *state) readinessChanged() { s.followUps, s.stale = maxFollowUps, true }

// decided reports whether the thresholds have been reached: the pod is unresponsive, or
// every dependency is healthy or unhealthy.
func (s *state) decided() bool {
	return s.unresponsive != "" || s.answered && !slices.ContainsFunc(s.dependencies, func(d dependency) bool {
		return d.health == v1alpha1.DependencyUnknown
	})
}

// unconfirmed reports whether the latest poll contradicts the state.
func (s *state) unconfirmed() bool {
	if s.unresponsive != "" {
		return false
	}
	return s.failures > 0 || slices.ContainsFunc(s.dependencies, func(d dependency) bool {
		return d.health == v1alpha1.DependencyUnknown || d.healthy != (d.health == v1alpha1.DependencyHealthy)
	})
}

// pollSoon reports whether the next poll comes after confirmDelay instead of the
// interval, and counts it. The thresholds limit the number of early polls: a pod whose
// answers alternate must not be polled every second indefinitely.
func (s *state) pollSoon(limits thresholds) bool {
	if s.unconfirmed() && s.confirmations < limits.failure+limits.success+limits.startup {
		s.confirmations++
		return true
	}
	s.confirmations = 0
	if s.followUps > 0 {
		s.followUps--
		return true
	}
	s.stale = false
	return false
}

// report converts the state.
func (s *state) report(pod string) snapshot.PodAnswer {
	r := snapshot.PodAnswer{Pod: pod, Failure: s.unresponsive, Answered: s.answered, Migrations: s.migrations}
	for _, d := range s.dependencies {
		r.Dependencies = append(r.Dependencies, snapshot.DependencyAnswer{Name: d.name, Health: d.health})
	}
	return r
}
