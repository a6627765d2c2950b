// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

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
