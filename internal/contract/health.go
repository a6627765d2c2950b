// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import "time"

// Status is one word about the application, a dependency or a check.
type Status string

// The words of Health, Detailed and Dependency.
const (
	// StatusHealthy is the specification's word for what works.
	StatusHealthy Status = "healthy"
	// StatusUnhealthy says that a dependency did not answer in time, or answered
	// with an error; of the whole, that one of the dependencies is so.
	StatusUnhealthy Status = "unhealthy"
)

// The words of Ready and its checks.
const (
	// StatusReady is the specification's word for what can serve traffic.
	StatusReady Status = "ready"
	// StatusNotReady says that a dependency can't be used; of the whole, that a
	// check failed or that the process drains before it ends.
	StatusNotReady Status = "not_ready"
	// StatusComplete says that every migration that the application knows has been
	// applied to the database.
	StatusComplete Status = "complete"
	// StatusPending says that a migration has yet to be applied, or that this
	// process has not been able to ask the database yet.
	StatusPending Status = "pending"
)

// StatusAlive is the only word of Live.
const StatusAlive Status = "alive"

// The names of dependencies and checks: the keys of Detailed.Dependencies and
// Ready.Checks.
const (
	Database   = "database"
	Redis      = "redis"
	Migrations = "migrations"
)

// Health is the answer at PathHealth, and how Detailed begins.
type Health struct {
	// Status is StatusHealthy; in a Detailed it may be StatusUnhealthy.
	Status Status `json:"status"`
	// Timestamp is when the answer was made: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// Version is the value of EnvVersion.
	Version string `json:"version"`
	// Environment is the value of EnvEnvironment.
	Environment string `json:"environment"`
}

// Detailed is the answer at PathDetailed.
type Detailed struct {
	Health
	// Dependencies has the keys Database and Redis.
	Dependencies map[string]Dependency `json:"dependencies"`
	// Metrics are measured, whatever Status says.
	Metrics Metrics `json:"metrics"`
}

// Dependency is one of a Detailed's dependencies.
type Dependency struct {
	// Status is StatusHealthy or StatusUnhealthy. The cause of a failure is in the
	// application's log, not here: this endpoint asks nobody who they are.
	Status Status `json:"status"`
	// ResponseTimeMS is how long the check took in milliseconds, rounded up, so
	// that a check that was made never reads as 0. When unhealthy: how long it
	// took to fail.
	ResponseTimeMS int64 `json:"response_time_ms"`
	// LastCheck is when the check began: RFC 3339, UTC, whole seconds.
	LastCheck time.Time `json:"last_check"`
}

// Metrics is what a Detailed says of the process.
type Metrics struct {
	// UptimeSeconds is how long the process has been running.
	UptimeSeconds int64 `json:"uptime_seconds"`
	// MemoryUsageMB is the resident memory in units of 2^20 bytes, rounded.
	MemoryUsageMB int64 `json:"memory_usage_mb"`
	// CPUUsagePercent is the CPU time used of what the process may use (its limit,
	// or all cores), 0 to 100 with one decimal.
	CPUUsagePercent float64 `json:"cpu_usage_percent"`
}

// Ready is the answer at PathReady.
type Ready struct {
	// Status is StatusReady or StatusNotReady.
	Status Status `json:"status"`
	// Timestamp is when the answer was made: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// Checks has the keys Database and Redis, which are StatusReady or
	// StatusNotReady, and Migrations, which is StatusComplete or StatusPending.
	// Migrations is read from the database at each check. When it can't be read,
	// Status is StatusNotReady and Migrations is what was last read, and
	// StatusPending before that: while the database is StatusNotReady, don't judge it.
	Checks map[string]Status `json:"checks"`
}

// Live is the answer at PathLive.
type Live struct {
	// Status is StatusAlive.
	Status Status `json:"status"`
	// Timestamp is when the answer was made: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// UptimeSeconds is how long the process has been running.
	UptimeSeconds int64 `json:"uptime_seconds"`
}
