// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"testing"
	"time"
)

func TestWorse(t *testing.T) {
	fine := Traffic{Requests: 1000, ErrorRatio: .001, Latency: 200 * time.Millisecond}
	failing := Traffic{Requests: 1000, ErrorRatio: .052, Latency: 200 * time.Millisecond}
	slow := Traffic{Requests: 1000, ErrorRatio: .001, Latency: 1873 * time.Millisecond}
	with := func(of Traffic, change func(*Traffic)) Traffic {
		change(&of)
		return of
	}
	for name, test := range map[string]struct {
		old, current Traffic
		want         string
	}{
		"the same":           {fine, fine, ""},
		"nothing is known":   {Traffic{}, Traffic{}, ""},
		"nothing before":     {Traffic{}, failing, ""},
		"nothing new":        {fine, Traffic{}, ""},
		"better":             {failing, fine, ""},
		"more errors":        {fine, failing, "5.2% of the requests of its pods failed (0.1% before)"},
		"no errors before":   {with(fine, func(t *Traffic) { t.ErrorRatio = 0 }), failing, "5.2% of the requests of its pods failed (0% before)"},
		"all fail":           {fine, with(fine, func(t *Traffic) { t.ErrorRatio = 1 }), "100% of the requests of its pods failed (0.1% before)"},
		"slower":             {fine, slow, "its 95th percentile of latency is 1.873s (200ms before)"},
		"failing and slower": {fine, with(slow, func(t *Traffic) { t.ErrorRatio = .5 }), "50% of the requests of its pods failed (0.1% before)"},
		"less than a percentage point more": {
			with(fine, func(t *Traffic) { t.ErrorRatio = 0 }), with(fine, func(t *Traffic) { t.ErrorRatio = .0099 }), "",
		},
		"not twice as many": {
			with(fine, func(t *Traffic) { t.ErrorRatio = .1 }), with(fine, func(t *Traffic) { t.ErrorRatio = .199 }), "",
		},
		"more than twice as many": {
			with(fine, func(t *Traffic) { t.ErrorRatio = .1 }), with(fine, func(t *Traffic) { t.ErrorRatio = .201 }),
			"20.1% of the requests of its pods failed (10% before)",
		},
		"four of fifty failed": {fine, with(fine, func(t *Traffic) { t.Requests, t.ErrorRatio = 50, .08 }), ""},
		"five of fifty failed": {
			fine, with(fine, func(t *Traffic) { t.Requests, t.ErrorRatio = 50, .1 }), "10% of the requests of its pods failed (0.1% before)",
		},
		"too few new requests":    {fine, with(slow, func(t *Traffic) { t.Requests, t.ErrorRatio = 49, 1 }), ""},
		"too few requests before": {with(fine, func(t *Traffic) { t.Requests = 49 }), failing, ""},
		"a tenth of a second more, and many times as slow": {
			with(fine, func(t *Traffic) { t.Latency = 5 * time.Millisecond }), with(fine, func(t *Traffic) { t.Latency = 105 * time.Millisecond }), "",
		},
		"more than that": {
			with(fine, func(t *Traffic) { t.Latency = 5 * time.Millisecond }), with(fine, func(t *Traffic) { t.Latency = 106 * time.Millisecond }),
			"its 95th percentile of latency is 106ms (5ms before)",
		},
		"a second more, and not 1.5 times as slow": {
			with(fine, func(t *Traffic) { t.Latency = 2 * time.Second }), with(fine, func(t *Traffic) { t.Latency = 3 * time.Second }), "",
		},
		"1.5 times as slow": {
			with(fine, func(t *Traffic) { t.Latency = 2 * time.Second }), with(fine, func(t *Traffic) { t.Latency = 3001 * time.Millisecond }),
			"its 95th percentile of latency is 3.001s (2s before)",
		},
		"no latency before": {with(fine, func(t *Traffic) { t.Latency = 0 }), slow, ""},
		"no latency now":    {fine, with(fine, func(t *Traffic) { t.Latency = 0 }), ""},
	} {
		c := &Comparison{Old: test.old, New: test.current}
		if got := c.Worse(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		c.Problem = "it could not be read"
		if got := c.Worse(); got != "" {
			t.Errorf("%s, with a problem: %q", name, got)
		}
	}
	if got := (*Comparison)(nil).Worse(); got != "" {
		t.Errorf("without a comparison: %q", got)
	}
}
