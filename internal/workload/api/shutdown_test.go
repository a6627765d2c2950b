// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/hiring"
)

// On SIGTERM readiness goes first, then the listener, and what is in flight is
// answered.
func TestShutdownOrder(t *testing.T) {
	const drainDelay = 2 * time.Second
	s := startServers(t)
	a := start(t, s.postgres.CreateDatabase(t, "shutdown"), s.redis.URL(), drainDelay)
	a.awaitReady(t)

	begin := time.Now()
	a.stop()
	ready := decode[contract.Ready](t, a.await(t, contract.PathReady, http.StatusServiceUnavailable))
	if ready.Status != contract.StatusNotReady || ready.Checks[contract.Database] != contract.StatusReady {
		t.Errorf("draining: got %+v", ready)
	}
	for _, path := range []string{contract.PathLive, contract.PathHealth, contract.PathDetailed, "/positions"} {
		if answer := a.get(t, path); answer.code != http.StatusOK {
			t.Errorf("%s while draining: %d %s", path, answer.code, answer.body)
		}
	}

	// A request whose body comes only after the listener has closed.
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"title":"In flight"}`
	send := func(text string) {
		t.Helper()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	send("POST /positions HTTP/1.1\r\nHost: tracker\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n" + body[:5])
	waitFor(t, func() bool {
		probe, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(a.url, "http://"))
		if err != nil {
			return true
		}
		probe.Close()
		return false
	}, func() string { return "the listener is still open" })
	if drained := time.Since(begin); drained < drainDelay {
		t.Errorf("the listener closed after %s", drained)
	}
	send(body[5:])
	answer := make([]byte, 512)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 201 ") {
		t.Errorf("in flight: %v %s", err, answer[:n])
	}

	if err := <-a.stopped; err != nil {
		t.Errorf("Run returned %v", err)
	}
	again := start(t, s.postgres.URL("shutdown"), s.redis.URL(), 0)
	list := decode[items[hiring.Position]](t, again.get(t, "/positions"))
	if len(list.Items) != 1 || list.Items[0].Title != "In flight" {
		t.Errorf("stored: %+v", list)
	}
}
