// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// sweepTimeout limits the removal of what a run has left. An outage may go on for some of it.
	sweepTimeout = 2 * time.Minute
	// sweepPause is the time between two attempts.
	sweepPause = time.Second
)

// collection is where records are listed and removed.
type collection struct {
	url   string
	label string // the field that begins with the marker
}

// collections are those that a journey writes, in the order in which their records can be removed.
func (t tracker) collections() []collection {
	return []collection{
		{t.frontend + "/api/interviews", "candidate"}, {t.frontend + "/api/positions", "title"}, {t.frontend + "/api/users", "name"},
	}
}

// sweep removes the records of load tests that are still there: those whose creation or removal had
// no answer, and those of a run that was killed. It tries again until all are gone, or time is up.
func sweep(ctx context.Context, client *http.Client, to tracker) error {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	for _, c := range to.collections() {
		for {
			left, err := sweepPage(ctx, client, c)
			if err == nil && !left {
				break
			}
			if err == nil {
				continue
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("records whose %s begins with %q may be left in %s, remove them or run again: %w", c.label, marker, c.url, err)
			case <-time.After(sweepPause):
			}
		}
	}
	return nil
}

// sweepPage removes the records of one page of a list, and reports whether there were any.
func sweepPage(ctx context.Context, client *http.Client, c collection) (found bool, err error) {
	query := url.Values{"q": {strings.TrimSpace(marker)}, "limit": {"100"}}
	var page struct{ Items []map[string]json.RawMessage }
	if err := send(ctx, client, http.MethodGet, c.url+"?"+query.Encode(), &page); err != nil {
		return false, err
	}
	for _, item := range page.Items {
		var label string
		var id int64
		if err := errors.Join(json.Unmarshal(item[c.label], &label), json.Unmarshal(item["id"], &id)); err != nil {
			return false, fmt.Errorf("reading %s: %w", c.url, err)
		}
		if !strings.HasPrefix(label, marker) { // It is not ours.
			continue
		}
		found = true
		if err := send(ctx, client, http.MethodDelete, c.url+"/"+strconv.FormatInt(id, 10), nil); err != nil {
			return false, err
		}
	}
	return found, nil
}

// send sends a request, and decodes its response if there is something to decode it into.
func send(ctx context.Context, client *http.Client, method, target string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set(contract.HeaderJourney, journeyName)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusNotFound {
		return fmt.Errorf("%s %s: %s", method, target, response.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(into)
}
