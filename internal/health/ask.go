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

// maxBodyBytes bounds the body of an answer.
const maxBodyBytes = 64 << 10

// answer is what a pod says when it is asked once.
type answer struct {
	// dependencies by name.
	dependencies []dependencyAnswer
	// migrations is empty when the pod was not asked, or does not say.
	migrations contract.Status
}

type dependencyAnswer struct {
	name string
	good bool
	// seconds that the application's check took; negative when it doesn't say.
	seconds float64
}

// ask asks a pod once. The context ends by the timeout at the latest.
func (r route) ask(ctx context.Context, migrations bool, timeout time.Duration) (answer, *failure) {
	body, failed := r.get(ctx, contract.PathDetailed, timeout)
	if failed != nil {
		return answer{}, failed
	}
	a, failed := parseDetailed(body)
	// What is said of migrations counts only while the database works: see the contract.
	down := slices.ContainsFunc(a.dependencies, func(d dependencyAnswer) bool { return d.name == contract.Database && !d.good })
	if failed != nil || !migrations || down {
		return a, failed
	}
	if body, failed = r.get(ctx, contract.PathReady, timeout); failed == nil {
		a.migrations = parseMigrations(body)
	}
	return a, nil
}

// get returns the body of an answer, which is one that the contract knows by its
// code: 200, or 503 when something does not work.
func (r route) get(ctx context.Context, path string, timeout time.Duration) ([]byte, *failure) {
	request := (&http.Request{
		Method: http.MethodGet,
		URL:    r.base.JoinPath(path),
		Header: http.Header{"Accept": {"application/json"}, "User-Agent": {"interview-tracker-operator"}},
	}).WithContext(ctx)
	// Not an http.Client, which follows redirects.
	response, err := r.transport.RoundTrip(request)
	if err != nil {
		return nil, r.broken(err, timeout)
	}
	defer response.Body.Close()
	known := response.StatusCode == http.StatusOK || response.StatusCode == http.StatusServiceUnavailable
	if !known && !r.proxied {
		return nil, unusable(response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes+1))
	switch {
	case err != nil:
		return nil, r.broken(err, timeout)
	case r.proxied && response.StatusCode != http.StatusOK && isStatus(body):
		return nil, refusal(response.StatusCode)
	case !known:
		return nil, unusable(response.StatusCode)
	case len(body) > maxBodyBytes:
		return nil, &failure{reasonTooLarge, "answer larger than 64 KiB"}
	}
	return body, nil
}

// broken is the failure that an error comes to. Through the API server, only the
// lack of an answer can be the pod's fault.
func (r route) broken(err error, timeout time.Duration) *failure {
	var network net.Error
	if r.proxied && (!errors.As(err, &network) || !network.Timeout()) {
		return &failure{reasonAPIServer, "no connection to the pod through the API server"}
	}
	return broken(err, timeout)
}

// refusal is the failure that an answer of the API server itself comes to.
func refusal(code int) *failure {
	if code == http.StatusUnauthorized || code == http.StatusForbidden {
		return &failure{reasonAPIServer, "the API server does not let the operator get pods/proxy"}
	}
	return &failure{reasonAPIServer, "the API server can't reach the pod"}
}
