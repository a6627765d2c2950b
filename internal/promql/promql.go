// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package promql holds what the rules, the dashboards and the metrics must agree on: the
// names of series, and how selectors of them are written. It is pure.
package promql

import (
	"strconv"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Series is a selector of the series of a metric. Matchers are those that the functions
// below return: what they quote stays a string, whatever it contains.
func Series(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(matchers, ",") + "}"
}

// Equal is a matcher of a label by its value.
func Equal(label, value string) string { return label + "=" + strconv.Quote(value) }

// NotEqual is the opposite of Equal.
func NotEqual(label, value string) string { return label + "!=" + strconv.Quote(value) }

// Matches is a matcher by a regular expression, which Prometheus anchors.
func Matches(label, regex string) string { return label + "=~" + strconv.Quote(regex) }

// NotMatches is the opposite of Matches.
func NotMatches(label, regex string) string { return label + "!~" + strconv.Quote(regex) }

// Number is a number as PromQL, without an exponent.
func Number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// UserRequests is a matcher that leaves out the requests of the kubelet, of Prometheus and
// of the operator. While the database is down, each readiness probe is answered with 503,
// twelve times a minute and pod: the probe itself acts on that, and no user sees it.
var UserRequests = NotMatches("endpoint", contract.PathHealth+"(/.*)?|"+contract.PathMetrics)
