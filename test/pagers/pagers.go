// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package pagers serves the protocols of those whom Alertmanager notifies: Slack's incoming webhooks,
// PagerDuty's Events API v2, SMTP, and webhooks in Alertmanager's own format. It keeps what arrives.
package pagers

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The protocols.
const (
	Slack     = "Slack"
	PagerDuty = "PagerDuty"
	Mail      = "mail"
	Webhook   = "webhook"
)

// Page is a message that has arrived.
type Page struct {
	At  time.Time
	Via string
	// To is the channel of Slack, the routing key of PagerDuty, the address of a mail, or the path of a
	// webhook.
	To string
	// Resolved reports whether it says that alerts no longer fire.
	Resolved bool
	// Text is all that a person would read.
	Text string
	// DedupKey is what a later event of PagerDuty refers to this one with.
	DedupKey string
	// Alerts are those of a webhook.
	Alerts []Alert
}

// Config says where the servers listen, and whose mail they take.
type Config struct {
	Host           string
	Certificate    tls.Certificate
	User, Password string
}

// Servers are one HTTP server and one SMTP server.
type Servers struct {
	// URL is the beginning of the HTTP server's addresses. Slack has /services/T…/B…/…, PagerDuty
	// /v2/enqueue, and webhooks any path under /hooks/.
	URL string
	// Smarthost is the address of the SMTP server.
	Smarthost string

	config  Config
	http    *http.Server
	smtp    net.Listener
	running sync.WaitGroup

	mu      sync.Mutex
	pages   []Page
	refused []string
}

// Start starts the servers on ports that are free.
func Start(ctx context.Context, config Config) (*Servers, error) {
	var listen net.ListenConfig
	address := net.JoinHostPort(config.Host, "0")
	web, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	smtp, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, errors.Join(err, web.Close())
	}
	s := &Servers{URL: "http://" + web.Addr().String(), Smarthost: smtp.Addr().String(), config: config, smtp: smtp}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /services/{team}/{app}/{token}", s.slack)
	mux.HandleFunc("POST /v2/enqueue", s.pagerDuty)
	mux.HandleFunc("POST /hooks/", s.webhook)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(r.Method + " " + r.URL.Path + ": no such endpoint")
		http.NotFound(w, r)
	})
	s.http = &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	s.running.Go(func() { _ = s.http.Serve(web) })
	s.running.Go(s.serveMail)
	return s, nil
}

// Close ends the servers.
func (s *Servers) Close() error {
	err := errors.Join(s.http.Close(), s.smtp.Close())
	s.running.Wait()
	return err
}

// Pages returns what has arrived, in its order.
func (s *Servers) Pages() []Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pages)
}

// Refused returns why messages were not taken, with whom they were for as far as the client had said it.
func (s *Servers) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

func (s *Servers) take(p Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.At = time.Now()
	s.pages = append(s.pages, p)
}

func (s *Servers) refuse(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, reason)
}

// decode reads the JSON of a request.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media != "application/json" {
		return fmt.Errorf("the Content-Type is %q", media)
	}
	return json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(into)
}

// saysResolved reports whether a headline says that alerts no longer fire: Alertmanager's templates have
// no other sign of it.
func saysResolved(headline string) bool {
	return strings.Contains(strings.ToUpper(headline), "RESOLVED")
}
