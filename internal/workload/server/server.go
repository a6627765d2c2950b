// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package server serves HTTP until its context ends, and then shuts down without losing a
// request.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// DrainDelay is how long a server continues to serve after the signal to stop.
	// Kubernetes removes a terminating pod from its Services at the same time, not
	// before: requests arrive until every node has been updated.
	DrainDelay = 5 * time.Second

	// shutdownTimeout is how long requests in flight may take after that.
	// Both together stay below Kubernetes' grace period of 30 seconds.
	shutdownTimeout = 20 * time.Second
)

// Timeouts of the network. What a handler calls has its own timeouts.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// Options are the options of Serve.
type Options struct {
	Handler http.Handler
	Log     *slog.Logger
	// DrainDelay is the constant of that name, or shorter in tests.
	DrainDelay time.Duration
	// OnDrain, if set, is called when draining begins.
	OnDrain func()
}

// Serve serves requests on the listener until ctx ends. Then it calls OnDrain, continues
// for DrainDelay, closes the listener and waits for the requests in flight. It returns nil
// if all of them completed.
func Serve(ctx context.Context, listener net.Listener, options Options) error {
	server := &http.Server{
		Handler:           options.Handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	options.Log.Info("serving", "address", listener.Addr().String())

	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}

	options.Log.Info("draining", "delay_seconds", options.DrainDelay.Seconds())
	if options.OnDrain != nil {
		options.OnDrain()
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-time.After(options.DrainDelay):
	}

	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		return errors.Join(fmt.Errorf("finishing the requests in flight: %w", err), server.Close())
	}
	options.Log.Info("stopped")
	return nil
}
