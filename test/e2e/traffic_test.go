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

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

// users is a client with many connections: the load must not consist of handshakes.
var users = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64},
}

// traffic makes several users repeat something until the returned function is called.
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

// list requests a list from an API pod at its own address: during an outage its Service has
// no endpoint.
func list(ctx context.Context, pod *corev1.Pod, what string) int {
	return send(ctx, pod, http.MethodGet, "/"+what, "")
}

// through requests a path of the frontend.
func through(ctx context.Context, tracker *v1alpha1.InterviewTracker, path string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint(ctx, tracker, 0)+path, http.NoBody)
	if err != nil {
		return
	}
	if response, err := users.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, response.Body) // Otherwise the connection can't be used again.
		_ = response.Body.Close()
	}
}

// store creates a record through an API pod.
func store(ctx context.Context, pod *corev1.Pod, what, record string) int {
	return send(ctx, pod, http.MethodPost, "/"+what, record)
}

// send returns the status code of the response; 0 if there is none.
func send(ctx context.Context, pod *corev1.Pod, method, path, body string) int {
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
	_, _ = io.Copy(io.Discard, response.Body) // Otherwise the connection can't be used again.
	return response.StatusCode
}
