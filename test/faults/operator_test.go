// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"testing"
	"time"

	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/apply"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/decodable"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// operator is the whole operator behind a proxy, in one namespace. It differs from cmd/manager in what it can't
// have here: it asks no pods for their health, as there are none.
type operator struct {
	*proxy
	namespace string
	cancel    context.CancelFunc
	ended     chan struct{}
}

// leaseName is the name of the operators' Lease, in their namespace.
const leaseName = "interview-tracker-operator"

// start starts an operator behind a proxy, with changes to its usual options.
func start(t testing.TB, ns string, p *proxy, changes ...func(*ctrl.Options)) *operator {
	t.Helper()
	config, filter := p.config(), decodable.New(logr.Discard())
	config.Wrap(filter.Wrap)
	config.WarningHandlerWithContext = apply.Warnings{}
	options := managerOptions(ns)
	for _, change := range changes {
		change(&options)
	}
	mgr, err := ctrl.NewManager(config, options)
	must(t, err)
	r, err := controllers.New(mgr, controllers.Settings{
		Catalog: catalog.Default(), Transport: health.Direct(), Polls: 1, Namespaces: []string{ns}, Filter: filter,
	})
	must(t, err)
	r.Observer.Application = healthyApplication{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	must(t, r.SetupWithManager(ctx, mgr, controllers.Options{Concurrency: 1, Timeout: time.Minute}))
	o := &operator{proxy: p, namespace: ns, cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(o.ended)
		_ = mgr.Start(ctx) // It fails when the proxy is cut, too.
	}()
	t.Cleanup(o.end)
	return o
}

// end cuts the operator off, and waits for its end. While its caches fill for the first time, a manager ignores
// its context: then it is left alone, and reaches nothing any more.
func (o *operator) end() {
	o.cut()
	o.cancel()
	select {
	case <-o.ended:
	case <-time.After(5 * time.Second):
	}
}

func managerOptions(ns string) ctrl.Options {
	return ctrl.Options{
		Scheme:                        controllers.Scheme(),
		MapperProvider:                optionalkinds.Mapper,
		Cache:                         controllers.CacheOptions([]string{ns}),
		Metrics:                       metricsserver.Options{BindAddress: "0"},
		Logger:                        logr.Discard(),
		LeaderElection:                true,
		LeaderElectionID:              leaseName,
		LeaderElectionNamespace:       ns,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       new(time.Second),
		Controller:                    ctrlconfig.Controller{SkipNameValidation: new(true), ReconciliationTimeout: time.Minute},
	}
}

// kill ends an operator without any chance to tidy up, and its Lease, which would run out in 15 seconds.
func (o *operator) kill(t testing.TB) {
	t.Helper()
	o.end()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: leaseName}}
	must(t, client.IgnoreNotFound(k8s.Delete(t.Context(), lease)))
}

// healthyApplication stands for API pods that can use all that they depend on.
type healthyApplication struct{}

func (healthyApplication) Observe(_ types.NamespacedName, q health.PollTarget) snapshot.Application {
	a := snapshot.Application{Settled: true}
	for _, pod := range q.Pods {
		a.Pods = append(a.Pods, snapshot.PodAnswer{
			Pod: pod.Name, Answered: true, Migrations: contract.StatusComplete,
			Dependencies: []snapshot.DependencyAnswer{
				{Name: "database", Health: v1alpha1.DependencyHealthy}, {Name: "redis", Health: v1alpha1.DependencyHealthy},
			},
		})
	}
	return a
}
