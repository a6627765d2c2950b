// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/health"
	"github.com/interview-tracker/interview-tracker-operator/internal/optionalkinds"
)

// options are the values of the flags.
type options struct {
	logLevel                zapcore.Level
	metricsAddress          string
	metricsCertDir          string
	metricsClientCA         string
	enableHTTP2             bool
	healthAddress           string
	pprofAddress            string
	leaderElect             bool
	leaderElectionNamespace string
	leaseDuration           time.Duration
	renewDeadline           time.Duration
	retryPeriod             time.Duration
	namespaces              []string
	qps                     float64
	burst                   int
	shutdownTimeout         time.Duration
	controller              controllers.Options
	polls                   int
	pollThrough             string
	catalog                 catalog.Catalog
}

func parse(args []string) (options, error) {
	o := options{logLevel: zapcore.InfoLevel, catalog: catalog.Default()}
	flags := flag.NewFlagSet("manager", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error.
	config.RegisterFlags(flags)
	flags.TextVar(&o.logLevel, "log-level", o.logLevel, "lowest `level` that is logged: debug, info, warn or error")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", ":8443", "`address` of /metrics, with TLS and authorization; 0 disables it")
	flags.StringVar(&o.metricsCertDir, "metrics-cert-dir", "", "`directory` of tls.crt and tls.key for /metrics; self-signed if empty")
	flags.StringVar(&o.metricsClientCA, "metrics-client-ca", "",
		"`file` of CA certificates: who requests /metrics must have a certificate by one of them, and no token, about which the API server is not asked")
	flags.BoolVar(&o.enableHTTP2, "enable-http2", false,
		"serve /metrics by HTTP/2 too, in which one client can cause more work than in HTTP/1.1")
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "`address` of /healthz and /readyz; 0 disables them")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", "0", "`address` of /debug/pprof/, without authorization; 0 disables it")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "elect a leader, so that only one of several replicas is active")
	flags.StringVar(&o.leaderElectionNamespace, "leader-election-namespace", "", "`namespace` of the Lease; that of the pod if empty")
	flags.DurationVar(&o.leaseDuration, "leader-elect-lease-duration", time.Minute,
		"`time` after which another replica leads if the leader's Lease is not renewed")
	flags.DurationVar(&o.renewDeadline, "leader-elect-renew-deadline", 40*time.Second,
		"`time` after its last renewal in which the leader may write; less than the lease duration")
	flags.DurationVar(&o.retryPeriod, "leader-elect-retry-period", 2*time.Second, "`time` between two renewals of the Lease")
	flags.Func("namespaces", "comma-separated `list` of namespaces to watch; all if empty", func(s string) error {
		for namespace := range strings.SplitSeq(s, ",") {
			if namespace = strings.TrimSpace(namespace); namespace != "" {
				o.namespaces = append(o.namespaces, namespace)
			}
		}
		return nil
	})
	flags.Float64Var(&o.qps, "kube-api-qps", 0,
		"client-side limit of `requests` per second to the API server, for all clients together; 0 is no limit, because the API server has "+
			"its own (priority and fairness)")
	flags.IntVar(&o.burst, "kube-api-burst", 100, "`requests` that may exceed --kube-api-qps in a burst")
	flags.DurationVar(&o.shutdownTimeout, "graceful-shutdown-timeout", 20*time.Second, "`time` to finish running reconciles on shutdown")
	flags.IntVar(&o.controller.Concurrency, "max-concurrent-reconciles", 4, "`number` of trackers that are reconciled at the same time")
	flags.DurationVar(&o.controller.Timeout, "reconcile-timeout", 30*time.Second, "`time` after which the reconcile of a tracker is cancelled")
	flags.IntVar(&o.polls, "max-concurrent-polls", 64, "`number` of API pods that are polled for their health at the same time")
	flags.StringVar(&o.pollThrough, "poll-through", pollThroughPodIP,
		"how API pods are polled for their health: at their IP addresses (pod-ip) or through the API server's pod proxy (api-server), "+
			"which needs the right to get pods/proxy")
	o.catalog.ImageFlags(flags)
	o.catalog.PatchFlag(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(os.Stdout)
		flags.Usage()
		return options{}, err
	case err != nil:
		return options{}, fmt.Errorf("%w (see --help)", err)
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q (see --help)", flags.Arg(0))
	}
	return o, o.validate()
}

