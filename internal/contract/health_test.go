// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The JSON has the specification's fields and types.
func TestJSON(t *testing.T) {
	noon := time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)
	health := contract.Health{Status: contract.StatusHealthy, Timestamp: noon, Version: "1.2.3", Environment: "staging"}

	for name, test := range map[string]struct {
		answer any
		want   string
	}{
		"health": {
			answer: health,
			want:   `{"status":"healthy","timestamp":"2026-02-03T12:00:00Z","version":"1.2.3","environment":"staging"}`,
		},
		"detailed": {
			answer: contract.Detailed{
				Health: health,
				Dependencies: map[string]contract.Dependency{
					contract.Database: {Status: contract.StatusHealthy, ResponseTimeMS: 7, LastCheck: noon},
					contract.Redis:    {Status: contract.StatusUnhealthy, Error: contract.ErrorTimeout, ResponseTimeMS: 2000, LastCheck: noon},
				},
				Metrics: contract.Metrics{UptimeSeconds: 61, MemoryUsageMB: 40, CPUUsagePercent: 2.5},
			},
			want: `{"status":"healthy","timestamp":"2026-02-03T12:00:00Z","version":"1.2.3","environment":"staging",` +
				`"dependencies":{` +
				`"database":{"status":"healthy","response_time_ms":7,"last_check":"2026-02-03T12:00:00Z"},` +
				`"redis":{"status":"unhealthy","error":"timeout","response_time_ms":2000,"last_check":"2026-02-03T12:00:00Z"}},` +
				`"metrics":{"uptime_seconds":61,"memory_usage_mb":40,"cpu_usage_percent":2.5}}`,
		},
		"ready": {
			answer: contract.Ready{
				Status:    contract.StatusReady,
				Timestamp: noon,
				Checks: map[string]contract.Status{
					contract.Database:   contract.StatusReady,
					contract.Redis:      contract.StatusReady,
					contract.Migrations: contract.StatusComplete,
				},
			},
			want: `{"status":"ready","timestamp":"2026-02-03T12:00:00Z",` +
				`"checks":{"database":"ready","migrations":"complete","redis":"ready"}}`,
		},
		"live": {
			answer: contract.Live{Status: contract.StatusAlive, Timestamp: noon, UptimeSeconds: 61},
			want:   `{"status":"alive","timestamp":"2026-02-03T12:00:00Z","uptime_seconds":61}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(test.answer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a server sends is one of the classes.
func TestErrorClassKnown(t *testing.T) {
	for class, want := range map[contract.ErrorClass]contract.ErrorClass{
		contract.ErrorReadOnly: contract.ErrorReadOnly,
		contract.ErrorOther:    contract.ErrorOther,
		"Read_Only":            contract.ErrorOther,
		"":                     contract.ErrorOther,
		"hunter2":              contract.ErrorOther,
	} {
		if got := class.Known(); got != want {
			t.Errorf("%q is %q, want %q", class, got, want)
		}
	}
}
