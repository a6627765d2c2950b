// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// The manager runs the operator. It finds its cluster like kubectl: with --kubeconfig,
// KUBECONFIG, or the service account of its pod.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/flowcontrol"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
)

// version is set by the linker.
var version = "dev"

func main() {
	err := run(ctrl.SetupSignalHandler(), os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		logFailure(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.metricsClientCA != "" {
		if _, err := readAuthorities(o.metricsClientCA); err != nil {
			return err // Now, as later only the clients would notice.
		}
	}
	config, err := findCluster()
	if err != nil {
		return err
	}
	writer, err := newWriter(o.logLevel)
	if err != nil {
		return err
	}
	logger := setLoggers(writer)

	limitRequests(config, o.qps, o.burst)
	config.UserAgent = "interview-tracker-operator/" + version
	filter := decodable.New(logger.WithName("decodable"))
	config.Wrap(filter.Wrap)
	config.WarningHandlerWithContext = apply.Warnings{}

	managed := managerOptions(o)
	if err := elect(config, o, &managed); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, managed)
	if err != nil {
		return fmt.Errorf("creating the manager: %w", err)
	}
	transport, err := o.transport(config)
	if err != nil {
		return err
	}
	settings := controllers.Settings{
		Catalog: o.catalog, Transport: transport, Polls: o.polls, Namespaces: o.namespaces, Registry: metrics.Registry,
		Filter: filter,
	}
	reconciler, err := controllers.New(mgr, settings)
	if err != nil {
		return err
	}
	if err := reconciler.SetupWithManager(ctx, mgr, o.controller); err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("caches", reconciler.CachesSynced(mgr)); err != nil {
		return err
	}
	logger.Info("Starting", "version", version)
	return serve(ctx, mgr)
}

// limitRequests sets the client-side rate limit of all clients of the config together:
// client-go would give each client a limiter of its own. qps 0 is no limit.
func limitRequests(config *rest.Config, qps float64, burst int) {
	config.QPS = -1
	if qps > 0 {
		config.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(float32(qps), burst)
	}
}

// findCluster runs before the loggers are set, so that failed attempts to find a cluster
// are not logged.
func findCluster() (*rest.Config, error) {
	config, err := ctrl.GetConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("no cluster configured: set --kubeconfig or KUBECONFIG")
	}
	if err != nil {
		return nil, fmt.Errorf("finding a cluster: %w", err)
	}
	return config, nil
}

// serve runs the manager until the context ends. While its caches fill for the first
// time, a manager ignores the context, but then nothing has started that has to finish.
func serve(ctx context.Context, mgr ctrl.Manager) error {
	synced, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	go func() {
		if mgr.GetCache().WaitForCacheSync(ctx) {
			close(synced)
		}
	}()
	select {
	case <-synced:
		return <-ended
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}
