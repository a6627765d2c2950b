// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/hiring"
)

// On SIGTERM first the readiness fails, then the listener closes, and requests in flight
// complete.
func TestShutdownOrder(t *testing.T) {
	const drainDelay = 20 * time.Second // enough for the requests below on a busy machine
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

	// A request whose body arrives only after the listener has closed: the last one that
	// was accepted, as a server does not wait long for a body.
	conn, err := a.beginPost()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { conn.Close() }()
	waitFor(t, func() bool {
		next, err := a.beginPost()
		if err != nil {
			return true
		}
		conn.Close()
		conn = next
		return false
	}, func() string { return "the listener is still open" })
	if drained := time.Since(begin); drained < drainDelay {
		t.Errorf("the listener closed after %s", drained)
	}
	if _, err := io.WriteString(conn, lateBody); err != nil {
		t.Fatal(err)
	}
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

const lateBody = `{"title":"In flight"}`

// beginPost sends a request without lateBody, and returns when the API expects that.
func (a *tracker) beginPost() (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(a.url, "http://"))
	if err != nil {
		return nil, err
	}
	const wanted = "HTTP/1.1 100 Continue\r\n\r\n"
	_, err = fmt.Fprintf(conn, "POST /positions HTTP/1.1\r\nHost: tracker\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(lateBody))
	if err == nil {
		_, err = io.ReadFull(conn, make([]byte, len(wanted)))
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
