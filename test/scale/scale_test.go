// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

// Package scale measures what many trackers cost: it runs the manager's binary against a bare
// kube-apiserver with etcd, which KUBEBUILDER_ASSETS names, and creates trackers with all
// of their monitoring. No controller of Kubernetes runs, so that no pod ever becomes
// ready. A bare client applies the same objects in the same run, in turn with the operator,
// so that the ratio of the two times says more than either.
package scale

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/controllers"
	"github.com/interview-tracker/interview-tracker-operator/test/apiserver"
	"github.com/interview-tracker/interview-tracker-operator/test/crds"
)

// options are the flags.
type options struct {
	manager  string
	trackers int
	workers  int
	window   time.Duration
	profiles string
}

var flags options

func init() {
	flag.StringVar(&flags.manager, "manager", filepath.Join("..", "..", "bin", "manager"), "`file` of the manager")
	flag.IntVar(&flags.trackers, "trackers", 200, "`number` of trackers")
	flag.IntVar(&flags.workers, "workers", 4, "trackers that the manager and the bare client work on at the same time")
	flag.DurationVar(&flags.window, "window", time.Minute, "`time` over which the CPU of the settled trackers is measured")
	flag.StringVar(&flags.profiles, "profiles", "", "`folder` for profiles of the manager's heap and CPU; none when empty")
}

// TestScale fails if the trackers don't get their objects; what they cost, it only prints.
func TestScale(t *testing.T) {
	if err := run(t.Context(), flags); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, o options) (err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	monitoring, err := crds.Optional(ctx)
	if err != nil {
		return err
	}
	environment := apiserver.New(append([]string{filepath.Join("..", "..", "config", "crd", "bases")}, monitoring...)...)
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/12")
	config, err := environment.Start()
	if err != nil {
		return fmt.Errorf("starting kube-apiserver and etcd: %w", err)
	}
	defer func() { err = errors.Join(err, environment.Stop()) }()
	config.QPS = -1
	c, err := client.NewWithWatch(config, client.Options{Scheme: controllers.Scheme()})
	if err != nil {
		return err
	}
	for _, namespace := range []string{sampleNamespace, trackerNamespace, bareNamespace} {
		if err := c.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
			return err
		}
	}
	b := &bench{options: o, client: c}
	if b.folder, err = os.MkdirTemp("", "scale"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.folder)) }()
	kubeconfig := filepath.Join(b.folder, "kubeconfig")
	if err := os.WriteFile(kubeconfig, environment.KubeConfig, 0o600); err != nil {
		return err
	}
	if b.token, err = metricsToken(ctx, c); err != nil {
		return err
	}
	if err := b.measure(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(b.folder, logFile))
		return fmt.Errorf("%w; the manager's log ends with\n%s", err, log[max(0, len(log)-32768):])
	}
	return nil
}

// The namespaces and the names have the same lengths, so that the objects have.
const (
	sampleNamespace  = "scale-sample"
	trackerNamespace = "scale-tested"
	bareNamespace    = "scale-client"
	sampleName       = "tracker-sample"
)

func nameOf(i int) string { return fmt.Sprintf("tracker-%06d", i) }

// bench is one run.
type bench struct {
	options
	client client.WithWatch
	folder string
	token  string
}

// measure is the whole run. The table goes to stdout, line by line as it is known.
func (b *bench) measure(ctx context.Context) error {
	m, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = m.stop() }()
	sample, err := b.sample(ctx)
	if err != nil {
		return fmt.Errorf("the first tracker: %w", err)
	}
	if err := m.stop(); err != nil {
		return err
	}
	fmt.Printf("%d trackers of %d objects, %d at a time\n", b.trackers, len(sample), b.workers)

	if m, err = b.start(ctx); err != nil {
		return err
	}
	first, err := m.settled(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("with %4d trackers: %s\n", 1, first.memory())
	profiled := make(chan error, 1)
	go func() { profiled <- m.profile(ctx, b.profiles, "create", b.window) }()
	last, err := b.compare(ctx, m, sample, first)
	if err != nil {
		return err
	}
	if err := <-profiled; err != nil {
		return err
	}
	if last, err = b.quiet(ctx, m, last); err != nil {
		return err
	}
	fmt.Printf("memory a tracker:   %s\n", last.memorySince(first, b.trackers))
	return m.stop()
}

// rounds is how often the operator and the bare client take turns, each of them first in
// every other round: what else the machine does meets both alike.
const rounds = 10

// compare has the operator and the bare client each make all the objects of as many
// trackers, and returns the manager's usage after that.
func (b *bench) compare(ctx context.Context, m *manager, sample []string, before usage) (usage, error) {
	var operator, bare time.Duration
	var ratios []float64
	for round := range rounds {
		from, to := b.trackers*round/rounds, b.trackers*(round+1)/rounds
		var took [2]time.Duration
		turns := []func() error{
			func() (err error) {
				if took[0], err = b.create(ctx, sample, from, to); err != nil {
					return fmt.Errorf("the operator: %w", err)
				}
				after, err := m.settled(ctx)
				if err != nil {
					return err
				}
				fmt.Printf("with %4d trackers: %s; %s\n", to+1, after.memory(), after.since(before, to-from))
				before = after
				return nil
			},
			func() (err error) {
				if took[1], err = b.apply(ctx, sample, from, to); err != nil {
					return fmt.Errorf("the bare client: %w", err)
				}
				return nil
			},
		}
		if round%2 == 1 {
			slices.Reverse(turns)
		}
		for _, turn := range turns {
			if err := turn(); err != nil {
				return usage{}, err
			}
		}
		operator, bare = operator+took[0], bare+took[1]
		ratios = append(ratios, took[0].Seconds()/took[1].Seconds())
	}
	slices.Sort(ratios)
	fmt.Printf("until all objects exist: operator %.1f s, bare client %.1f s, ratio %.2f (of %d rounds: median %.2f, %.2f to %.2f)\n",
		operator.Seconds(), bare.Seconds(), operator.Seconds()/bare.Seconds(),
		rounds, (ratios[rounds/2-1]+ratios[rounds/2])/2, ratios[0], ratios[rounds-1])
	return before, nil
}

// quiet measures what the trackers cost while nothing changes, and returns the usage
// after it.
func (b *bench) quiet(ctx context.Context, m *manager, before usage) (usage, error) {
	profiled := make(chan error, 1)
	go func() { profiled <- m.profile(ctx, b.profiles, "settled", b.window) }()
	select {
	case <-time.After(b.window): // It is what is measured.
	case <-ctx.Done():
		return usage{}, ctx.Err()
	}
	after, err := m.usage(ctx)
	if err != nil {
		return usage{}, err
	}
	fmt.Printf("settled, not ready: %s, %.2f %% of a core; %s\n",
		after.memory(), 100*(after.cpu-before.cpu)/after.at.Sub(before.at).Seconds(), after.since(before, b.trackers))
	return after, <-profiled
}

// tracker has all the monitoring that there is.
func tracker(namespace, name string) *v1alpha1.InterviewTracker {
	return &v1alpha1.InterviewTracker{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.InterviewTrackerSpec{
			Version:    "1.0.0",
			Monitoring: &v1alpha1.MonitoringSpec{Synthetic: &v1alpha1.SyntheticSpec{ProberAddress: "blackbox-exporter.monitoring:9115"}},
		},
	}
}
