// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"cmp"
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

// minContradictions is how many answers in a row it takes at least to change what is not a
// verdict on a dependency, and maxSwitches is how often that number doubles.
const minContradictions, maxSwitches = 3, 10

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
	// names are the names in the answers, sorted.
	names []naming
	// switches counts how often the known names, the cause of an unresponsive pod or the
	// class of an outage have changed, or complete migrations were pending again.
	switches int
	// dependencies are those with a known name, by name.
	dependencies []dependency
	// migrations are complete, pending or, if the pod can't tell, empty. pending counts
	// the answers in a row that they are, since they were complete.
	migrations contract.Status
	pending    int
	// confirmations counts the consecutive polls that came early to confirm an answer,
	// and followUps the polls that remain after a readiness change.
	confirmations, followUps int
	// changed is true if the latest poll had another result than the one before, unless
	// there have been too many such changes.
	changed bool
	unrest  unrest
	// stale is true if readiness has changed since the latest answer that could reflect
	// it, and recheck if another pod's answer has changed.
	stale, recheck bool
}

// naming is whether a pod's answers name a dependency.
type naming struct {
	name string
	// known is true if the name counts, and contradictions is how many answers in a row
	// contradict that.
	known          bool
	contradictions int
}

// failing reports whether a dependency is unhealthy in the latest answer. While changes
// don't count, it is the verdict.
func (s *state) failing(d dependency) bool {
	if s.unrest.ignored {
		return d.health == v1alpha1.DependencyUnhealthy
	}
	return !d.healthy
}

// dependency is the result of a pod's answers about one dependency.
type dependency struct {
	name   string
	health v1alpha1.DependencyHealth
	// healthy is the latest answer, and consecutive how many answers in a row were
	// the same.
	healthy     bool
	consecutive int
	// class is why it is unhealthy: that of the answer that decided it, or another that
	// later answers agreed on. latest is the latest answer's, and sameClass how many
	// unhealthy answers in a row had it.
	class, latest contract.ErrorClass
	sameClass     int
	// seconds is the duration of the application's latest check; negative if not
	// reported.
	seconds float64
}

// recordAnswer updates the state after a successful poll. A known dependency that the
// answer does not name stays as it is.
func (s *state) recordAnswer(a answer, limits thresholds) {
	renamed := s.recordNames(a, limits)
	changed, failed := s.compare(a)
	changed = changed || renamed
	next, decided := s.next(a, limits)
	healthy := !slices.ContainsFunc(next, func(d dependency) bool { return !d.healthy })
	// A pod's first answer is no reason to poll the others if all is healthy.
	s.changed = s.unrest.counts(changed && (s.answered || !healthy), decided || s.followUps > 0)
	// While a dependency is down, the recovery of another one does not end the
	// follow-ups: the readiness change may be about the one that is down.
	if failed || changed && healthy {
		s.followUps = 0
	}
	s.stale, s.recheck = s.stale && !failed && !healthy, false
	s.failures, s.sameFailures, s.lastFailure, s.unresponsive = 0, 0, "", ""
	s.answered, s.dependencies = true, next
	down := s.dependency(contract.Database).health == v1alpha1.DependencyUnhealthy
	if down && a.migrations == contract.StatusPending {
		a.migrations = "" // The pod can't tell.
	}
	if down || a.migrations != "" {
		s.recordMigrations(a.migrations, limits)
	}
}

// next returns the dependencies with a known name after an answer, and whether there is a
// verdict on one of them that is new.
func (s *state) next(a answer, limits thresholds) (next []dependency, decided bool) {
	for _, n := range s.names {
		d := s.dependency(n.name)
		before := d.health
		d.seconds = -1
		if latest := a.find(n.name); latest != nil {
			d.recordAnswer(*latest, limits)
			if d.recordClass(*latest, s.contradictionsNeeded(limits)) {
				s.switches++
			}
		}
		if n.known && d.consecutive > 0 {
			next = append(next, d)
			decided = decided || d.health != before
		}
	}
	return next, decided
}

// recordNames updates the names, and reports whether the known ones have changed. Those of
// the first answer that has any are known at once.
func (s *state) recordNames(a answer, limits thresholds) (changed bool) {
	first, needed := len(s.names) == 0 && s.switches == 0, s.contradictionsNeeded(limits)
	next, known, changed := s.contradict(a, needed)
	for i := range next {
		n := &next[i]
		if !n.known && n.contradictions >= needed && known < maxDependencies {
			n.known, n.contradictions, changed = true, 0, true
			known++
		}
	}
	for _, d := range a.dependencies {
		if !slices.ContainsFunc(next, func(n naming) bool { return n.name == d.name }) {
			n := naming{name: d.name, known: first}
			if !first {
				n.contradictions = 1
			}
			next = append(next, n)
		}
	}
	slices.SortFunc(next, func(a, b naming) int { return cmp.Compare(a.name, b.name) })
	s.names = next
	if changed {
		s.switches++
	}
	return changed
}

