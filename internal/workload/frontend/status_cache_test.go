// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowAPI counts the requests, and takes a while for each.
type slowAPI struct {
	requests atomic.Int32
	takes    time.Duration
}

// RoundTrip implements http.RoundTripper.
func (a *slowAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	a.requests.Add(1)
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case <-time.After(a.takes):
	}
	body := `{"status": "healthy", "dependencies": {"database": {"status": "healthy"}, "redis": {"status": "healthy"}}}`
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// ask has many request the status at once, and counts the answers by what they say of the API.
func ask(ctx context.Context, page *statusPage) map[string]int {
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		said = map[string]int{}
	)
	for range 1000 {
		all.Go(func() {
			words := page.status(ctx).API.Words
			mu.Lock()
			defer mu.Unlock()
			said[words]++
		})
	}
	all.Wait()
	return said
}

// However many open the page, the API gets a request in five seconds. That is so as well while it does not
// respond, when each request lasts for three.
func TestStatusIsCheckedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		takes, waits time.Duration
		says         string
	}{
		"a working API": {time.Second, time.Second, "Works"},
		"a silent API":  {time.Hour, statusTimeout, "Does not respond"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &slowAPI{takes: c.takes}
				page := newStatusPage(&client{&url.URL{}, api, ""}, ResponseTimeout, slog.New(slog.DiscardHandler))
				for round := range int32(3) {
					began := time.Now()
					if said := ask(t.Context(), page); said[c.says] != 1000 {
						t.Errorf("they are told %v", said)
					}
					if took := time.Since(began); took != c.waits {
						t.Errorf("they wait for %s, not %s", took, c.waits)
					}
					time.Sleep(statusAge - time.Millisecond)
					ask(t.Context(), page)
					if n := api.requests.Load(); n != round+1 {
						t.Errorf("%d requests, want %d", n, round+1)
					}
					time.Sleep(time.Millisecond)
				}
			})
		})
	}
}

// Who closes the page at once does not make it say to others that the API does not respond.
func TestStatusOfOneWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := newStatusPage(&client{&url.URL{}, &slowAPI{takes: time.Second}, ""}, ResponseTimeout, slog.New(slog.DiscardHandler))
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if said := page.status(ctx).API; said.Level != works {
			t.Errorf("the API: %s", said.Words)
		}
	})
}
