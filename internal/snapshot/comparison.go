// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// By how much new pods must be worse than those before.
const (
	// minimumRequests is how many requests both must have been sent: below, the 95th percentile
	// stands on two of them.
	minimumRequests = 50
	// minimumFailures is how many of those to the new pods must have failed: of 50 requests, one
	// is already 2 %.
	minimumFailures = 5
	// An error ratio is worse if it is both this much above the old one, as that may have been
	// almost 0, and this many times as high, as that may have been high.
	errorRatioAbove, errorRatioTimes = 0.01, 2
	// So is a latency. The buckets of a histogram are about as coarse as the factor, and users
	// hardly notice a tenth of a second.
	latencyAbove, latencyTimes = 100 * time.Millisecond, 1.5
)

// Comparison is what a Prometheus says of the new pods of the API and of those before.
type Comparison struct {
	// Problem is why they can't be compared, and what to do; it stays the same while the cause
	// does, and has nothing of what the Prometheus answered. Empty when it could be read.
	Problem string
	// Old is the traffic of the good templates' pods right before the rollout; New that of the
	// new pods, of late. Both are zero as long as they have not been read.
	Old, New Traffic
	// Due is when they are read again.
	Due time.Time
}

// Traffic is what pods were asked, and how they answered, in a window of time.
type Traffic struct {
	// Requests is how many there were.
	Requests float64
	// ErrorRatio is which part of them, from 0 to 1, was answered with a status 5xx.
	ErrorRatio float64
	// Latency is the 95th percentile; 0 when it is not known.
	Latency time.Duration
}

// Worse says in what the new pods are worse than those before, such as "5.2% of the requests of
// its pods failed (0.1% before)". It is empty when they are not, and when that is not known:
// nothing has been asked of the pods before, for one, or there is no comparison at all (nil).
func (c *Comparison) Worse() string {
	if c == nil || c.Problem != "" || c.Old.Requests < minimumRequests || c.New.Requests < minimumRequests {
		return ""
	}
	before, now := c.Old, c.New
	enough := now.ErrorRatio*now.Requests >= minimumFailures
	if enough && now.ErrorRatio > before.ErrorRatio+errorRatioAbove && now.ErrorRatio > errorRatioTimes*before.ErrorRatio {
		return fmt.Sprintf("%s of the requests of its pods failed (%s before)", percent(now.ErrorRatio), percent(before.ErrorRatio))
	}
	slower := now.Latency > before.Latency+latencyAbove && now.Latency.Seconds() > latencyTimes*before.Latency.Seconds()
	if before.Latency > 0 && slower {
		return fmt.Sprintf("its 95th percentile of latency is %s (%s before)",
			now.Latency.Round(time.Millisecond), before.Latency.Round(time.Millisecond))
	}
	return ""
}

// percent is a ratio in percent, with at most one decimal place.
func percent(ratio float64) string {
	return strconv.FormatFloat(math.Round(ratio*1000)/10, 'f', -1, 64) + "%"
}
