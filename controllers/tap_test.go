// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// tap records whole requests, and what the API server answers when Secrets are
// listed and watched.
type tap struct {
	mu      sync.Mutex
	seen    []sent
	watched bytes.Buffer
}

// sent is a request as it went to the API server.
type sent struct {
	method, path, accept string
	// all is every byte of it that the operator chose.
	all string
}

func (s *tap) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(q *http.Request) (*http.Response, error) {
		var body []byte
		if q.Body != nil {
			var err error
			if body, err = io.ReadAll(q.Body); err != nil {
				return nil, err
			}
			q.Body = io.NopCloser(bytes.NewReader(body))
		}
		s.mu.Lock()
		s.seen = append(s.seen, sent{
			method: q.Method, path: q.URL.Path, accept: q.Header.Get("Accept"),
			all: fmt.Sprintf("%s %s %v\n%s", q.Method, q.URL, q.Header, body),
		})
		s.mu.Unlock()
		answer, err := next.RoundTrip(q)
		if err == nil && strings.HasSuffix(q.URL.Path, "/secrets") {
			answer.Body = &tapped{answer.Body, s}
		}
		return answer, err
	})
}

// tapped is an answer whose reader is overheard.
type tapped struct {
	io.ReadCloser
	tap *tap
}

func (b *tapped) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.tap.mu.Lock()
	defer b.tap.mu.Unlock()
	b.tap.watched.Write(p[:n])
	return n, err
}

// secrets is what the API server answered when Secrets were listed and watched.
func (s *tap) secrets() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched.String()
}

func (s *tap) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// gate holds back the events of the watch of a resource, while it is locked.
type gate struct {
	sync.RWMutex
	resource string
}

func (g *gate) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(q *http.Request) (*http.Response, error) {
		answer, err := next.RoundTrip(q)
		if err == nil && q.URL.Query().Has("watch") && strings.HasSuffix(q.URL.Path, "/"+g.resource) {
			answer.Body = &gated{answer.Body, g}
		}
		return answer, err
	})
}

type gated struct {
	io.ReadCloser
	gate *gate
}

func (b *gated) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.gate.RLock()
	defer b.gate.RUnlock()
	return n, err
}
