// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// cluster is a real kube-apiserver with etcd, in which an operator runs; k8s is a client of the
// test's own.
var (
	cluster *rest.Config
	k8s     client.Client
)

func TestMain(m *testing.M) {
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	monitoring, err := crds.Optional(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server, err := apiserver.Start(append(monitoring, filepath.Join("..", "..", "..", "config", "crd", "bases"))...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = server.Stop() }()
	cluster = server.Config
	if k8s, err = client.New(cluster, client.Options{Scheme: controllers.Scheme()}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ended, err := operate(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "starting the operator:", err)
		return 1
	}
	code := m.Run()
	cancel()
	if err := <-ended; err != nil {
		fmt.Fprintln(os.Stderr, "the operator:", err)
		return 1
	}
	return code
}

// operate runs the operator until the context ends.
func operate(ctx context.Context) (ended <-chan error, err error) {
	config := rest.CopyConfig(cluster)
	config.QPS = -1
	config.WarningHandlerWithContext = apply.Warnings{}
	filter := decodable.New(logr.Discard())
	config.Wrap(filter.Wrap)
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:         controllers.Scheme(),
		MapperProvider: optionalkinds.Mapper,
		Cache:          controllers.CacheOptions(nil),
		Metrics:        metricsserver.Options{BindAddress: "0"},
	})
	if err != nil {
		return nil, err
	}
	settings := controllers.Settings{Catalog: catalog.Default(), Transport: health.Direct(), Polls: 1, Filter: filter}
	reconciler, err := controllers.New(mgr, settings)
	if err != nil {
		return nil, err
	}
	if err := reconciler.SetupWithManager(ctx, mgr, controllers.Options{Concurrency: 2, Timeout: 30 * time.Second}); err != nil {
		return nil, err
	}
	running := make(chan error, 1)
	go func() { running <- mgr.Start(ctx) }()
	return running, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	must(t, k8s.Create(t.Context(), ns))
	return ns.Name
}
