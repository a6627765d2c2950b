// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import "time"

// Status is the status of the application, a dependency or a check.
type Status string

// The values in Health, Detailed and Dependency.
const (
	// StatusHealthy is the specification's value for what works.
	StatusHealthy Status = "healthy"
	// StatusUnhealthy means that a dependency did not respond in time, or responded with
	// an error; of the application, that one of its dependencies is unhealthy.
	StatusUnhealthy Status = "unhealthy"
)

// The values in Ready and its checks.
const (
	// StatusReady is the specification's value for what can serve traffic.
	StatusReady Status = "ready"
	// StatusNotReady means that a dependency is not available; of the application, that
	// a check failed or that the process drains before it stops.
	StatusNotReady Status = "not_ready"
	// StatusComplete means that every migration of the application's release has been
	// applied to the database.
	StatusComplete Status = "complete"
	// StatusPending means that a migration has yet to be applied, or that this process
	// has not been able to query the database yet.
	StatusPending Status = "pending"
)

// StatusAlive is the only value in Live.
const StatusAlive Status = "alive"

// The names of dependencies and checks: the keys of Detailed.Dependencies and
// Ready.Checks.
const (
	Database   = "database"
	Redis      = "redis"
	Migrations = "migrations"
)

// Health is the response of PathHealth, and the beginning of Detailed.
type Health struct {
	// Status is StatusHealthy; in a Detailed it may be StatusUnhealthy.
	Status Status `json:"status"`
	// Timestamp is the time of the response: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// Version is the value of EnvVersion.
	Version string `json:"version"`
	// Environment is the value of EnvEnvironment.
	Environment string `json:"environment"`
}

// Detailed is the response of PathDetailed.
type Detailed struct {
	Health
	// Dependencies has the keys Database and Redis.
	Dependencies map[string]Dependency `json:"dependencies"`
	// Metrics are measured regardless of Status.
	Metrics Metrics `json:"metrics"`
}

// Dependency is one of a Detailed's dependencies.
type Dependency struct {
	// Status is StatusHealthy or StatusUnhealthy.
	Status Status `json:"status"`
	// Error is what kind of failure makes it unhealthy; empty if it is healthy. The
	// error itself is in the application's log, not here: this endpoint is not
	// authenticated.
	Error ErrorClass `json:"error,omitempty"`
	// ResponseTimeMS is the duration of the check in milliseconds, rounded up, so that
	// it is never 0; if unhealthy, the time until the failure.
	ResponseTimeMS int64 `json:"response_time_ms"`
	// LastCheck is when the check began: RFC 3339, UTC, whole seconds.
	LastCheck time.Time `json:"last_check"`
}

// ErrorClass is what kind of failure makes a dependency unhealthy: one of the values below,
// never other text. It is optional, and a reader takes any other value for ErrorOther.
type ErrorClass string

const (
	// ErrorAuthenticationFailed means that the dependency refuses the user or the
	// password.
	ErrorAuthenticationFailed ErrorClass = "authentication_failed"
	// ErrorHostNotFound means that the dependency's host name has no address.
	ErrorHostNotFound ErrorClass = "host_not_found"
	// ErrorConnectionRefused means that nothing listens at the dependency's address.
	ErrorConnectionRefused ErrorClass = "connection_refused"
	// ErrorTimeout means that there was no response in time.
	ErrorTimeout ErrorClass = "timeout"
	// ErrorTLSFailed means that TLS could not be established: the certificate is not
	// trusted, or only one side uses TLS.
	ErrorTLSFailed ErrorClass = "tls_failed"
	// ErrorTooManyConnections means that the dependency accepts no more connections.
	ErrorTooManyConnections ErrorClass = "too_many_connections"
	// ErrorReadOnly means that the dependency accepts no writes. What it has stored may
	// still be read, so that Ready need not fail.
	ErrorReadOnly ErrorClass = "read_only"
	// ErrorNotMigrated means that tables are missing, or are those of another release.
	ErrorNotMigrated ErrorClass = "not_migrated"
	// ErrorOther means any other failure.
	ErrorOther ErrorClass = "other"
)

// Known returns the class itself if it is one of the values above, and ErrorOther
// otherwise.
func (c ErrorClass) Known() ErrorClass {
	switch c {
	case ErrorAuthenticationFailed, ErrorHostNotFound, ErrorConnectionRefused, ErrorTimeout, ErrorTLSFailed,
		ErrorTooManyConnections, ErrorReadOnly, ErrorNotMigrated:
		return c
	}
	return ErrorOther
}

// Metrics are the measurements of the process in a Detailed.
type Metrics struct {
	// UptimeSeconds is how long the process has been running.
	UptimeSeconds int64 `json:"uptime_seconds"`
	// MemoryUsageMB is the resident memory in units of 2^20 bytes, rounded.
	MemoryUsageMB int64 `json:"memory_usage_mb"`
	// CPUUsagePercent is the CPU time used in percent of what the process may use
	// (its limit, or all cores), 0 to 100 with one decimal.
	CPUUsagePercent float64 `json:"cpu_usage_percent"`
}

// Ready is the response of PathReady.
type Ready struct {
	// Status is StatusReady or StatusNotReady.
	Status Status `json:"status"`
	// Timestamp is the time of the response: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// Checks has the keys Database and Redis, which are StatusReady or
	// StatusNotReady, and Migrations, which is StatusComplete or StatusPending.
	// Migrations is read from the database at each check. If that fails, Status is
	// StatusNotReady and Migrations is the last reading, or StatusPending before the
	// first: while the database is StatusNotReady, Migrations means nothing.
	Checks map[string]Status `json:"checks"`
}

// Live is the response of PathLive.
type Live struct {
	// Status is StatusAlive.
	Status Status `json:"status"`
	// Timestamp is the time of the response: RFC 3339, UTC, whole seconds.
	Timestamp time.Time `json:"timestamp"`
	// UptimeSeconds is how long the process has been running.
	UptimeSeconds int64 `json:"uptime_seconds"`
}
