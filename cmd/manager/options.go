// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
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
	healthAddress           string
	pprofAddress            string
	leaderElect             bool
	leaderElectionNamespace string
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
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "`address` of /healthz and /readyz; 0 disables them")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", "0", "`address` of /debug/pprof/, without authorization; 0 disables it")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "elect a leader, so that only one of several replicas is active")
	flags.StringVar(&o.leaderElectionNamespace, "leader-election-namespace", "", "`namespace` of the Lease; that of the pod if empty")
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
	flags.DurationVar(&o.controller.Timeout, "reconcile-timeout", time.Minute, "`time` after which the reconcile of a tracker is cancelled")
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
	if o.controller.Concurrency < 1 || o.controller.Timeout <= 0 || o.burst < 1 || o.polls < 1 {
		return options{}, errors.New("--max-concurrent-reconciles, --reconcile-timeout, --kube-api-burst and --max-concurrent-polls " +
			"must be greater than 0")
	}
	if o.qps < 0 {
		return options{}, errors.New("--kube-api-qps must not be negative")
	}
	if o.pollThrough != pollThroughPodIP && o.pollThrough != pollThroughAPIServer {
		return options{}, fmt.Errorf("--poll-through is %q, must be %s or %s", o.pollThrough, pollThroughPodIP, pollThroughAPIServer)
	}
	return o, nil
}

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

func managerOptions(o options) ctrl.Options {
	return ctrl.Options{
		Scheme:         controllers.Scheme(),
		MapperProvider: optionalkinds.Mapper,
		Cache:          controllers.CacheOptions(o.namespaces),
		Metrics: metricsserver.Options{
			BindAddress:    o.metricsAddress,
			SecureServing:  true,
			CertDir:        o.metricsCertDir,
			FilterProvider: filters.WithAuthenticationAndAuthorization,
		},
		HealthProbeBindAddress:        o.healthAddress,
		PprofBindAddress:              o.pprofAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "interview-tracker-operator",
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &o.shutdownTimeout,
		Controller:                    ctrlconfig.Controller{ReconciliationTimeout: o.controller.Timeout},
	}
}

// setLoggers makes the operator and its libraries log one JSON object per line to stderr:
// client-go logs with klog, net/http with the standard library.
func setLoggers(level zapcore.Level) (logr.Logger, error) {
	config := zap.NewProductionConfig()
	config.Level = zap.NewAtomicLevelAt(level)
	config.EncoderConfig.TimeKey = "time"
	config.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	writer, err := config.Build(zap.AddStacktrace(zapcore.DPanicLevel))
	if err != nil {
		return logr.Logger{}, fmt.Errorf("creating the logger: %w", err)
	}
	logger := zapr.NewLogger(writer)
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
	zap.RedirectStdLog(writer)
	return logger, nil
}
