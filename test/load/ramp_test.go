// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"testing/synctest"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var _ vegeta.Pacer = ramp{}

func TestRampRate(t *testing.T) {
	r := newRamp(20, 10*time.Second, time.Minute, 5*time.Second)
	for at, want := range map[time.Duration]float64{
		0:                        0,
		5 * time.Second:          10,
		10 * time.Second:         20,
		40 * time.Second:         20,
		72500 * time.Millisecond: 10,
		75 * time.Second:         0,
		time.Hour:                0,
	} {
		if got := r.Rate(at); got != want {
			t.Errorf("after %s: %v requests a second, want %v", at, got, want)
		}
	}
}

// The requests of a ramp are those of the area below it, each at its moment.
func TestRampPace(t *testing.T) {
	for name, test := range map[string]struct {
		ramp  ramp
		sent  uint64
		after time.Duration
		wait  time.Duration
		stop  bool
	}{
		"the first":              {newRamp(2, 4*time.Second, 0, 0), 0, 0, 2 * time.Second, false},
		"the last of a rise":     {newRamp(2, 4*time.Second, 0, 0), 3, 3500 * time.Millisecond, 500 * time.Millisecond, false},
		"none left":              {newRamp(2, 4*time.Second, 0, 0), 4, 4 * time.Second, 0, true},
		"in the hold":            {newRamp(2, 0, 10*time.Second, 0), 4, 2 * time.Second, 500 * time.Millisecond, false},
		"behind":                 {newRamp(2, 0, 10*time.Second, 0), 4, 6 * time.Second, 0, false},
		"behind when it is over": {newRamp(2, 0, 10*time.Second, 0), 4, 11 * time.Second, 0, true},
		"the last of a fall":     {newRamp(2, 0, 0, 4*time.Second), 3, 3 * time.Second, time.Second, false},
		"no stage":               {nil, 0, 0, 0, true},
	} {
		wait, stop := test.ramp.Pace(test.after, test.sent)
		if stop != test.stop || (wait-test.wait).Abs() > time.Microsecond {
			t.Errorf("%s: waits %s, stops: %t; want %s, %t", name, wait, stop, test.wait, test.stop)
		}
	}
}

// A whole ramp is sent, in its time.
func TestWholeRamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRamp(10, 10*time.Second, 20*time.Second, 10*time.Second)
		var sent uint64
		began := time.Now()
		for {
			wait, stop := r.Pace(time.Since(began), sent)
			if stop {
				break
			}
			time.Sleep(wait)
			sent++
		}
		if took := time.Since(began); sent != 300 || took > r.lasts() || took < r.lasts()-time.Second {
			t.Errorf("%d requests in %s, want 300 in %s", sent, took, r.lasts())
		}
	})
}
