// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package freeport finds ports for programs that tests start. Tests of the reference workload, which shares nothing with
// those of the operator, have internal/workload/testservers.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Address returns a HOST:PORT of loopback that nothing listens on. Its port is below the ephemeral ones: another test
// would get one of those before a program that starts slowly.
func Address(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(21000+rand.IntN(9000))) //nolint:gosec // no secret
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		return address
	}
	t.Fatal("found no free port on 127.0.0.1")
	return ""
}
