// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// followUps is how many questions follow a flip, soon after one another, while the
// answers stay what they were: the kubelet often knows before the application.
const followUps = 20

// connecting is how many bad answers more than the threshold a pod may give about a
// dependency before it has given a good one: when it starts, it has to connect.
const connecting = 3

// thresholds are how many answers in a row change a state; connecting bad ones more
// for the first verdict.
type thresholds struct{ failure, success, connecting int }

// state is what one pod's answers have come to. It has neither clock nor locks.
type state struct {
	// failures counts the questions in a row that had no answer; sameFailures
	// those of them, the latest included, that failed in the words lastFailure.
	failures, sameFailures int
	lastFailure            string
	// silence is why the pod counts as one that gives no answer; empty when it does
	// not count as such.
	silence string
	// answered tells that there was an answer since the beginning, or since the pod
	// was silent.
	answered bool
	// dependencies are those of the latest answer, by name.
	dependencies []dependency
	migrations   contract.Status
	// hurries counts the questions in a row that were not a whole interval apart
	// because of a doubt; pending are the follow-ups of a flip that are left.
	hurries, pending int
	// news tells that the latest answer, or that there was none, said something else
	// than the one before.
	news bool
	// stale tells that the kubelet has changed its mind since the latest answer that
	// could tell of it; recheck that another pod has.
	stale, recheck bool
}

// dependency is what a pod's answers about one dependency have come to.
type dependency struct {
	name   string
	health v1alpha1.DependencyHealth
	// good is what the latest answer says, and run how many in a row have said it.
	good bool
	run  int
	// seconds is how long the application's latest check took; negative when it
	// doesn't say.
	seconds float64
}

// hear takes an answer in. A dependency that it no longer names is forgotten.
func (s *state) hear(a answer, limits thresholds) {
	news, failed := s.compare(a)
	next := make([]dependency, 0, len(a.dependencies))
	for _, said := range a.dependencies {
		d := s.dependency(said.name)
		d.hear(said, limits)
		next = append(next, d)
	}
	works := !slices.ContainsFunc(next, func(d dependency) bool { return !d.good })
	// A first good answer is no news to the others.
	s.news = news && (s.answered || !works)
	// That one dependency is back says nothing of another that the flip may be about.
	if failed || news && works {
		s.pending = 0
	}
	s.stale, s.recheck = s.stale && !failed && !works, false
	s.failures, s.sameFailures, s.lastFailure, s.silence = 0, 0, "", ""
	s.answered, s.dependencies = true, next
	if a.migrations != "" || !works {
		s.learn(a.migrations)
	}
}

// compare tells whether an answer says something else than the one before, and
// whether something failed that worked.
func (s *state) compare(a answer) (news, failed bool) {
	news = !s.answered || len(a.dependencies) != len(s.dependencies)
	for _, said := range a.dependencies {
		d := s.dependency(said.name)
		news = news || d.run == 0 || d.good != said.good
		failed = failed || d.run > 0 && d.good && !said.good
	}
	return news, failed
}

// learn takes in what is known of the migrations. That they are complete stays so;
// that they are pending is worth nothing when it can't be said again.
func (s *state) learn(migrations contract.Status) {
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

func (d *dependency) hear(said dependencyAnswer, limits thresholds) {
	if d.good != said.good {
		d.run = 0
	}
	d.good, d.seconds = said.good, said.seconds
	d.run++
	failures := limits.failure
	if d.health == v1alpha1.DependencyUnknown {
		failures += limits.connecting
	}
	switch {
	case d.good && d.run >= limits.success:
		d.health = v1alpha1.DependencyHealthy
	case !d.good && d.run >= failures:
		d.health = v1alpha1.DependencyUnhealthy
	}
}

// miss takes in that there was no answer. A pod that is silent has nothing to say
// of its dependencies, and begins anew when it answers again.
func (s *state) miss(words string, limits thresholds) {
	if words != s.lastFailure {
		s.sameFailures = 0
	}
	s.lastFailure = words
	s.news = s.failures == 0 && s.answered
	s.recheck = false
	s.failures++
	s.sameFailures++
	if s.failures < limits.failure {
		return
	}
	// Causes that alternate would change the tracker's status with every question.
	if s.silence == "" || s.sameFailures >= limits.failure {
		s.silence = words
	}
	s.answered, s.dependencies, s.stale = false, nil, false
	s.learn("")
}

// flip takes in that the kubelet has changed its mind about the pod or about what
// it depends on.
func (s *state) flip() { s.pending, s.stale = followUps, true }

// decided tells whether the thresholds have been met: the pod is silent, or has
// said of every dependency whether it works.
func (s *state) decided() bool {
	return s.silence != "" || s.answered && !slices.ContainsFunc(s.dependencies, func(d dependency) bool {
		return d.health == v1alpha1.DependencyUnknown
	})
}

// doubtful tells whether the latest answer, or that there was none, is not what the
// state says.
func (s *state) doubtful() bool {
	if s.silence != "" {
		return false
	}
	return s.failures > 0 || slices.ContainsFunc(s.dependencies, func(d dependency) bool {
		return d.health == v1alpha1.DependencyUnknown || d.good != (d.health == v1alpha1.DependencyHealthy)
	})
}

// hurry tells whether the next question comes after confirmAfter rather than a
// whole interval later. It ends a doubt within as many questions as the thresholds
// can need: a pod that flaps must not be asked every second for ever.
func (s *state) hurry(limits thresholds) bool {
	if s.doubtful() && s.hurries < limits.failure+limits.success+limits.connecting {
		s.hurries++
		return true
	}
	s.hurries = 0
	if s.pending > 0 {
		s.pending--
		return true
	}
	s.stale = false
	return false
}

// report is what the state means to those who judge.
func (s *state) report(pod string) snapshot.PodAnswer {
	r := snapshot.PodAnswer{Pod: pod, Failure: s.silence, Answered: s.answered, Migrations: s.migrations}
	for _, d := range s.dependencies {
		r.Dependencies = append(r.Dependencies, snapshot.DependencyAnswer{Name: d.name, Health: d.health})
	}
	return r
}
