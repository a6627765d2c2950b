// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"net/http"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// Features are the names of what users can do, by the API's route that does it.
var Features = map[server.Route]string{
	{Method: http.MethodGet, Endpoint: "/positions"}:         "positions_listed",
	{Method: http.MethodPost, Endpoint: "/positions"}:        "position_added",
	{Method: http.MethodGet, Endpoint: "/positions/{id}"}:    "position_viewed",
	{Method: http.MethodPatch, Endpoint: "/positions/{id}"}:  "position_changed",
	{Method: http.MethodDelete, Endpoint: "/positions/{id}"}: "position_removed",

	{Method: http.MethodGet, Endpoint: "/interviews"}:         "interviews_listed",
	{Method: http.MethodPost, Endpoint: "/interviews"}:        "interview_scheduled",
	{Method: http.MethodGet, Endpoint: "/interviews/{id}"}:    "interview_viewed",
	{Method: http.MethodPatch, Endpoint: "/interviews/{id}"}:  "interview_changed",
	{Method: http.MethodDelete, Endpoint: "/interviews/{id}"}: "interview_removed",

	{Method: http.MethodGet, Endpoint: "/users"}:         "users_listed",
	{Method: http.MethodPost, Endpoint: "/users"}:        "user_registered",
	{Method: http.MethodGet, Endpoint: "/users/{id}"}:    "user_viewed",
	{Method: http.MethodPatch, Endpoint: "/users/{id}"}:  "user_changed",
	{Method: http.MethodDelete, Endpoint: "/users/{id}"}: "user_removed",
}
