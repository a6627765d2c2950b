// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"
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

// The reasons of failures. They are values of a metric's label, so there are few.
const (
	reasonTimeout     = "timeout"
	reasonRefused     = "refused"
	reasonReset       = "reset"
	reasonUnreachable = "unreachable"
	reasonRedirect    = "redirect"
	reasonStatus      = "status"
	reasonTooLarge    = "too_large"
	reasonMalformed   = "malformed"
	reasonAPIServer   = "api_server"
)

var reasons = []string{
	reasonTimeout, reasonRefused, reasonReset, reasonUnreachable, reasonRedirect, reasonStatus, reasonTooLarge,
	reasonMalformed, reasonAPIServer,
}

// failure is why a poll returned no usable answer. The message goes into a status: it
// is the same as long as the cause is, and contains nothing that the pod sent.
type failure struct{ reason, message string }

func malformed(what string) *failure {
	return &failure{reasonMalformed, "malformed answer: " + what}
}

// statusFailure classifies a response by its unexpected status code.
func statusFailure(code int) *failure {
	if code >= 300 && code <= 399 {
		return &failure{reasonRedirect, "responds with a redirect, which is not followed"}
	}
	message := fmt.Sprintf("responds with %d", code)
	if text := http.StatusText(code); text != "" {
		message += " " + text
	}
	return &failure{reasonStatus, message}
}

// transportFailure classifies an error of the network or of HTTP. The error's own text
// is not used: it contains ports, or what the pod sent.
func transportFailure(err error, timeout time.Duration) *failure {
	var network net.Error
	switch {
	case errors.As(err, &network) && network.Timeout():
		return &failure{reasonTimeout, fmt.Sprintf("no answer within %v", timeout)}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &failure{reasonRefused, "connection refused"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &failure{reasonReset, "connection reset"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{reasonReset, "connection closed before the end of the answer"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH),
		errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return &failure{reasonUnreachable, "no route to the pod"}
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return &failure{reasonUnreachable, "no connection to the pod"}
	}
	return malformed("invalid HTTP")
}
