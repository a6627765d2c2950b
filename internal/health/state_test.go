// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// apply applies an event to a state: "g" and "b" are answers with a healthy (good) and an
// unhealthy (bad) database, "x" and "y" failed polls with different messages, "r" is an
// answer with a healthy Redis, "d" one with both healthy, "0" one without dependencies, and
// "f" a change (flip) of readiness.
func apply(s *state, event rune, limits thresholds) {
	answerOf := func(names ...string) (a answer) {
		for _, name := range names {
			a.dependencies = append(a.dependencies, dependencyAnswer{name: name, healthy: event != 'b', seconds: -1})
		}
		return a
	}
	switch event {
	case 'g', 'b':
		s.recordAnswer(answerOf(contract.Database), limits)
	case 'r':
		s.recordAnswer(answerOf(contract.Redis), limits)
	case 'd':
		s.recordAnswer(answerOf(contract.Database, contract.Redis), limits)
	case '0':
		s.recordAnswer(answerOf(), limits)
	case 'x':
		s.recordFailure("connection refused", limits)
	case 'y':
		s.recordFailure("connection reset", limits)
	case 'f':
		s.readinessChanged()
	}
}

// summary formats a state: H, U or ? is the database's health, after R that of Redis, -
// stands for no dependencies, X or Y for unresponsive, and ! for undecided.
func summary(s *state) string {
	report := s.report("a")
	summary := ""
	for _, d := range report.Dependencies {
		if d.Name == contract.Redis {
			summary += "R"
		}
		summary += map[string]string{"Healthy": "H", "Unhealthy": "U", "Unknown": "?"}[string(d.Health)]
	}
	if summary == "" {
		summary = "-"
	}
	switch report.Failure {
	case "connection refused":
		summary += "X"
	case "connection reset":
		summary += "Y"
	}
	if !s.decided() {
		summary += "!"
	}
	return summary
}

func TestThresholds(t *testing.T) {
	defaults := thresholds{failure: 3, success: 1}
	for _, c := range []struct {
		name   string
		limits thresholds
		events string
		want   string // After each event.
	}{
		{"one healthy answer is enough", defaults, "g", "H"},
		{"one unhealthy answer is not", defaults, "bbb", "?! ?! U"},
		{"an outage and its end", defaults, "gbbbbg", "H H H U U H"},
		{"flapping is damped", defaults, "gbbgbbgb", "H H H H H H H H"},
		{"the success threshold", thresholds{1, 3, 0}, "gggbgg", "?! ?! H U U U"},
		{"consecutive healthy answers count", thresholds{1, 2, 0}, "bggbg", "U U H U U"},
		{"a failed poll is no unhealthy answer", defaults, "gxxg", "H H H H"},
		{"a failed poll does not interrupt consecutive unhealthy answers", defaults, "gbxbb", "H H H H U"},
		{"an unresponsive pod has no dependencies", defaults, "gxxx", "H H H -X"},
		{"unresponsive from the start", defaults, "xxx", "-! -! -X"},
		{"one answer ends it, and the counts start again", defaults, "gxxxbbbg", "H H H -X ?! ?! U H"},
		{"a failure threshold of one", thresholds{1, 1, 0}, "gxg", "H -X H"},
		{"alternating causes don't change the message", defaults, "xxxyxyxyx", "-! -! -X -X -X -X -X -X -X"},
		{"another cause that persists does", defaults, "xxxyyy", "-! -! -X -X -X -Y"},
		{"all dependencies of the first answer count", defaults, "d", "HRH"},
		{"one that is missing from an answer does not", defaults, "dgdggd", "HRH HRH HRH HRH HRH HRH"},
		{"nor one that is new in an answer", defaults, "gdgddg", "H H H H H H"},
		{"after three in a row they do", defaults, "grrr", "H H H RH"},
		{"the second time after six", defaults, "gdddgggggg", "H H H HRH HRH HRH HRH HRH HRH H"},
		{"the failure threshold is how many answers it takes, but three", thresholds{1, 1, 0}, "grrr", "H H H RH"},
		{"or more", thresholds{4, 1, 0}, "grrrr", "H H H H RH"},
		{"failed polls don't count", defaults, "grxrxr", "H H H H H RH"},
		{"they start when the pod has one", defaults, "00dg", "- - HRH HRH"},
		{"and are those from before when it responds again", defaults, "gxxxrrr", "H H H -X - - RH"},
		{"the counts start again when it returns", defaults, "bbbrrrbbbbbb", "?! ?! U U U RH RH RH RH RH RH ?!"},
		{"a missing dependency keeps its health", defaults, "bbbrb", "?! ?! U U U"},
		{"an answer without dependencies is an answer", defaults, "0", "-"},
		{"an unresponsive pod without dependencies", defaults, "0xxx0", "- - - -X -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s state
			var got []string
			for _, event := range c.events {
				apply(&s, event, c.limits)
				got = append(got, summary(&s))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("after each of %q (-want +got):\n%s", c.events, diff)
			}
		})
	}
}

