// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package contract is the contract between the tracker's API and frontend and what runs
// them: the health endpoints, the JSON of their responses, and the environment variables
// that configure the processes. The reference workload implements it; the operator uses it.
//
// Paths, ports, field names and the status values of success are those of the specification
// (Health Checks and Monitoring Configuration). It has no example of a failure; here, those
// responses have the same shape, the status code 503 Service Unavailable, and the status
// values StatusUnhealthy, StatusNotReady and StatusPending.
package contract

// The endpoints. All of them support GET and HEAD.
const (
	// PathHealth reports that the process serves, on the API and on the frontend. The
	// API's response is a Health and always 200: startup probes and Docker use it, and
	// restarting a pod does not repair a dependency. The frontend's is 200 with the
	// text FrontendHealthy.
	PathHealth = "/health"
	// PathDetailed returns a Detailed: 200 if every dependency is healthy, otherwise 503,
	// also if the one that is not is optional.
	PathDetailed = "/health/detailed"
	// PathReady returns a Ready: 200 if every check passes, otherwise 503. With
	// EnvRedisRequired false, that of Redis need not pass, and the answer does not wait for a
	// Redis that hangs. It is also 503 while the process drains before it stops, regardless of
	// its checks.
	PathReady = "/health/ready"
	// PathLive returns a Live and is always 200: it depends on nothing but the process.
	PathLive = "/health/live"
	// PathMetrics returns metrics in Prometheus' exposition format.
	PathMetrics = "/metrics"
	// PathOpenAPI returns the API's OpenAPI document, in JSON.
	PathOpenAPI = "/openapi.json"
	// PathStatus is the frontend's status page for the public, which tabs load by themselves.
	PathStatus = "/status"
	// PathRUM is where the frontend's pages report, by POST, what their users meet.
	PathRUM = "/rum"
	// PathServiceWorker is the frontend's service worker, a JavaScript file.
	PathServiceWorker = "/sw.js"
)

// FrontendHealthy is the body of the frontend's PathHealth, which is plain text.
const FrontendHealthy = "healthy"

// The default ports of the two components; see EnvPort and EnvMetricsPort.
const (
	APIPort             = 8000
	FrontendPort        = 3000
	FrontendMetricsPort = 9464
)

// HeaderFrontend is a header that the frontend sets in each request that it forwards to the
// API, instead of the client's. The API does not count such a request as a direct one: the frontend counts
// it, with the answer that the user has got.
const HeaderFrontend = "X-Interview-Tracker-Frontend"

// FrontendLookup is the HeaderFrontend of a request for something that a page needs besides
// what the user has asked for. It is no use of a feature.
const FrontendLookup = "lookup"

// The environment variables that the operator sets for the API, and where noted for the
// frontend.
const (
	// EnvPort is the TCP port to listen on, of the frontend as well.
	EnvPort = "PORT"
	// EnvMetricsPort is the TCP port of the frontend's PathMetrics, which its users must not
	// reach. The API serves it at EnvPort.
	EnvMetricsPort = "METRICS_PORT"
	// EnvEnvironment is development, staging or production; Health reports it
	// unchanged.
	EnvEnvironment = "ENVIRONMENT"
	// EnvVersion is the release that Health reports.
	EnvVersion = "VERSION"
	// EnvLogLevel is DEBUG, INFO, WARNING or ERROR, for the frontend as well.
	EnvLogLevel = "LOG_LEVEL"
	// EnvLogFormat is json or text, for the frontend as well.
	EnvLogFormat = "LOG_FORMAT"
	// EnvDatabaseURL is a postgres:// URL. It contains a password.
	EnvDatabaseURL = "DATABASE_URL"
	// EnvRedisURL is a redis:// or rediss:// URL. It contains a password.
	EnvRedisURL = "REDIS_URL"
	// EnvRedisRequired is true or false, for the API only. With false, the API is ready and
	// serves without Redis, also if EnvRedisURL is missing or invalid. True when it is not set.
	EnvRedisRequired = "REDIS_REQUIRED"
	// EnvAPIURL is the http:// or https:// URL of the API, for the frontend only.
	EnvAPIURL = "API_URL"
	// EnvRUMSampleRatio is the part of the page loads that report to PathRUM, from 0 to 1, for
	// the frontend only. All of them do when it is not set; with 0, none.
	EnvRUMSampleRatio = "RUM_SAMPLE_RATIO"
	// EnvFrontendURL is the http:// or https:// URL of the frontend, for journeys only.
	EnvFrontendURL = "FRONTEND_URL"
	// EnvJourneyName is the name of the journey, for journeys only.
	EnvJourneyName = "JOURNEY_NAME"
)

// HeaderJourney marks a request of a journey, with the journey's name. What it creates counts in
// no business metric. Of the users, such a request sees, changes and removes only those with an
// address at JourneyMailDomain: anyone can send the header.
const HeaderJourney = "X-Interview-Tracker-Journey"

// JourneyMailDomain is the domain of the addresses of the users that journeys register. It is
// reserved (RFC 2606): no mail reaches it.
const JourneyMailDomain = "journey.invalid"
