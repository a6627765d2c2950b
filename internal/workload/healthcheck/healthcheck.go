// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package healthcheck requests a health endpoint, for images without a shell or curl.
package healthcheck

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// timeout limits the whole request. It is shorter than the 10 seconds of the health checks
// in the specification.
const timeout = 8 * time.Second

// Check requests the URL, and returns an error unless the response is 2xx. It follows no
// redirects.
func Check(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{
		// Not http.DefaultTransport, which uses the proxy of the environment.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s responded with %s", url, response.Status)
	}
	return nil
}
