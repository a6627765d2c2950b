// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Cluster runs a real Kubernetes on one Linux machine, without Docker and without a registry, from
// binaries that it builds. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

const usage = `usage: go run -C hack/cluster . COMMAND [--root CHECKOUT]

  assets      build what envtest needs (kube-apiserver, etcd, kubectl) and print its folder
  status      print whether the cluster is up or down; fail where it can't be started
  up          start the cluster, or bring its images up to date
  monitoring  load the images of prometheus-operator and Prometheus into the running cluster
  logging     load the image of the OpenTelemetry Collector into the running cluster
  faulty      load versions of the workload that have bugs into the running cluster
  previous    load the image of the operator whose source is in bin/.previous into the running cluster
  down        stop it and remove what it made`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// After the first signal the next one ends the program at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	command, args := args[0], args[1:]
	// The cluster's processes are started through this program, too: see processes.go.
	switch command {
	case execCommand:
		return execRecorded(args)
	case provisionCommand:
		return provision(ctx, args)
	}

	// A shell may lack the folders of administration programs, even root's.
	if err := os.Setenv("PATH", os.Getenv("PATH")+":"+searchPath); err != nil {
		return err
	}
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	root := flags.String("root", filepath.Join("..", ".."), "the checkout that the cluster belongs to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	absolute, err := filepath.Abs(*root)
	if err != nil {
		return err
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = resolved
	}
	// The files of config are templates of YAML and TOML, in which a path stands as it is.
	if strings.Contains(absolute, ": ") || strings.Contains(absolute, " #") || strings.ContainsAny(absolute, "{}\"\n") {
		return fmt.Errorf("the path of the checkout, %q, has characters that the cluster's configuration can't hold: move the checkout", absolute)
	}
	return runFor(ctx, layout{root: absolute}, command)
}

// commands are those that need Linux and root.
var commands = map[string]func(context.Context, layout) error{
	"up": up, "monitoring": monitoring, "logging": logging, "faulty": faulty, "previous": previous, "status": status, "down": down,
}

// runFor runs a command for a checkout.
func runFor(ctx context.Context, checkout layout, command string) error {
	run, known := commands[command]
	switch {
	case command == "assets":
		dir, err := assets(ctx, checkout)
		if err == nil {
			fmt.Println(dir)
		}
		return err
	case command == "down" && untouched(checkout):
		say("there is nothing to stop")
		return nil
	case !known:
		return fmt.Errorf("unknown command %q\n%s", command, usage)
	case runtime.GOOS != "linux" || os.Geteuid() != 0:
		return errors.New("a local cluster needs Linux and root: run this as root on Linux, or use another cluster by setting KUBECONFIG")
	}
	return run(ctx, checkout)
}
