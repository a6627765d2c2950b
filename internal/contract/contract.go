// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package contract is what the tracker's API and frontend promise to whoever
// runs them: the endpoints that tell their health, the JSON that these answer,
// and the environment variables that configure them. The reference workload
// serves it; the operator reads it.
//
// Paths, ports, field names and the words for success are those of the
// specification (Health Checks and Monitoring Configuration). It shows no
// failing answer; ours have the same shape, say 503 Service Unavailable, and
// use the words StatusUnhealthy, StatusNotReady and StatusPending.
package contract

// The endpoints. All are answered to GET and HEAD.
const (
	// PathHealth says that the process serves, on the API and on the frontend. On
	// the API it is a Health and always 200: startup probes and Docker read it, and
	// restarting a pod does not bring a dependency back. The frontend answers 200
	// and the text FrontendHealthy.
	PathHealth = "/health"
	// PathDetailed is a Detailed: 200 when every dependency is healthy, else 503.
	PathDetailed = "/health/detailed"
	// PathReady is a Ready: 200 when every check passes, else 503. It is also 503
	// while the process drains before it ends, whatever its checks say.
	PathReady = "/health/ready"
	// PathLive is a Live and always 200: it depends on nothing but the process.
	PathLive = "/health/live"
	// PathMetrics is in Prometheus' exposition format.
	PathMetrics = "/metrics"
	// PathServiceWorker is the frontend's service worker, a JavaScript file.
	PathServiceWorker = "/sw.js"
)

// FrontendHealthy is the body of the frontend's PathHealth, as plain text.
const FrontendHealthy = "healthy"

// The ports that the two components listen on unless EnvPort says otherwise.
const (
	APIPort      = 8000
	FrontendPort = 3000
)

// The environment variables that the operator hands over to the API, and where
// noted to the frontend.
const (
	// EnvPort is the TCP port to listen on, of the frontend as well.
	EnvPort = "PORT"
	// EnvEnvironment is development, staging or production; Health reports it as it
	// is written.
	EnvEnvironment = "ENVIRONMENT"
	// EnvVersion is the release that Health reports.
	EnvVersion = "VERSION"
	// EnvLogLevel is DEBUG, INFO, WARNING or ERROR, for the frontend as well.
	EnvLogLevel = "LOG_LEVEL"
	// EnvLogFormat is json or text, for the frontend as well.
	EnvLogFormat = "LOG_FORMAT"
	// EnvDatabaseURL is a postgres:// URL. It holds a password.
	EnvDatabaseURL = "DATABASE_URL"
	// EnvRedisURL is a redis:// or rediss:// URL. It holds a password.
	EnvRedisURL = "REDIS_URL"
	// EnvAPIURL is the http:// or https:// URL of the API, for the frontend only.
	EnvAPIURL = "API_URL"
)
