// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"net/http"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// Frontend are the frontend's metrics. Those of requests have the same names as the API's,
// and are what users meet: a response of the API as it reached them, or its absence.
type Frontend struct {
	// Pages are those of what pages measure in browsers.
	Pages *Pages

	*httpMetrics
	users *users
}

// NewFrontend registers the metrics.
func NewFrontend() *Frontend {
	m := &Frontend{
		httpMetrics: newHTTPMetrics(http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout),
		users: newUsers(),
	}
	m.Pages = newPages(m.registry)
	m.registry.MustRegister(gauge("active_users", "Distinct users of the last 15 minutes.", m.users.count))
	return m
}

// Observe counts a completed request and its user. Who requests what does not exist, such as
// a scanner, is no user.
func (m *Frontend) Observe(r *http.Request, request server.Request) {
	m.httpMetrics.Observe(r, request)
	if userFacing(request.Endpoint) && request.Endpoint != server.EndpointOther && !ofJourney(r) {
		m.users.see(r)
	}
}
