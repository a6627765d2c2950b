// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// The manager runs the operator. It finds its cluster as kubectl does: by
// --kubeconfig, by KUBECONFIG, or by the service account of its pod.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
)

// version is set by the linker.
var version = "dev"

func main() {
	err := run(ctrl.SetupSignalHandler(), os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	logger, err := newLogger(o.logLevel)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logger)

	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding a cluster (write --kubeconfig, or set KUBECONFIG): %w", err)
	}
	config.QPS, config.Burst = float32(o.qps), o.burst
	config.UserAgent = "interview-tracker-operator/" + version

	mgr, err := ctrl.NewManager(config, managerOptions(o))
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	reach, err := o.reach(config)
	if err != nil {
		return err
	}
	settings := controllers.Settings{Builder: o.builder, Reach: reach, Polls: o.polls, Registry: metrics.Registry}
	if err := controllers.New(mgr, settings).SetupWithManager(ctx, mgr, o.controller); err != nil {
		return err
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("caches", controllers.CachesSynced(mgr)); err != nil {
		return err
	}
	logger.Info("Starting", "version", version)
	return mgr.Start(ctx)
}