// TestPollSoon checks whether the next poll comes soon ("s") or after the interval ("i").
func TestPollSoon(t *testing.T) {
	defaults := thresholds{failure: 3, success: 1}
	for _, c := range []struct {
		name   string
		limits thresholds
		events string
		want   string
	}{
		{"unchanged", defaults, "ggg", "iii"},
		{"an unhealthy answer is confirmed until the threshold", defaults, "gbbbb", "issii"},
		{"so is an unhealthy first answer", defaults, "bbbb", "ssii"},
		{"a pod that starts has longer until its first healthy one", thresholds{3, 1, 2}, "bbbbbb", "ssssii"},
		{"so is a failed poll", defaults, "gxxxx", "issii"},
		{"so is recovery", thresholds{1, 3, 0}, "bgggg", "issii"},
		{"a pod that flaps is not polled every second indefinitely", defaults, "gbgbgb", "isisis"},
		{"nor one that never meets a threshold", thresholds{3, 3, 0}, "gbgbgbgbgbgb", "ssssssisssss"},
		{"a readiness change is followed up", defaults, "gf" + strings.Repeat("g", maxFollowUps+2), "i" + strings.Repeat("s", maxFollowUps) + "ii"},
		{"until an answer changes", defaults, "bbbfbgg", "ssi" + "s" + "ii"},
		{"which is confirmed as usual", defaults, "gfbbbb", "i" + "ssii"},
		{"that of an unresponsive pod, too", defaults, "xxxf" + strings.Repeat("x", maxFollowUps+2), "ssi" + strings.Repeat("s", maxFollowUps) + "ii"},
		{"a second readiness change restarts the follow-ups", defaults, "gfggf" + strings.Repeat("g", maxFollowUps+1), "i" + "ss" + strings.Repeat("s", maxFollowUps) + "i"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s state
			var got strings.Builder
			for _, event := range c.events {
				apply(&s, event, c.limits)
				switch {
				case event == 'f':
				case s.pollSoon(c.limits):
					got.WriteByte('s')
				default:
					got.WriteByte('i')
				}
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Errorf("after each of %q (-want +got):\n%s", c.events, diff)
			}
		})
	}
}

// The class of an outage is that of the answer that decided it, until as many answers in a
// row as a change needs have another. Letters are unhealthy answers of some class, "-" is a
// healthy one and "x" a failed poll; each is followed by the class that is reported then.
func TestErrorClass(t *testing.T) {
	classes := map[rune]contract.ErrorClass{'t': contract.ErrorTimeout, 'r': contract.ErrorConnectionRefused, 'o': contract.ErrorOther}
	defaults := thresholds{failure: 3, success: 1}
	for _, c := range []struct {
		name         string
		limits       thresholds
		events, want string
	}{
		{"nothing before the verdict", defaults, "-tttt", "...tt"},
		{"the answer that decides, not the first signs of a crash", defaults, "-orrr", "...rr"},
		{"another one for as long as the threshold", defaults, "-tttrrrr", "...tttrr"},
		{"another one for as long as three answers at least", thresholds{1, 1, 0}, "-trrrr", ".tttrr"},
		{"not another now and then", defaults, "-tttrrtrrtrrt", "...tttttttttt"},
		{"not two others in turn", defaults, "-tttrorororo", "...ttttttttt"},
		{"back again after twice as many", defaults, "-tttrrrttttttt", "...tttrrrrrrtt"},
		{"it ends with the outage", defaults, "-ttt-rrr-", "...t...r."},
		{"not with one healthy answer of two", thresholds{1, 2, 0}, "--t-t--", "..tttt."},
		{"it starts again after failed polls", thresholds{1, 1, 0}, "-txr", ".t.r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s state
			got := ""
			for _, event := range c.events {
				if event == 'x' {
					s.recordFailure("connection refused", c.limits)
				} else {
					s.recordAnswer(answer{dependencies: []dependencyAnswer{
						{name: contract.Database, healthy: event == '-', class: classes[event], seconds: -1},
					}}, c.limits)
				}
				reported := "."
				for letter, class := range classes {
					if s.report("a").Error(contract.Database) == class {
						reported = string(letter)
					}
				}
				got += reported
			}
			if got != c.want {
				t.Errorf("after each of %q: %q, want %q", c.events, got, c.want)
			}
		})
	}
}

func TestMigrationsAreKept(t *testing.T) {
	limits := thresholds{failure: 1, success: 1}
	var s state
	for i, reported := range []contract.Status{"", contract.StatusPending, "", contract.StatusComplete, ""} {
		s.recordAnswer(answer{migrations: reported}, limits)
		s.recordFailure("connection refused", limits)
		want := []contract.Status{"", "", "", contract.StatusComplete, contract.StatusComplete}[i] // Pending is dropped when the pod is unresponsive.
		if got := s.report("a").Migrations; got != want {
			t.Errorf("after answer %d: migrations %q, want %q", i, got, want)
		}
	}
}

// TestEverySequence checks every sequence of seven events: the number of early polls is
// bounded, and an unresponsive pod has not answered.
func TestEverySequence(t *testing.T) {
	limits := thresholds{failure: 2, success: 2}
	const events, length = "gbx0rf", 7
	var walk func(s state, sequence string, soon int)
	walk = func(s state, sequence string, soon int) {
		if soon > limits.failure+limits.success+maxFollowUps {
			t.Fatalf("%q: %d early polls in a row", sequence, soon)
		}
		if report := s.report("a"); report.Failure != "" && report.Answered {
			t.Fatalf("%q: unresponsive and answered", sequence)
		}
		if len(sequence) == length {
			return
		}
		for _, event := range events {
			next := s
			apply(&next, event, limits)
			counted := 0
			if event == 'f' || next.pollSoon(limits) {
				counted = soon + 1
			}
			if event == 'f' {
				counted = 0 // It restarts the follow-ups.
			}
			walk(next, sequence+string(event), counted)
		}
	}
	walk(state{}, "", 0)
}