// validate returns an error if flags have values that make no sense, alone or together.
func (o options) validate() error {
	if o.controller.Concurrency < 1 || o.controller.Timeout <= 0 || o.burst < 1 || o.polls < 1 {
		return errors.New("--max-concurrent-reconciles, --reconcile-timeout, --kube-api-burst and --max-concurrent-polls " +
			"must be greater than 0")
	}
	// An overtaken leader must have ended its reconciles before another one begins.
	if longest := o.controller.Timeout + controllers.StatusTimeout; o.leaderElect && o.renewDeadline < longest {
		return fmt.Errorf("--leader-elect-renew-deadline is %s, must be at least %s: --reconcile-timeout and %s to write the status",
			o.renewDeadline, longest, controllers.StatusTimeout)
	}
	if o.retryPeriod <= 0 || o.renewDeadline <= 2*o.retryPeriod || o.leaseDuration <= o.renewDeadline {
		return errors.New("--leader-elect-retry-period must be greater than 0, --leader-elect-renew-deadline more than twice that, " +
			"and --leader-elect-lease-duration greater than the renew deadline")
	}
	if o.qps < 0 {
		return errors.New("--kube-api-qps must not be negative")
	}
	if o.pollThrough != pollThroughPodIP && o.pollThrough != pollThroughAPIServer {
		return fmt.Errorf("--poll-through is %q, must be %s or %s", o.pollThrough, pollThroughPodIP, pollThroughAPIServer)
	}
	return nil
}

// leaderElectionID is the name of the Lease.
const leaderElectionID = "interview-tracker-operator"

// The values of --poll-through.
const (
	pollThroughPodIP     = "pod-ip"
	pollThroughAPIServer = "api-server"
)

// transport is how the poller connects to API pods.
func (o options) transport(config *rest.Config) (health.Transport, error) {
	if o.pollThrough == pollThroughAPIServer {
		return health.ThroughAPIServer(config)
	}
	return health.Direct(), nil
}

// maxSimilarEvents is how many Events with one reason a tracker may have within ten minutes
// before they are combined into one that names a single object: as many as it has objects, each
// of which may be repaired or adopted.
const maxSimilarEvents = 64

func managerOptions(o options) ctrl.Options {
	broadcaster := record.NewBroadcasterWithCorrelatorOptions(record.CorrelatorOptions{
		MaxEvents: maxSimilarEvents, BurstSize: 2 * maxSimilarEvents,
	})
	return ctrl.Options{
		// It lives as long as the process does, as the deprecation asks for.
		EventBroadcaster: broadcaster, //nolint:staticcheck // There is no other way to set the limits.

		Scheme:                        controllers.Scheme(),
		MapperProvider:                optionalkinds.Mapper,
		Cache:                         controllers.CacheOptions(o.namespaces),
		Metrics:                       o.metrics(),
		HealthProbeBindAddress:        o.healthAddress,
		PprofBindAddress:              o.pprofAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              leaderElectionID,
		LeaseDuration:                 &o.leaseDuration,
		RenewDeadline:                 &o.renewDeadline,
		RetryPeriod:                   &o.retryPeriod,
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &o.shutdownTimeout,
		Controller:                    ctrlconfig.Controller{ReconciliationTimeout: o.controller.Timeout},
	}
}

// metrics is how /metrics is served: to clients with a certificate, or to those whom the API
// server knows by their token.
func (o options) metrics() metricsserver.Options {
	served := metricsserver.Options{
		BindAddress:   o.metricsAddress,
		SecureServing: true,
		CertDir:       o.metricsCertDir,
		TLSOpts:       []func(*tls.Config){o.setProtocols},
	}
	if o.metricsClientCA == "" {
		served.FilterProvider = restrictMetrics
		return served
	}
	served.TLSOpts = append(served.TLSOpts, requireCertificates(o.metricsClientCA))
	return served
}

// setProtocols leaves HTTP/2 out unless it is asked for: no scraper needs it, and
// its streams have been a way to exhaust servers more than once.
func (o options) setProtocols(config *tls.Config) {
	if !o.enableHTTP2 {
		config.NextProtos = []string{"http/1.1"}
	}
}
