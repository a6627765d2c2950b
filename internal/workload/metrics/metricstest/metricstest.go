// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package metricstest reads what Prometheus scrapes, in tests.
package metricstest

import (
	"strconv"
	"strings"
	"testing"
)

// Parse returns the values by series, such as NAME{label="value"} with sorted labels.
func Parse(t *testing.T, exposition string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for line := range strings.Lines(exposition) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimSpace(line)
		space := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[space+1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		values[line[:space]] = value
	}
	return values
}
