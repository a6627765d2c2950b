// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

var (
	budget = flag.Duration("budget", 10*time.Minute, "how long the tests may take; they leave points out that it does not suffice for")
	seed   = flag.Int64("seed", 0, "seed of what is left out and of random transitions; random when 0")
	only   = flag.String("point", "", "the one point to run, as a failure names it")
)

// cluster is a real kube-apiserver with etcd; k8s is a client of the test's own.
var (
	cluster *rest.Config
	k8s     client.WithWatch
	began   time.Time
	// everything is all of the cluster that is neither the API server nor the operator.
	everything *world
)

// patience is how long an operator may take for what it should do. The longest that it waits by itself is
// the 30 seconds that mere progress of a rollout may wait to be reported.
const patience = 75 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	began = time.Now()
	if *seed == 0 {
		*seed = began.UnixNano() % 100000
	}
	fmt.Printf("faults: seed %d, budget %s\n", *seed, *budget)
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		fmt.Fprintln(os.Stderr, "KUBEBUILDER_ASSETS is not set: run `make test-faults`, which builds kube-apiserver and etcd")
		return 1
	}
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	environment, err := newEnvironment(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if cluster, err = environment.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "starting kube-apiserver and etcd:", err)
		return 1
	}
	defer func() { _ = environment.Stop() }()
	cluster.QPS = -1
	if k8s, err = client.NewWithWatch(cluster, client.Options{Scheme: controllers.Scheme()}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if everything, err = startWorld(ctx, cluster); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func newEnvironment(ctx context.Context) (*envtest.Environment, error) {
	monitoring, err := crds.Optional(ctx)
	if err != nil {
		return nil, err
	}
	environment := apiserver.New(append([]string{filepath.Join("..", "..", "config", "crd", "bases")}, monitoring...)...)
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	return environment, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds waits until a condition holds, and reports whether it did.
func holds(ctx context.Context, within time.Duration, condition func() bool) bool {
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, within, true, func(context.Context) (bool, error) {
		return condition(), nil
	})
	return err == nil
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	eventuallyWithin(t, patience, what, condition)
}

func eventuallyWithin(t testing.TB, within time.Duration, what string, condition func() bool) {
	t.Helper()
	if !holds(t.Context(), within, condition) {
		t.Fatalf("not within %s: %s", within, what)
	}
}
