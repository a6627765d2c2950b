// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"testing"
	"time"

	testingclock "k8s.io/utils/clock/testing"
)

// The delays after attempts that fail, at some times since the first.
func TestBackOff(t *testing.T) {
	const s = time.Second
	for name, attempts := range map[string][]struct{ at, want time.Duration }{
		"each after the delay before it": {{0, s / 2}, {s / 2, s}, {3 * s / 2, 2 * s}, {7 * s / 2, 4 * s}},
		"many within a delay":            {{0, s / 2}, {s / 10, 4 * s / 10}, {s / 5, 3 * s / 10}, {s / 2, s}, {s, s / 2}},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Unix(1_700_000_000, 0)
			clk := testingclock.NewFakePassiveClock(start)
			b := newBackOff[string](clk)
			for _, a := range attempts {
				clk.SetTime(start.Add(a.at))
				if got := b.When("hiring"); got != a.want {
					t.Errorf("after %v: %v, want %v", a.at, got, a.want)
				}
			}
			b.Forget("hiring")
			if got := b.When("hiring"); got != firstRetry {
				t.Errorf("after a success: %v, want %v", got, firstRetry)
			}
		})
	}
}
