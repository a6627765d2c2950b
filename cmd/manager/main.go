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

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
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
	config, err := findCluster()
	if err != nil {
		return err
	}
	logger, err := setLoggers(o.logLevel)
	if err != nil {
		return err
	}

	config.QPS, config.Burst = float32(o.qps), o.burst
	config.UserAgent = "interview-tracker-operator/" + version

	mgr, err := ctrl.NewManager(config, managerOptions(o))
	if err != nil {
		return fmt.Errorf("making the manager: %w", err)
	}
	transport, err := o.transport(config)
	if err != nil {
		return err
	}
	settings := controllers.Settings{
		Builder: o.builder, Transport: transport, Polls: o.polls, Namespaces: o.namespaces, Registry: metrics.Registry,
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

// findCluster comes before any logging: what it tries in vain on its way is nobody's
// concern.
func findCluster() (*rest.Config, error) {
	config, err := ctrl.GetConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errors.New("no cluster is named: write --kubeconfig, or set KUBECONFIG")
	}
	if err != nil {
		return nil, fmt.Errorf("finding a cluster: %w", err)
	}
	return config, nil
}

// serve runs the manager until the context ends. A manager that is still filling its
// caches for the first time doesn't heed that, but then nothing has begun that must
// be brought to an end.
func serve(ctx context.Context, mgr ctrl.Manager) error {
	begun, ended := make(chan struct{}), make(chan error, 1)
	if err := mgr.Add(afterCaches(func() { close(begun) })); err != nil {
		return fmt.Errorf("setting up the manager: %w", err)
	}
	go func() { ended <- mgr.Start(ctx) }()
	select {
	case <-begun:
		return <-ended
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// afterCaches is called once the caches are filled, whether the process leads or not.
type afterCaches func()

// Start implements manager.Runnable.
func (f afterCaches) Start(context.Context) error {
	f()
	return nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (f afterCaches) NeedLeaderElection() bool { return false }
