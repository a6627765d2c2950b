// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"time"
)

// stage is a time in which the rate goes evenly from that of the stage before to its own.
type stage struct {
	lasts time.Duration
	rate  float64 // requests a second at its end
}

// ramp is a vegeta.Pacer: stages that begin at no request a second.
type ramp []stage

// newRamp goes up to a peak, holds it, and goes down.
func newRamp(peak float64, up, hold, down time.Duration) ramp {
	return ramp{{up, peak}, {hold, peak}, {down, 0}}
}

// Pace returns how long to wait for the next request, or that there is none.
func (r ramp) Pace(elapsed time.Duration, sent uint64) (wait time.Duration, stop bool) {
	due, ok := r.due(float64(sent + 1))
	if !ok || elapsed > r.lasts() { // What has not been sent by the end is not made up for.
		return 0, true
	}
	return max(0, due-elapsed), false
}

// Rate returns the requests a second at a moment.
func (r ramp) Rate(elapsed time.Duration) float64 {
	from := 0.0
	for _, s := range r {
		if elapsed < s.lasts {
			return from + (s.rate-from)*elapsed.Seconds()/s.lasts.Seconds()
		}
		elapsed -= s.lasts
		from = s.rate
	}
	return 0
}

// due is when the nth request is due; ok is false if the ramp has fewer.
func (r ramp) due(n float64) (at time.Duration, ok bool) {
	from := 0.0
	for _, s := range r {
		lasts := s.lasts.Seconds()
		if inStage := (from + s.rate) / 2 * lasts; n > inStage {
			n -= inStage
			at += s.lasts
			from = s.rate
			continue
		}
		// n = from·x + slope·x²/2, solved for x in a form that has no division by a slope of 0.
		slope := (s.rate - from) / lasts
		x := 2 * n / (from + math.Sqrt(max(0, from*from+2*slope*n)))
		return at + time.Duration(x*float64(time.Second)), true
	}
	return 0, false
}

func (r ramp) lasts() (total time.Duration) {
	for _, s := range r {
		total += s.lasts
	}
	return total
}
