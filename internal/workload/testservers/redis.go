// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package testservers

import (
	"context"
	"net/url"
	"strconv"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
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
		client := redis.NewClient(&redis.Options{Addr: r.addr(), Password: Password, MaxRetries: -1, DialerRetries: 1})
		defer client.Close()
		return client.Ping(ctx).Err()
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
