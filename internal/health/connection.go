// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package health

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxHeaderBytes limits the header of a response, informational ones included. The
// contract needs no header field.
const maxHeaderBytes = 8 << 10

// connection is the client of one pod: one connection, which is kept alive. An
// http.Transport would hold two goroutines and their buffers for each idle connection,
// and there are thousands. It must not outlive its pod, because another pod may get the
// same address.
type connection struct {
	address string

	mu     sync.Mutex
	idle   net.Conn // nil if in use, or if there is none.
	closed bool
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.idle != nil {
		c.idle.Close()
		c.idle = nil
	}
}

// take returns the idle connection; nil if there is none.
func (c *connection) take() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	conn := c.idle
	c.idle = nil
	return conn
}

// keep keeps a connection for the next request.
func (c *connection) keep(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.idle != nil {
		conn.Close()
		return
	}
	c.idle = conn
}

func (c *connection) get(request *http.Request) (code int, body []byte, err error) {
	if conn := c.take(); conn != nil {
		code, body, err = c.exchange(conn, request)
		if err == nil || request.Context().Err() != nil {
			return code, body, err
		}
		// Most likely the pod has closed the idle connection: try a new one.
	}
	conn, err := (&net.Dialer{}).DialContext(request.Context(), "tcp", c.address)
	if err != nil {
		return 0, nil, err
	}
	return c.exchange(conn, request)
}

// exchange sends a request and reads the response, of which the body only if the status
// code is expected. It keeps or closes the connection.
func (c *connection) exchange(conn net.Conn, request *http.Request) (code int, body []byte, err error) {
	reusable := false
	stop := context.AfterFunc(request.Context(), func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if stop() && reusable {
			c.keep(conn)
			return
		}
		conn.Close()
	}()
	if err := request.Write(conn); err != nil {
		return 0, nil, err
	}
	limited := &io.LimitedReader{R: conn, N: maxHeaderBytes}
	reader := bufio.NewReader(limited)
	// Closing the body would read all of it.
	response, err := readFinalResponse(reader, request) //nolint:bodyclose // see above
	switch {
	case err != nil && request.Context().Err() != nil:
		return 0, nil, request.Context().Err() // Not that of parsing a truncated line.
	case err != nil && limited.N == 0:
		return 0, nil, errHeaderTooLarge
	case err != nil:
		return 0, nil, err
	case !expected(response.StatusCode):
		return response.StatusCode, nil, nil
	}
	limited.N = math.MaxInt64 // The body has its own limit.
	body, err = readBody(response.Body)
	reusable = err == nil && len(body) <= maxBodyBytes && !response.Close && reader.Buffered() == 0
	return response.StatusCode, body, err
}

var errHeaderTooLarge = errors.New("header too large")

// readFinalResponse skips informational responses.
func readFinalResponse(reader *bufio.Reader, request *http.Request) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(reader, request)
		if err != nil || response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
}
