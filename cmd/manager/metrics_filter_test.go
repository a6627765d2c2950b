// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
)

// Whoever reaches the port may send any token. None that is made up costs the API server
// much, fills the log, or keeps Prometheus out.
func TestInvalidTokensForMetrics(t *testing.T) {
	reader := newAccount(t, "default")
	grant(t, reader, "interview-tracker-operator-metrics-reader")
	valid := token(t, reader)
	m := start(t, operator)
	scraper := m.scraper(t)
	url := "https://" + m.metrics + "/metrics"
	if got := get(t, scraper, url, valid); got != http.StatusOK {
		t.Fatalf("a valid token gets %d", got)
	}

	begin := m.gateway.count("/tokenreviews")
	for range 50 {
		if got := get(t, scraper, url, "forged"); got != http.StatusUnauthorized {
			t.Fatalf("a forged token gets %d", got)
		}
	}
	if got := m.gateway.count("/tokenreviews") - begin; got != 1 {
		t.Errorf("50 requests with one forged token are %d TokenReviews", got)
	}

	begin = m.gateway.count("/tokenreviews")
	answers := map[int]int{}
	for i := range 300 {
		answers[get(t, scraper, url, fmt.Sprint("forged-", i))]++
	}
	reviews := m.gateway.count("/tokenreviews") - begin
	if answers[http.StatusUnauthorized] != reviews || answers[http.StatusTooManyRequests] != 300-reviews || reviews > 50 {
		t.Errorf("300 forged tokens are %d TokenReviews, and get %v", reviews, answers)
	}
	if got := get(t, scraper, url, valid); got != http.StatusOK {
		t.Errorf("after them, a valid token gets %d", got)
	}
	for _, record := range m.records(t) {
		if record["level"] == "error" || strings.Contains(fmt.Sprint(record), "forged") {
			t.Errorf("logged: %v", record)
		}
	}
}

// Each header and method is answered, at no cost to the API server, and what is no request
// fills no log.
func TestOddRequestsForMetrics(t *testing.T) {
	m := start(t, operator)
	scraper := m.scraper(t)
	for range 5 {
		if _, err := tls.Dial("tcp", m.metrics, nil); err == nil {
			t.Error("a self-signed certificate is trusted")
		}
	}
	begin := m.gateway.count("reviews")
	for name, test := range map[string]struct {
		method, header string
		status         int
	}{
		"no token":          {http.MethodGet, "", http.StatusUnauthorized},
		"no scheme":         {http.MethodGet, "Bearer", http.StatusUnauthorized},
		"only spaces":       {http.MethodGet, "Bearer   ", http.StatusUnauthorized},
		"a space before":    {http.MethodGet, "Bearer  x", http.StatusUnauthorized},
		"a password":        {http.MethodGet, "Basic eDp5", http.StatusUnauthorized},
		"another method":    {http.MethodPost, "Bearer x", http.StatusMethodNotAllowed},
		"an unknown method": {"STEAL", "Bearer x", http.StatusMethodNotAllowed},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, "https://"+m.metrics+"/metrics", nil)
		must(t, err)
		request.Header.Set("Authorization", test.header)
		response, err := scraper.Do(request)
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode != test.status {
			t.Errorf("%s gets %d, want %d", name, response.StatusCode, test.status)
		}
	}
	if got := m.gateway.count("reviews") - begin; got != 0 {
		t.Errorf("%d reviews", got)
	}
	for name, token := range map[string]string{"no text": "\xff\xfe", "long": strings.Repeat("x", 1<<19)} {
		if got := get(t, scraper, "https://"+m.metrics+"/metrics", token); got != http.StatusUnauthorized {
			t.Errorf("a token that is %s gets %d", name, got)
		}
	}
	if output := m.output.String(); strings.Contains(output, "panic") || strings.Contains(output, "TLS handshake error") {
		t.Error("it panics, or logs each failed handshake")
	}
}

// What a client of HTTP/2 gets is HTTP/1.1, unless that was switched on.
func TestHTTP2(t *testing.T) {
	for flag, want := range map[string]string{"--enable-http2=false": "http/1.1", "--enable-http2": "h2"} {
		m := start(t, operator, flag)
		m.scraper(t)
		dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}}
		connection, err := dialer.DialContext(t.Context(), "tcp", m.metrics)
		must(t, err)
		protocol := connection.(*tls.Conn).ConnectionState().NegotiatedProtocol //nolint:errcheck // a tls.Dialer's
		must(t, connection.Close())
		if protocol != want {
			t.Errorf("with %s the protocol is %s", flag, protocol)
		}
	}
}

