// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Command tracker is the reference workload: the Interview Position Tracker's API and
// frontend in one static binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/healthcheck"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// version is set by the linker.
var version = "dev"

const usage = `Usage:
  tracker api              serve the API; needs DATABASE_URL and REDIS_URL
  tracker frontend         serve the frontend, which uses the API at API_URL
  tracker migrate          apply the pending migrations; needs DATABASE_URL
  tracker healthcheck URL  exit 0 when the URL answers 2xx, else 1
  tracker version          print the version

Also read: PORT, ENVIRONMENT, VERSION, LOG_LEVEL (DEBUG, INFO, WARNING, ERROR)
and LOG_FORMAT (json, text).
`

// errUsage makes main print the usage.
var errUsage = errors.New("unknown command")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	// A second signal terminates the process immediately.
	context.AfterFunc(ctx, stop)

	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		if len(os.Args) > 1 {
			fmt.Fprintf(os.Stderr, "\ntracker: %v %q\n", err, strings.Join(os.Args[1:], " ")) // After the usage, so that it is not overlooked.
		}
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "tracker %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "api":
		return runAPI(ctx)
	case len(args) == 1 && args[0] == "frontend":
		return runFrontend(ctx)
	case len(args) == 1 && args[0] == "migrate":
		return runMigrate(ctx)
	case len(args) == 2 && args[0] == "healthcheck":
		return healthcheck.Check(ctx, args[1])
	case len(args) == 1 && args[0] == "version":
		_, err := fmt.Println(version)
		return err
	default:
		return errUsage
	}
}

func runAPI(ctx context.Context) error {
	cfg, err := config.ForAPI(os.Getenv, version)
	if err != nil {
		return err
	}
	log := cfg.Log.NewLogger(os.Stdout).With("logger", "tracker.api")
	cache.LogTo(log)
	service, err := api.New(ctx, cfg, cache.DefaultLimits, log)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, cfg.Port)
	if err != nil {
		return err
	}
	return service.Run(ctx, listener, server.DrainDelay)
}

func runFrontend(ctx context.Context) error {
	cfg, err := config.ForFrontend(os.Getenv)
	if err != nil {
		return err
	}
	log := cfg.Log.NewLogger(os.Stdout).With("logger", "tracker.frontend")
	handler, err := frontend.New(cfg.APIURL, log)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, cfg.Port)
	if err != nil {
		return err
	}
	return server.Serve(ctx, listener, server.Options{Handler: handler, Log: log, DrainDelay: server.DrainDelay})
}

func runMigrate(ctx context.Context) error {
	cfg, err := config.ForMigrate(os.Getenv)
	if err != nil {
		return err
	}
	pool, err := database.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return fmt.Errorf("%s %w", contract.EnvDatabaseURL, err)
	}
	defer pool.Close()
	return database.Migrate(ctx, pool, cfg.Log.NewLogger(os.Stdout).With("logger", "tracker.migrate"))
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("", strconv.Itoa(port)))
}
