// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"

	kjson "sigs.k8s.io/json"

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

// find returns the answer about a dependency; nil if it is not named.
func (a answer) find(name string) *dependencyAnswer {
	for i := range a.dependencies {
		if a.dependencies[i].name == name {
			return &a.dependencies[i]
		}
	}
	return nil
}

type dependencyAnswer struct {
	name    string
	healthy bool
	// class is why it is not healthy; empty if it is.
	class contract.ErrorClass
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

// maxDependencies limits how many dependencies of a pod are read.
const maxDependencies = 16

// dependencyName matches valid names of dependencies, which go into statuses and
// metrics.
var dependencyName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9._]{0,61}[a-z0-9])?$`)

// parseDetailed parses the dependencies of a contract.Detailed. Other fields, and
// dependencies with an invalid name, are ignored.
func parseDetailed(body []byte) (answer, *failure) {
	var detailed struct {
		Dependencies json.RawMessage `json:"dependencies"`
	}
	switch {
	case !json.Valid(body):
		return answer{}, malformed("not JSON")
	case !isObject(body):
		return answer{}, malformed("not a JSON object")
	case kjson.UnmarshalCaseSensitivePreserveInts(body, &detailed) != nil || !isObject(detailed.Dependencies):
		return answer{}, malformed("dependencies is not an object")
	}
	var dependencies map[string]json.RawMessage
	if err := kjson.UnmarshalCaseSensitivePreserveInts(detailed.Dependencies, &dependencies); err != nil {
		return answer{}, malformed("dependencies is not an object")
	}
	maps.DeleteFunc(dependencies, func(name string, _ json.RawMessage) bool { return !dependencyName.MatchString(name) })
	names := slices.Sorted(maps.Keys(dependencies))
	names = names[:min(len(names), maxDependencies)]
	a := answer{dependencies: make([]dependencyAnswer, 0, len(names))}
	for _, name := range names {
		dependency, failed := parseDependency(name, dependencies[name])
		if failed != nil {
			return answer{}, failed
		}
		a.dependencies = append(a.dependencies, dependency)
	}
	return a, nil
}

func parseDependency(name string, raw json.RawMessage) (dependencyAnswer, *failure) {
	var dependency struct {
		Status         json.RawMessage `json:"status"`
		Error          json.RawMessage `json:"error"`
		ResponseTimeMS json.RawMessage `json:"response_time_ms"`
	}
	if !isObject(raw) || kjson.UnmarshalCaseSensitivePreserveInts(raw, &dependency) != nil {
		return dependencyAnswer{}, malformed("a dependency is not an object")
	}
	var status *contract.Status
	if err := json.Unmarshal(dependency.Status, &status); err != nil || status == nil {
		return dependencyAnswer{}, malformed("a dependency's status is not a string")
	}
	answer := dependencyAnswer{
		name:    name,
		healthy: *status == contract.StatusHealthy,
		seconds: seconds(dependency.ResponseTimeMS),
	}
	if !answer.healthy {
		answer.class = parseErrorClass(dependency.Error)
	}
	return answer, nil
}

// parseErrorClass parses a class. What is none, or is of a release that knows more, is
// contract.ErrorOther: nothing that the pod sent gets any further.
func parseErrorClass(raw json.RawMessage) contract.ErrorClass {
	var class contract.ErrorClass
	if json.Unmarshal(raw, &class) != nil {
		return contract.ErrorOther
	}
	return class.Known()
}

// seconds converts milliseconds in JSON; -1 if they are not a valid duration.
func seconds(milliseconds json.RawMessage) float64 {
	value, err := strconv.ParseFloat(string(milliseconds), 64)
	if err != nil || value < 0 || math.IsNaN(value) {
		return -1
	}
	return value / 1000
}

// parseMigrations parses the migrations of a contract.Ready; empty if it does not report
// them, or the database is not ready.
func parseMigrations(body []byte) contract.Status {
	var ready struct {
		Checks map[string]any `json:"checks"`
	}
	if kjson.UnmarshalCaseSensitivePreserveInts(body, &ready) != nil || ready.Checks[contract.Database] != string(contract.StatusReady) {
		return ""
	}
	for _, status := range []contract.Status{contract.StatusComplete, contract.StatusPending} {
		if ready.Checks[contract.Migrations] == string(status) {
			return status
		}
	}
	return ""
}

// isStatus reports whether the body is a metav1.Status, which the API server itself
// sends.
func isStatus(body []byte) bool {
	var object struct {
		Kind any `json:"kind"`
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(body, &object) == nil && object.Kind == "Status"
}

func isObject(raw json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{"))
}
