// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// namingOf returns an answer that names healthy dependencies, the database among them.
func namingOf(names ...string) (a answer) {
	names = append(names, contract.Database)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		a.dependencies = append(a.dependencies, dependencyAnswer{name: name, healthy: true, seconds: .001})
	}
	return a
}

// numbered are names from first to last.
func numbered(first, last int) (names []string) {
	for i := first; i <= last; i++ {
		names = append(names, fmt.Sprint("d", i))
	}
	return names
}

// TestInventedAnswers checks that what a pod makes up in its answers changes what is
// reported about it a few times, not all the time, and that nothing grows without bound.
func TestInventedAnswers(t *testing.T) {
	const answers, most = 1000, 20
	reports := func(status contract.Status) answer {
		a := namingOf()
		a.migrations = status
		return a
	}
	unable := func(healthy bool) answer {
		a := namingOf()
		a.dependencies[0].healthy = healthy
		return a
	}
	failing := func(class contract.ErrorClass) answer {
		a := unable(false)
		a.dependencies[0].class = class
		return a
	}
	two := []contract.ErrorClass{contract.ErrorTimeout, contract.ErrorConnectionRefused}
	persisting := func(each int) func(n int) (answer, string) {
		return func(n int) (answer, string) { return namingOf(numbered(14*(n/each), 14*(n/each)+13)...), "" }
	}
	tests := map[string]func(n int) (answer, string){
		"names in turn":            func(n int) (answer, string) { return namingOf(fmt.Sprint("d", n%2)), "" },
		"one name more, or less":   func(n int) (answer, string) { return namingOf(numbered(0, n%15)...), "" },
		"a window of names":        func(n int) (answer, string) { return namingOf(numbered(n, n+13)...), "" },
		"a slow window of names":   func(n int) (answer, string) { return namingOf(numbered(n/5, n/5+13)...), "" },
		"names that take turns":    func(n int) (answer, string) { return namingOf(numbered(10*(n%4), 10*(n%4)+9)...), "" },
		"a name for ever longer":   func(n int) (answer, string) { return namingOf(fmt.Sprint("d", len(fmt.Sprintf("%b", n)))), "" },
		"no database now and then": func(n int) (answer, string) { return answer{dependencies: namingOf().dependencies[:n%2]}, "" },
		"an unhealthy name now and then": func(n int) (answer, string) {
			a := namingOf(fmt.Sprint("d", n%3))
			a.dependencies[0].healthy = n%3 != 0
			return a, ""
		},
		"migrations in turn": func(n int) (answer, string) {
			return reports([]contract.Status{contract.StatusPending, contract.StatusComplete}[n%2]), ""
		},
		"migrations pending, or no answer": func(n int) (answer, string) {
			return reports([]contract.Status{contract.StatusPending, ""}[n%2]), ""
		},
		"migrations complete every few answers": func(n int) (answer, string) {
			if n%10 == 0 {
				return reports(contract.StatusComplete), ""
			}
			return reports(contract.StatusPending), ""
		},
		"migrations pending, or the database fails": func(n int) (answer, string) {
			if n%2 == 0 {
				return unable(false), ""
			}
			return reports(contract.StatusPending), ""
		},
		"classes in turn":          func(n int) (answer, string) { return failing(two[n%2]), "" },
		"classes that last":        func(n int) (answer, string) { return failing(two[n/3%2]), "" },
		"classes that last longer": func(n int) (answer, string) { return failing(two[n/20%2]), "" },
		"causes in turn":           func(n int) (answer, string) { return answer{}, fmt.Sprint("responds with ", 400+n%3) },
		"causes that last":         func(n int) (answer, string) { return answer{}, fmt.Sprint("responds with ", 400+n/3) },
		"causes that last longer":  func(n int) (answer, string) { return answer{}, fmt.Sprint("responds with ", 400+n/20) },
	}
	for each := 1; each < 100; each += 3 {
		tests[fmt.Sprintf("14 new names every %d answers", each)] = persisting(each)
	}
	for name, test := range tests {
		for _, limits := range []thresholds{{3, 1, startupFailures}, {1, 2, startupFailures}, {2, 2, startupFailures}} {
			var s state
			var before snapshot.PodAnswer
			changes := 0
			for n := range answers {
				if a, failure := test(n); failure == "" {
					s.recordAnswer(a, limits)
				} else {
					s.recordFailure(failure, limits)
				}
				if now := s.report("a"); !reflect.DeepEqual(now, before) {
					before = now
					changes++
				}
				if len(s.dependencies) > maxDependencies || len(s.names) > 2*maxDependencies {
					t.Fatalf("%s: %d dependencies and %d names are remembered", name, len(s.dependencies), len(s.names))
				}
			}
			if changes > most {
				t.Errorf("%s, thresholds %+v: %d changes in %d answers", name, limits, changes, answers)
			}
		}
	}
}

