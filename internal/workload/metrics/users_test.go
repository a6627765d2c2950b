// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// from is a request of a user.
func from(address, browser string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = address
	r.Header.Set("User-Agent", browser)
	for _, hops := range forwarded {
		r.Header.Add("X-Forwarded-For", hops)
	}
	return r
}

func TestDistinctUsers(t *testing.T) {
	for name, test := range map[string]struct {
		requests []*http.Request
		want     float64
	}{
		"nobody":                 {want: 0},
		"two connections":        {requests: []*http.Request{from("10.0.0.1:5000", "Firefox"), from("10.0.0.1:5001", "Firefox")}, want: 1},
		"two addresses":          {requests: []*http.Request{from("10.0.0.1:5000", "Firefox"), from("[2001:db8::1]:5000", "Firefox")}, want: 2},
		"two browsers":           {requests: []*http.Request{from("10.0.0.1:5000", "Firefox"), from("10.0.0.1:5000", "Chromium")}, want: 2},
		"no browser":             {requests: []*http.Request{from("10.0.0.1:5000", ""), from("10.0.0.1:5000", "")}, want: 1},
		"two behind a proxy":     {requests: []*http.Request{from("10.0.0.1:1", "", "192.0.2.1"), from("10.0.0.1:1", "", "192.0.2.2")}, want: 2},
		"one behind two proxies": {requests: []*http.Request{from("10.0.0.1:1", "", "192.0.2.1"), from("10.0.0.2:1", "", "192.0.2.1")}, want: 1},
		"only the last hop": {
			requests: []*http.Request{
				from("10.0.0.1:1", "", "forged, 192.0.2.1"), from("10.0.0.1:1", "", "192.0.2.1"), from("10.0.0.1:1", "", "other", "192.0.2.1"),
			},
			want: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUsers()
			for _, r := range test.requests {
				u.see(r)
			}
			if got := u.count(); got != test.want {
				t.Errorf("got %v users, want %v", got, test.want)
			}
		})
	}
}

func TestUsersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUsers()
		u.see(from("10.0.0.1:1", "Firefox"))
		time.Sleep(activeFor / 2)
		u.see(from("10.0.0.2:1", "Firefox"))
		time.Sleep(activeFor / 2)
		u.see(from("10.0.0.3:1", "Firefox"))
		for _, want := range []float64{3, 2} {
			if got := u.count(); got != want {
				t.Errorf("got %v users, want %v", got, want)
			}
			time.Sleep(time.Nanosecond)
		}
		u.see(from("10.0.0.2:1", "Firefox")) // It stays for longer.
		time.Sleep(activeFor)
		if got := u.count(); got != 1 {
			t.Errorf("got %v users, want that who came back", got)
		}
		time.Sleep(time.Nanosecond)
		if got := u.count(); got != 0 {
			t.Errorf("got %v users, want none", got)
		}
	})
}

func TestUsersAreBounded(t *testing.T) {
	u := newUsers()
	first := from("10.0.0.1:1", "first")
	u.see(first)
	for n := range maxUsers {
		u.see(from("10.0.0.1:1", strconv.Itoa(n)))
	}
	if got := u.count(); got != maxUsers {
		t.Errorf("got %v users, want %d", got, maxUsers)
	}
	u.see(first) // It was forgotten, and is counted instead of the next one.
	if got := u.count(); got != maxUsers {
		t.Errorf("got %v users, want %d", got, maxUsers)
	}
}

// All that is stored of a user is a number, another one in each process.
func TestUsersAreAnonymous(t *testing.T) {
	stored := func() uint64 {
		u := newUsers()
		u.see(from("10.0.0.1:1", "Firefox", "192.0.2.1"))
		keys := u.seen.Keys()
		if value, found := u.seen.Get(keys[0]); len(keys) != 1 || !found || value != nil {
			t.Fatalf("stored %v, %v", keys, value)
		}
		hash, ok := keys[0].(uint64)
		if !ok {
			t.Fatalf("stored %T", keys[0])
		}
		return hash
	}
	if one, other := stored(), stored(); one == other {
		t.Errorf("both processes store %d", one)
	}
}

// Only requests of users for what exists count.
func TestActiveUsers(t *testing.T) {
	for endpoint, want := range map[string]float64{
		"/":                        1,
		"/api/positions/{id}":      1,
		contract.PathHealth:        0,
		contract.PathServiceWorker: 0,
		server.EndpointOther:       0,
	} {
		m := NewFrontend()
		m.Observe(from("10.0.0.1:1", "Firefox"), server.Request{Endpoint: endpoint, Status: http.StatusOK})
		if got := m.users.count(); got != want {
			t.Errorf("%s: got %v users, want %v", endpoint, got, want)
		}
	}
}
