// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// maxBodyBytes limits the body of a response.
const maxBodyBytes = 64 << 10

// answer is what one poll of a pod returned.
type answer struct {
	// dependencies are sorted by name.
	dependencies []dependencyAnswer
	// migrations is empty if it was not read, or the pod does not report it.
	migrations contract.Status
}

type dependencyAnswer struct {
	name    string
	healthy bool
	// seconds is the duration of the application's check; negative if not reported.
	seconds float64
}

// poll polls a pod once. The context ends after the timeout at the latest.
func (r route) poll(ctx context.Context, migrations bool, timeout time.Duration) (answer, *failure) {
	body, failed := r.fetch(ctx, contract.PathDetailed, timeout)
	if failed != nil {
		return answer{}, failed
	}
	a, failed := parseDetailed(body)
	// The contract: while the database is down, the reported migrations mean nothing.
	down := slices.ContainsFunc(a.dependencies, func(d dependencyAnswer) bool { return d.name == contract.Database && !d.healthy })
	if failed != nil || !migrations || down {
		return a, failed
	}
	if body, failed = r.fetch(ctx, contract.PathReady, timeout); failed == nil {
		a.migrations = parseMigrations(body)
	}
	return a, nil
}

// fetch returns the body of a response with an expected status code.
func (r route) fetch(ctx context.Context, path string, timeout time.Duration) ([]byte, *failure) {
	request := (&http.Request{
		Method: http.MethodGet,
		URL:    r.base.JoinPath(path),
		Header: http.Header{"Accept": {"application/json"}, "User-Agent": {"interview-tracker-operator"}},
	}).WithContext(ctx)
	response, err := r.RoundTrip(request)
	if err != nil {
		return nil, r.transportFailure(err, timeout)
	}
	defer response.Body.Close()
	// The contract: 503 means that something is unhealthy.
	expected := response.StatusCode == http.StatusOK || response.StatusCode == http.StatusServiceUnavailable
	if !expected && !r.proxied {
		return nil, statusFailure(response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes+1)) // One more, to notice a larger body.
	switch {
	case err != nil:
		return nil, r.transportFailure(err, timeout)
	case r.proxied && response.StatusCode != http.StatusOK && isStatus(body):
		return nil, apiServerFailure(response.StatusCode)
	case !expected:
		return nil, statusFailure(response.StatusCode)
	case len(body) > maxBodyBytes:
		return nil, &failure{reasonTooLarge, "answer larger than 64 KiB"}
	}
	return body, nil
}

// transportFailure classifies a transport error. Through the API server, only a
// timeout can be the pod's fault.
func (r route) transportFailure(err error, timeout time.Duration) *failure {
	var network net.Error
	if r.proxied && (!errors.As(err, &network) || !network.Timeout()) {
		return &failure{reasonAPIServer, "no connection to the pod through the API server"}
	}
	return transportFailure(err, timeout)
}

// apiServerFailure classifies a response of the API server itself.
func apiServerFailure(code int) *failure {
	if code == http.StatusUnauthorized || code == http.StatusForbidden {
		return &failure{reasonAPIServer, "the API server denies the operator access to pods/proxy"}
	}
	return &failure{reasonAPIServer, "the API server can't reach the pod"}
}
