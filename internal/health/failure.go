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

// The reasons of failures: a metric's label, so there are few of them.
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

// failure is why a pod gave no answer that can be used. Its words go into a status:
// they are the same whenever the cause is, and hold nothing that the pod sent.
type failure struct{ reason, words string }

func malformed(what string) *failure {
	return &failure{reasonMalformed, "malformed answer: " + what}
}

// unusable is the failure of a response that is no answer by its code.
func unusable(code int) *failure {
	if code >= 300 && code <= 399 {
		return &failure{reasonRedirect, "redirects, which is not followed"}
	}
	words := fmt.Sprintf("answers %d", code)
	if text := http.StatusText(code); text != "" {
		words += " " + text
	}
	return &failure{reasonStatus, words}
}

// broken is the failure that an error of the network, or of HTTP, comes to. What
// an error says itself is no use: it holds ports, or what the pod sent.
func broken(err error, timeout time.Duration) *failure {
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
	return malformed("its HTTP can't be read")
}
