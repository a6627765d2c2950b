// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The words of a story: what a pod answers each time that it is asked. «g» is a
// database that works, «b» one that does not; «x» and «y» are failures of two
// kinds; «r» names Redis instead; «0» names nothing; «f» is a flip of readiness.
func tell(s *state, word rune, limits thresholds) {
	said := func(names ...string) (a answer) {
		for _, name := range names {
			a.dependencies = append(a.dependencies, dependencyAnswer{name: name, good: word != 'b', seconds: -1})
		}
		return a
	}
	switch word {
	case 'g', 'b':
		s.hear(said(contract.Database), limits)
	case 'r':
		s.hear(said(contract.Redis), limits)
	case '0':
		s.hear(said(), limits)
	case 'x':
		s.miss("connection refused", limits)
	case 'y':
		s.miss("connection reset", limits)
	case 'f':
		s.flip()
	}
}

// read says in a few letters what a state means: H, U or ? of the database (R of
// Redis), X or Y when silent, and - when there is nothing; a «!» when the pod is
// undecided.
func read(s *state) string {
	report := s.report("a")
	means := "-"
	for _, d := range report.Dependencies {
		means = map[string]string{"Healthy": "H", "Unhealthy": "U", "Unknown": "?"}[string(d.Health)]
		if d.Name == contract.Redis {
			means = "R" + means
		}
	}
	switch report.Failure {
	case "connection refused":
		means += "X"
	case "connection reset":
		means += "Y"
	}
	if !s.decided() {
		means += "!"
	}
	return means
}

func TestThresholds(t *testing.T) {
	usual := thresholds{failure: 3, success: 1}
	for _, c := range []struct {
		name   string
		limits thresholds
		story  string
		want   string // After each word.
	}{
		{"one good answer is enough", usual, "g", "H"},
		{"one bad answer is not", usual, "bbb", "?! ?! U"},
		{"an outage and its end", usual, "gbbbbg", "H H H U U H"},
		{"flapping is damped", usual, "gbbgbbgb", "H H H H H H H H"},
		{"it takes as many good answers as asked for", thresholds{1, 3, 0}, "gggbgg", "?! ?! H U U U"},
		{"good answers count in a row", thresholds{1, 2, 0}, "bggbg", "U U H U U"},
		{"no answer is no bad answer", usual, "gxxg", "H H H H"},
		{"a missing answer does not break the row of bad ones", usual, "gbxbb", "H H H H U"},
		{"silence is not yesterday's answer", usual, "gxxx", "H H H -X"},
		{"silence from the start", usual, "xxx", "-! -! -X"},
		{"an answer ends silence at once, and counts anew", usual, "gxxxbbbg", "H H H -X ?! ?! U H"},
		{"silence with one failure", thresholds{1, 1, 0}, "gxg", "H -X H"},
		{"causes that alternate don't change the words", usual, "xxxyxyxyx", "-! -! -X -X -X -X -X -X -X"},
		{"another cause that stays does", usual, "xxxyyy", "-! -! -X -X -X -Y"},
		{"a dependency that is no longer named is gone", usual, "grg", "H RH H"},
		{"one that comes back counts anew", usual, "bbbrb", "?! ?! U RH ?!"},
		{"nothing to depend on is an answer", usual, "0", "-"},
		{"silent pods that depend on nothing", usual, "0xxx0", "- - - -X -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s state
			var got []string
			for _, word := range c.story {
				tell(&s, word, c.limits)
				got = append(got, read(&s))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("after each of %q (-want +got):\n%s", c.story, diff)
			}
		})
	}
}

// TestHurry holds after which answers the next question comes soon: «s», or a whole
// interval later: «i».
func TestHurry(t *testing.T) {
	usual := thresholds{failure: 3, success: 1}
	for _, c := range []struct {
		name   string
		limits thresholds
		story  string
		want   string
	}{
		{"nothing new", usual, "ggg", "iii"},
		{"a bad answer is confirmed until the threshold", usual, "gbbbb", "issii"},
		{"so is a bad first answer", usual, "bbbb", "ssii"},
		{"a pod that connects has longer for its first good one", thresholds{3, 1, 2}, "bbbbbb", "ssssii"},
		{"so is a missing answer", usual, "gxxxx", "issii"},
		{"so is recovery", thresholds{1, 3, 0}, "bgggg", "issii"},
		{"a pod that flaps is not asked every second for ever", usual, "gbgbgb", "isisis"},
		{"nor one that never meets a threshold", thresholds{3, 3, 0}, "gbgbgbgbgbgb", "ssssssisssss"},
		{"a flip is followed up", usual, "gf" + strings.Repeat("g", followUps+2), "i" + strings.Repeat("s", followUps) + "ii"},
		{"until an answer says something else", usual, "bbbfbgg", "ssi" + "s" + "ii"},
		{"which is confirmed as usual", usual, "gfbbbb", "i" + "ssii"},
		{"of a silent pod too", usual, "xxxf" + strings.Repeat("x", followUps+2), "ssi" + strings.Repeat("s", followUps) + "ii"},
		{"two flips begin anew", usual, "gfggf" + strings.Repeat("g", followUps+1), "i" + "ss" + strings.Repeat("s", followUps) + "i"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s state
			var got strings.Builder
			for _, word := range c.story {
				tell(&s, word, c.limits)
				switch {
				case word == 'f':
				case s.hurry(c.limits):
					got.WriteByte('s')
				default:
					got.WriteByte('i')
				}
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Errorf("after each of %q (-want +got):\n%s", c.story, diff)
			}
		})
	}
}

func TestMigrationsAreKept(t *testing.T) {
	limits := thresholds{failure: 1, success: 1}
	var s state
	for i, said := range []contract.Status{"", contract.StatusPending, "", contract.StatusComplete, ""} {
		s.hear(answer{migrations: said}, limits)
		s.miss("connection refused", limits)
		want := []contract.Status{"", "", "", contract.StatusComplete, contract.StatusComplete}[i] // Pending is worth nothing in silence.
		if got := s.report("a").Migrations; got != want {
			t.Errorf("after answer %d: migrations %q, want %q", i, got, want)
		}
	}
}

// TestEveryStoryIsBounded walks through every story of seven words: a doubt ends, a
// silent pod says nothing, and what is decided is one of the two.
func TestEveryStoryIsBounded(t *testing.T) {
	limits := thresholds{failure: 2, success: 2}
	const words, length = "gbx0rf", 7
	var walk func(s state, story string, soon int)
	walk = func(s state, story string, soon int) {
		if soon > limits.failure+limits.success+followUps {
			t.Fatalf("%q: %d questions in a row, a second apart", story, soon)
		}
		if report := s.report("a"); report.Failure != "" && report.Answered {
			t.Fatalf("%q: silent and answering", story)
		}
		if len(story) == length {
			return
		}
		for _, word := range words {
			next := s
			tell(&next, word, limits)
			counted := 0
			if word == 'f' || next.hurry(limits) {
				counted = soon + 1
			}
			if word == 'f' {
				counted = 0 // A flip begins anew.
			}
			walk(next, fmt.Sprint(story, string(word)), counted)
		}
	}
	walk(state{}, "", 0)
}