// TestInventedNamesCauseNoChanges checks how often Changed is called, and how many series
// there have been, with pods that name new dependencies in each answer, or whose answers
// alternate.
func TestInventedNamesCauseNoChanges(t *testing.T) {
	invent := func(n int, which string) string {
		var all []string
		for i := range 14 {
			all = append(all, fmt.Sprintf(`"%s%d-%d": {"status": "healthy", "response_time_ms": 1}`, which, n, i))
		}
		return `200 {"message": "` + fmt.Sprint(n) + `", "version": "1.0.` + fmt.Sprint(n) + `", "dependencies": {` +
			`"database": {"status": "healthy", "response_time_ms": 1}, ` + strings.Join(all, ", ") + `}}`
	}
	for name, test := range map[string]struct {
		respond func(n int) (a, b string)
		changes int // At most, in 1,000 seconds.
	}{
		"one pod": {func(n int) (string, string) { return invent(n, "x"), good }, 10},
		"both":    {func(n int) (string, string) { return invent(n, "x"), invent(n, "y") }, 10},
		"between the two": {func(n int) (string, string) {
			if n%2 == 0 {
				return invent(n, "x"), good
			}
			return good, invent(n, "x")
		}, 10},
		"for three answers":            {func(n int) (string, string) { return invent(n/4, "x"), good }, 20},
		"the database fails elsewhere": {func(n int) (string, string) { return invent(n, "x"), bad }, 10},
		"the database fails in turn": {func(n int) (string, string) {
			return []string{good, bad}[n%2], []string{bad, good}[n%2]
		}, 70}, // Which pod is polled first differs: mostly fewer than 60, and 62 in one of 290 runs.
		"the database fails now and then": {func(n int) (string, string) {
			return []string{good, good, good, good, bad}[n%5], good
		}, 60},
		"a poll fails now and then": {func(n int) (string, string) {
			return []string{good, "404 "}[n%2], good
		}, 60},
		// Its verdict changes twice in five answers, with the thresholds.
		"after each failure": {func(n int) (string, string) {
			if n%5 > 0 {
				return "404 ", good
			}
			return invent(n, "x"), good
		}, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			withPoller(t, 4, func(h *harness) {
				target := targetOf(podOf("hiring", "a"), podOf("hiring", "b"))
				target.Interval, target.Timeout = time.Second, time.Second
				series := map[string]bool{}
				h.Observe(hiring, target)
				for n := range 1000 {
					a, b := test.respond(n)
					h.pods.respond(map[string]string{"hiring-a": a, "hiring-b": b})
					h.advance(time.Second)
					for _, s := range h.series() {
						series[strings.Fields(s)[0]] = true
					}
				}
				if n := h.changes(); n > test.changes {
					t.Errorf("%d changes, want at most %d", n, test.changes)
				}
				if n := len(series); n > 1+2*14 {
					t.Errorf("%d series, want those of the first answers", n)
				}
			})
		})
	}
}