// Of the clients that send unknown tokens, each has its own limit and all have one together;
// a token that was valid is not theirs to lock out.
func TestReviewLimits(t *testing.T) {
	reviews := &fakeReviews{}
	tokens := newTokens(reviews)
	ask := func(token, client string) string {
		_, ok, err := tokens.authenticate(t.Context(), token, client)
		return fmt.Sprint(ok, " ", err)
	}
	const valid, invalid, tooMany = "true <nil>", "false <nil>", "false too many unknown tokens"
	if got := ask("good", "10.0.0.1"); got != valid {
		t.Fatal(got)
	}
	before := reviews.made
	if got := ask(strings.Repeat("x", maxToken+1), "10.0.0.2"); got != invalid || reviews.made != before {
		t.Errorf("a token longer than any: %s", got)
	}
	for i := range reviewsBurstEach {
		if got := ask(fmt.Sprint("bad-", i), "10.0.0.2"); got != invalid {
			t.Fatalf("token %d: %s", i, got)
		}
	}
	if got := ask("bad", "10.0.0.2"); got != tooMany {
		t.Errorf("beyond the limit of a client: %s", got)
	}
	if got := ask("good-too", "10.0.0.3"); got != valid {
		t.Errorf("another client's new token: %s", got)
	}
	for i := range reviewsBurst {
		ask(fmt.Sprint("bad-", i), fmt.Sprint("10.0.1.", i))
		ask(fmt.Sprint("worse-", i), fmt.Sprint("10.0.1.", i))
	}
	if got := ask("good-as-well", "10.0.0.4"); got != tooMany {
		t.Errorf("beyond the limit of all clients: %s", got)
	}
	tokens.age()
	before = reviews.made
	if got := ask("good", "10.0.0.2"); got != valid || reviews.made != before+1 {
		t.Errorf("a token that was valid: %s, after %d reviews", got, reviews.made-before)
	}
}

// A token that was valid and no longer is works for verdictFor at most.
func TestTokenIsRevoked(t *testing.T) {
	reviews := &fakeReviews{}
	tokens := newTokens(reviews)
	ask := func(valid bool) {
		t.Helper()
		for range 2 {
			_, ok, err := tokens.authenticate(t.Context(), "good", "10.0.0.1")
			if ok != valid || err != nil {
				t.Errorf("valid: %t, error: %v", ok, err)
			}
		}
	}
	ask(true)
	reviews.revoked = true
	ask(true)
	tokens.age()
	ask(false)
	if reviews.made != 2 {
		t.Errorf("%d reviews", reviews.made)
	}
}

// While the API server is away, requests fail as many as they are, and one line says so.
func TestMetricsWithoutAPIServer(t *testing.T) {
	logged := &countingSink{}
	reviews := &fakeReviews{err: errors.New("connection refused")}
	gate := &metricsGate{tokens: newTokens(reviews), log: logr.New(logged)}
	for i := range 5 {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		request.Header.Set("Authorization", fmt.Sprint("Bearer ", i))
		response := httptest.NewRecorder()
		gate.ServeHTTP(response, request)
		if response.Code != http.StatusServiceUnavailable || strings.Contains(response.Body.String(), "connection") {
			t.Errorf("%d %s", response.Code, response.Body)
		}
	}
	if logged.errors != 1 {
		t.Errorf("%d errors are logged", logged.errors)
	}
}

// age makes the verdicts on valid tokens as old as they may become.
func (t *tokens) age() {
	for _, key := range t.valid.Keys() {
		entry, _ := t.valid.Get(key)
		known, _ := entry.(verdict)
		known.renewed = known.renewed.Add(-verdictFor)
		t.valid.Add(key, known, knownFor)
	}
}

// fakeReviews knows tokens that begin with good.
type fakeReviews struct {
	authenticationclient.TokenReviewInterface
	mu      sync.Mutex
	made    int
	revoked bool
	err     error
}

func (f *fakeReviews) Create(
	_ context.Context, review *authenticationv1.TokenReview, _ metav1.CreateOptions,
) (*authenticationv1.TokenReview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	if f.err != nil {
		return nil, f.err
	}
	review.Status.Authenticated = strings.HasPrefix(review.Spec.Token, "good") && !f.revoked
	review.Status.User.Username = review.Spec.Token
	return review, nil
}

// countingSink counts the errors that are logged.
type countingSink struct {
	logr.LogSink
	errors int
}

func (*countingSink) Init(logr.RuntimeInfo)            {}
func (*countingSink) Enabled(int) bool                 { return false }
func (s *countingSink) Error(error, string, ...any)    { s.errors++ }
func (s *countingSink) WithValues(...any) logr.LogSink { return s }
func (s *countingSink) WithName(string) logr.LogSink   { return s }

// scraper waits until a manager serves metrics, and returns a client that accepts its
// self-signed certificate.
func (m *manager) scraper(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	scraper := &http.Client{Transport: transport}
	eventually(t, "/metrics is not served", func() bool { return get(t, scraper, "https://"+m.metrics+"/metrics", "") != 0 })
	return scraper
}

// count is how many requests so far had a path that ends like this.
func (g *gateway) count(suffix string) int {
	n := 0
	for _, e := range g.exchanges() {
		if strings.HasSuffix(e.path, suffix) {
			n++
		}
	}
	return n
}
