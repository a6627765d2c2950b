// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package healthcheck asks a health endpoint, for images without a shell or curl.
package healthcheck

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// timeout bounds the whole request. It is below the 10 seconds after which
// Docker ends the specified checks.
const timeout = 8 * time.Second

// Check asks the URL and returns an error unless the answer is 2xx. It follows
// no redirect.
func Check(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{
		// Not http.DefaultTransport: a proxy of the environment has no business here.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}
