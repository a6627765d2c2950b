// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// maxResponse bounds a response of the API: 100 positions of 10,000 characters of 4 bytes, and as much again.
const maxResponse = 8 << 20

// client reads from the API for the pages.
type client struct {
	url       *url.URL
	transport http.RoundTripper
	purpose   string // the value of contract.HeaderFrontend
}

// apiError is an error that the API responded with.
type apiError struct {
	status  int
	message string
}

// Error implements error.
func (e *apiError) Error() string {
	return fmt.Sprintf("the API responded with %d: %s", e.status, e.message)
}

// get reads JSON from a path of the API into a value, on behalf of a request for a page, whose context limits the time.
func (c *client) get(r *http.Request, path string, query url.Values, into any) error {
	request, err := c.request(r.Context(), path, query)
	if err != nil {
		return err
	}
	if ip, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		request.Header.Set("X-Forwarded-For", ip)
	}
	forwardJourney(request, r)
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body := json.NewDecoder(io.LimitReader(response.Body, maxResponse))
	if response.StatusCode >= http.StatusBadRequest {
		var failed struct{ Error string }
		_ = body.Decode(&failed) // Without a message, the status says it.
		return &apiError{response.StatusCode, failed.Error}
	}
	if err := body.Decode(into); err != nil {
		return fmt.Errorf("reading the API's response: %w", err)
	}
	return nil
}

// request is a request for a path of the API.
func (c *client) request(ctx context.Context, path string, query url.Values) (*http.Request, error) {
	target := c.url.JoinPath(path)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody) //nolint:gosec // The host is the API's.
	if err != nil {
		return nil, err
	}
	request.Header.Set(contract.HeaderFrontend, c.purpose)
	return request, nil
}

// failure is the status and the message that a user gets for an error of a request to the API.
func failure(r *http.Request, err error) (int, string) {
	var (
		responded *apiError
		tooLarge  *http.MaxBytesError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &responded):
		return responded.status, responded.message
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "the body is too large"
	case r.Context().Err() != nil: // That is no failure of the API, and alerts must not count it.
		return server.StatusClientClosedRequest, "the client closed the request"
	case errors.As(err, &timeout) && timeout.Timeout():
		return http.StatusGatewayTimeout, "the API does not respond in time"
	default:
		return http.StatusBadGateway, "the API can't be reached"
	}
}
