//go:build e2e

// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// users is a client of many connections: a load must not be one of handshakes.
var users = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64},
}

// traffic has several users do something again and again, until the function that it
// returns is called.
func traffic(t testing.TB, several int, do func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range several {
		all.Go(func() {
			for ctx.Err() == nil {
				do(ctx)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// list asks an API pod for a list, at its own address: in an outage its Service leads
// nowhere.
func list(ctx context.Context, pod *corev1.Pod, what string) int {
	return ask(ctx, pod, http.MethodGet, "/"+what, "")
}

// store has an API pod store something.
func store(ctx context.Context, pod *corev1.Pod, what, record string) int {
	return ask(ctx, pod, http.MethodPost, "/"+what, record)
}

// ask returns the answer's status, or 0 where there was none.
func ask(ctx context.Context, pod *corev1.Pod, method, path, body string) int {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+pod.Status.PodIP+":8000"+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := users.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body) // Or the connection can't be used again.
	return response.StatusCode
}
