// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Command tracker is the reference workload: the Interview Position Tracker's API and
// frontend in one static binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/version"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/api"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/config"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/healthcheck"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/journey"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/telemetry"
)

const usage = `Usage:
  tracker api              serve the API; needs DATABASE_URL and REDIS_URL
  tracker frontend         serve the frontend, which uses the API at API_URL, and its
                           metrics at METRICS_PORT
  tracker migrate          apply the pending migrations; needs DATABASE_URL
  tracker healthcheck URL  exit 0 when the URL answers 2xx, else 1
  tracker journey          go through the tracker as a user does, at FRONTEND_URL; remove what
                           that creates, marked with JOURNEY_NAME; exit 1 when a step fails
  tracker version          print the version (as does --version)

Also read: PORT, ENVIRONMENT, VERSION, LOG_LEVEL (DEBUG, INFO, WARNING, ERROR)
and LOG_FORMAT (json, text); by the frontend, RUM_SAMPLE_RATIO, the part of the page
loads that report what their users meet (0 to 1); by the api, REDIS_REQUIRED: with false,
it is ready and serves without Redis.
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
		report(os.Stderr, terminationMessage, os.Args[1], err)
		os.Exit(1)
	}
}

// services are the commands whose output is a log.
var services = []string{"api", "frontend", "migrate", "journey"}

// terminationMessage is the file whose content Kubernetes shows of a container that has ended.
const terminationMessage = "/dev/termination-log"

// report writes the error that ends the process. That of a service is a line of its log, and a
// message for the status of its pod, where the time of the line would change with each restart.
func report(stderr io.Writer, terminationMessage, command string, err error) {
	message := fmt.Sprintf("tracker %s: %v\n", command, err)
	if !slices.Contains(services, command) {
		fmt.Fprint(stderr, message)
		return
	}
	config.ForLog(os.Getenv).NewLogger(stderr).With("logger", "tracker."+command).Error("stopped by an error", "exception", err)
	if file, err := os.OpenFile(terminationMessage, os.O_WRONLY, 0); err == nil { //nolint:gosec // It is the constant; without Kubernetes there is none.
		_, _ = file.WriteString(message)
		_ = file.Close()
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
	case len(args) == 1 && args[0] == "journey":
		return runJourney(ctx)
	case len(args) == 1 && slices.Contains([]string{"version", "--version"}, args[0]):
		_, err := fmt.Println(version.Get())
		return err
	default:
		return errUsage
	}
}

func runAPI(ctx context.Context) error {
	cfg, err := config.ForAPI(os.Getenv, version.Get().Version)
	if err != nil {
		return err
	}
	log := cfg.Log.NewLogger(os.Stdout).With("logger", "tracker.api")
	cache.LogTo(log)
	tracing := telemetry.Start(ctx, telemetry.Service{Name: "tracker-api", Version: cfg.Version}, log)
	defer tracing.Close(ctx)
	service, err := api.New(ctx, cfg, cache.DefaultLimits, tracing, log)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, contract.EnvPort, cfg.Port)
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
	tracing := telemetry.Start(ctx, telemetry.Service{Name: "tracker-frontend", Version: version.Get().Version, Public: true}, log)
	defer tracing.Close(ctx)
	pages, err := frontend.New(frontend.Options{
		APIURL: cfg.APIURL, ResponseTimeout: frontend.ResponseTimeout, RUMSampleRatio: cfg.RUMSampleRatio, Log: log, Tracing: tracing,
	})
	if err != nil {
		return err
	}
	public, err := listen(ctx, contract.EnvPort, cfg.Port)
	if err != nil {
		return err
	}
	internal, err := listen(ctx, contract.EnvMetricsPort, cfg.MetricsPort)
	if err != nil {
		return err
	}
	servers, ctx := errgroup.WithContext(ctx)
	servers.Go(func() error {
		return server.Serve(ctx, public, server.Options{Handler: pages.Public, Log: log, DrainDelay: server.DrainDelay})
	})
	servers.Go(func() error {
		return server.Serve(ctx, internal, server.Options{Handler: pages.Metrics, Log: log, DrainDelay: server.DrainDelay})
	})
	return servers.Wait()
}

func runMigrate(ctx context.Context) error {
	cfg, err := config.ForMigrate(os.Getenv)
	if err != nil {
		return err
	}
	pool, err := database.Open(ctx, cfg.DatabaseURL, nil)
	if err != nil {
		return fmt.Errorf("%s %w", contract.EnvDatabaseURL, err)
	}
	defer pool.Close()
	return database.Migrate(ctx, pool, cfg.Log.NewLogger(os.Stdout).With("logger", "tracker.migrate"))
}

// runJourney reports a failure by its error, which the status of the tracker then shows.
func runJourney(ctx context.Context) error {
	cfg, err := config.ForJourney(os.Getenv)
	if err != nil {
		return err
	}
	log := config.ForLog(os.Getenv).NewLogger(os.Stderr).With("logger", "tracker.journey")
	return journey.Run(ctx, journey.Options{Frontend: cfg.FrontendURL, Name: cfg.Name, Log: log})
}

// listen names the variable that sets the port in its error.
func listen(ctx context.Context, variable string, port int) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return listener, nil
}
