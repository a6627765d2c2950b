// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package testservers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Redis is a running server.
type Redis struct{ *Server }

// StartRedis starts an empty server with Password until the test ends.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	r := &Redis{newServer(t, binary(t, "redis-server", "redis-server"))}
	r.args = []string{
		"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1",
		"--requirepass", Password, "--save", "", "--appendonly", "no",
	}
	r.signal = syscall.SIGKILL
	r.ping = func(ctx context.Context) error {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", r.addr())
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Second)) // A TCP connection supports deadlines.
		if _, err := conn.Write([]byte("AUTH " + Password + "\r\nPING\r\n")); err != nil {
			return err
		}
		const want = "+OK\r\n+PONG\r\n"
		response := make([]byte, len(want))
		if _, err := io.ReadFull(conn, response); err != nil {
			return err
		}
		if string(response) != want {
			return fmt.Errorf("unexpected response %q", response)
		}
		return nil
	}
	r.Start(t)
	t.Cleanup(r.Kill)
	return r
}

// URL returns the URL of the server's database 0.
func (r *Redis) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", Password), Host: r.addr(), Path: "0"}
	return u.String()
}