// contradict counts which names an answer contradicts, and drops those that were
// contradicted often enough. It returns those that remain, how many of them are known, and
// whether a known one was dropped.
func (s *state) contradict(a answer, needed int) (next []naming, known int, changed bool) {
	for _, n := range s.names {
		named := a.find(n.name) != nil
		if n.contradictions++; named == n.known {
			n.contradictions = 0
		}
		if n.known && n.contradictions >= needed {
			n.known, changed = false, true
		}
		if n.known {
			known++
		}
		if n.known || named {
			next = append(next, n)
		}
	}
	return next, known, changed
}

// contradictionsNeeded is how many answers in a row change which names are known, why the
// pod is unresponsive or can't use a dependency, or that migrations are complete. It doubles each time: what a pod
// invents must not change the tracker's status every few polls.
func (s *state) contradictionsNeeded(limits thresholds) int {
	return max(limits.failure, minContradictions) << min(s.switches, maxSwitches)
}

// unrest is how often a pod's results have changed without a verdict.
type unrest struct {
	// calm is how many polls ago a change last counted, and needed is for how many polls
	// that must have been for the next one to count.
	calm, needed int
	// ignored is true if the latest change did not count.
	ignored bool
}

// maxUnrest is the highest number of polls for which changes don't count.
const maxUnrest = 100

// counts reports whether a change counts, or one that did not now does. Each time, twice as
// many polls must pass until the next one does, until there is a verdict or the kubelet's
// view changes: answers that alternate must change nothing and not have the other pods
// polled each time.
func (u *unrest) counts(changed, confirmed bool) bool {
	u.calm++
	switch {
	case confirmed:
		changed = changed || u.ignored
		*u = unrest{}
	case changed && u.calm < u.needed:
		changed, u.ignored = false, true
	case changed:
		*u = unrest{needed: min(2*u.needed+1, maxUnrest)}
	}
	return changed
}

// compare reports whether an answer about known dependencies differs from the one before,
// and whether one failed that was healthy.
func (s *state) compare(a answer) (changed, failed bool) {
	changed = !s.answered
	for _, d := range s.dependencies {
		if latest := a.find(d.name); latest != nil {
			changed = changed || d.healthy != latest.healthy
			failed = failed || d.healthy && !latest.healthy
		}
	}
	return changed, failed
}

// recordMigrations updates the migrations' status; empty if the pod can't tell. Then
// pending is dropped, and complete is not.
func (s *state) recordMigrations(migrations contract.Status, limits thresholds) {
	switch {
	case s.migrations != contract.StatusComplete:
		s.migrations = migrations
	case migrations == contract.StatusComplete:
		s.pending = 0
	case migrations == contract.StatusPending:
		if s.pending++; s.pending >= s.contradictionsNeeded(limits) {
			s.migrations, s.pending = migrations, 0
			s.switches++
		}
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

// recordClass updates the class after an answer, and reports whether an outage has got
// another one, for which so many answers are needed.
func (d *dependency) recordClass(latest dependencyAnswer, needed int) (switched bool) {
	if d.health != v1alpha1.DependencyUnhealthy {
		d.class = ""
	}
	if latest.healthy {
		return false
	}
	if d.sameClass++; d.latest != latest.class {
		d.latest, d.sameClass = latest.class, 1
	}
	switch {
	case d.health == v1alpha1.DependencyUnhealthy && d.class == "":
		d.class = latest.class
	case d.class != "" && d.class != latest.class && d.sameClass >= needed:
		d.class = latest.class
		return true
	}
	return false
}

// recordFailure updates the state after a failed poll. The state of an unresponsive
// pod's dependencies is dropped, and starts again with its next answer.
func (s *state) recordFailure(message string, limits thresholds) {
	if message != s.lastFailure {
		s.sameFailures = 0
	}
	s.lastFailure = message
	s.changed = s.unrest.counts(s.failures == 0 && s.answered, s.failures+1 == limits.failure)
	s.recheck = false
	s.failures++
	s.sameFailures++
	if s.failures < limits.failure {
		return
	}
	switch {
	case s.unresponsive == "":
		s.unresponsive = message
	case s.unresponsive != message && s.sameFailures >= s.contradictionsNeeded(limits):
		s.unresponsive = message
		s.switches++
	}
	s.answered, s.dependencies, s.stale = false, nil, false
	s.recordMigrations("", limits)
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
		r.Dependencies = append(r.Dependencies, snapshot.DependencyAnswer{Name: d.name, Health: d.health, Error: d.class})
	}
	return r
}
