// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api

import "github.com/interview-tracker/interview-tracker-operator/internal/workload/server"

// Routes are the API's endpoints.
func (a *API) Routes() []server.Route { return a.routes().Routes() }
