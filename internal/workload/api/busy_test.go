// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Requests that wait for a lock occupy all of the API's connections. That is no outage of
// the database, and no other pod could serve them either.
func TestBusyConnections(t *testing.T) {
	s := startServers(t)
	databaseURL := s.postgres.CreateDatabase(t, "busy")
	a := start(t, databaseURL+"&pool_max_conns=2", s.redis.URL(), 0)
	a.awaitReady(t)
	unlock := s.postgres.LockTable(t, "busy", "positions")

	// Several for each connection, repeated when they time out, so that none becomes free.
	var (
		posting sync.WaitGroup
		over    = make(chan struct{})
	)
	for range 8 {
		posting.Go(func() {
			for {
				a.post(t, "/positions", `{"title":"SRE"}`)
				select {
				case <-over:
					return
				default:
				}
			}
		})
	}
	t.Cleanup(func() {
		close(over)
		unlock()
		posting.Wait()
	})
	s.postgres.AwaitBlocked(t, "busy", 2)

	answer := a.get(t, contract.PathDetailed)
	detailed := decode[contract.Detailed](t, answer)
	if answer.code != http.StatusOK || detailed.Dependencies[contract.Database].Status != contract.StatusHealthy {
		t.Errorf("detailed: %d %s", answer.code, answer.body)
	}
	if answer := a.get(t, contract.PathReady); answer.code != http.StatusOK {
		t.Errorf("ready: %d %s", answer.code, answer.body)
	}
	if n := a.metric(t, "database_connections"); n < 1 {
		t.Errorf("database_connections is %v", n)
	}
}
