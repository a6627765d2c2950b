// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"math"
	"strconv"
	"strings"
)

// series selects the series of a metric. Matchers are those that equal, matches and
// notMatches make: what they quote stays a string, whatever it holds.
func series(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(matchers, ",") + "}"
}

func equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// matches is a matcher by a regular expression, which Prometheus anchors.
func matches(label, regex string) string { return label + "=~" + strconv.Quote(regex) }

func notMatches(label, regex string) string { return label + "!~" + strconv.Quote(regex) }

// number is a decimal number in the shortest form, empty for what is none.
func number(written string) string {
	value, err := strconv.ParseFloat(written, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return ""
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}
