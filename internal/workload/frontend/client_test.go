// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

func TestFailure(t *testing.T) {
	for _, c := range []struct {
		gone bool
		err  error
		want int
	}{
		{false, &apiError{http.StatusConflict, ""}, http.StatusConflict},
		{false, fmt.Errorf("sending: %w", &http.MaxBytesError{}), http.StatusRequestEntityTooLarge},
		{false, fmt.Errorf("waiting: %w", context.DeadlineExceeded), http.StatusGatewayTimeout},
		{false, fmt.Errorf("reading: %w", os.ErrDeadlineExceeded), http.StatusGatewayTimeout},
		{false, io.ErrUnexpectedEOF, http.StatusBadGateway},
		{false, errors.New("refused"), http.StatusBadGateway},
		{true, context.Canceled, server.StatusClientClosedRequest},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if c.gone {
			cancel()
		}
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
		if status, message := failure(request, c.err); status != c.want {
			t.Errorf("%v: %d %s", c.err, status, message)
		}
		cancel()
	}
}
