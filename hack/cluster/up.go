// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// up starts the checkout's cluster, or what has ended of it, and brings its images up to date.
func up(ctx context.Context, l layout) error {
	start := time.Now()
	// What prevents a cluster is reported before anything is built.
	unlock, err := lockMachine(ctx)
	if err != nil {
		return err
	}
	_, err = usable(ctx, l)
	unlock()
	if err != nil {
		return err
	}
	bin, images, err := build(ctx, l)
	if err != nil {
		return err
	}

	if unlock, err = lockMachine(ctx); err != nil {
		return err
	}
	defer unlock()
	r, err := usable(ctx, l)
	if err != nil {
		return err
	}
	if r == nil {
		if r, err = prepare(ctx, l); err != nil {
			return err
		}
	}
	l.ports = r.Ports
	if err := startAll(ctx, l, bin, images); err != nil {
		return err
	}
	r.Ready = true
	if err := writeJSON(recordFile, r); err != nil {
		return err
	}
	say("up in %s: export KUBECONFIG=%s", time.Since(start).Round(100*time.Millisecond), l.kubeconfig())
	return nil
}

// usable returns the record of the checkout's running cluster, nil where a new one can be made. It
// removes what is left of a killed one, and fails where something prevents a cluster.
func usable(ctx context.Context, l layout) (*record, error) {
	r, leftover, err := standing(l)
	if err != nil {
		return nil, err
	}
	if r != nil && !leftover {
		return r, r.Ports.checkEnded(ctx, runs)
	}
	if leftover {
		say("removing what is left of a cluster that did not come up, or was killed")
		if err := teardown(ctx, layout{root: r.Root}, r); err != nil {
			return nil, err
		}
	}
	return nil, checkMachine(ctx)
}

// status prints up or down; it fails if the cluster can't be started.
func status(_ context.Context, l layout) error {
	isUp, err := l.isUp()
	state := "down"
	if isUp {
		state = "up"
	}
	if err == nil {
		fmt.Println(state)
	}
	return err
}

func (l layout) isUp() (bool, error) {
	r, leftover, err := standing(l)
	return r != nil && !leftover, err
}

// standing returns the record of the machine's cluster, nil if there is none, and whether it has to be
// removed first. It fails if another checkout's cluster runs.
func standing(l layout) (r *record, leftover bool, err error) {
	r, err = readRecord()
	if err != nil || r == nil {
		return nil, false, err
	}
	leftover, err = r.leftover(l, slices.ContainsFunc(allRecorded(), process.alive))
	return r, leftover, err
}

// leftover reports whether the recorded cluster has to be removed: it never came up, or was killed,
// whichever checkout it belongs to. A running cluster of another checkout is an error.
func (r *record) leftover(l layout, running bool) (bool, error) {
	if running && r.Root != l.root {
		return false, fmt.Errorf("this machine already runs the cluster of %s: stop it with go run -C %s . down --root %s",
			r.Root, l.program(), r.Root)
	}
	return !r.Ready || !running, nil
}

// build makes what the cluster runs. First comes what is quick and most likely to fail: the checkout's
// own programs. The rest is built side by side, so that downloading and linking, each of which keeps at
// most one core busy, do not hold up compiling.
func build(ctx context.Context, l layout) (binaries, []image, error) {
	if err := installPackages(l); err != nil {
		return binaries{}, nil, err
	}
	var images []image
	err := step("building this checkout's programs for their images", "a few seconds, about 1m the first time", func() (err error) {
		images, err = programImages(ctx, l)
		return err
	})
	if err != nil {
		return binaries{}, nil, err
	}
	var bin binaries
	var databases []image
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		databases, err = databaseImages(ctx)
		return err
	})
	group.Go(func() (err error) {
		bin.Kubernetes, err = kubernetesComponent.build(ctx, l)
		return err
	})
	group.Go(func() (err error) {
		if bin.Containerd, err = containerdComponent.build(ctx, l); err != nil {
			return err
		}
		bin.CoreDNS, err = corednsComponent.build(ctx, l)
		return err
	})
	err = group.Wait()
	return bin, slices.Concat(images, databases), err
}

// prepare chooses a new cluster's ports and makes its folders and keys.
func prepare(ctx context.Context, l layout) (*record, error) {
	r, err := claimMachine(ctx, l.root)
	if err != nil {
		return nil, err
	}
	l.ports = r.Ports
	if err := removeState(l); err != nil {
		return nil, err
	}
	for _, old := range []string{l.state("logs"), l.state("audit.log")} {
		if err := removeTree(old); err != nil {
			return nil, err
		}
	}
	for _, dir := range []string{"config", "etcd", "logs", "pki", "volumes"} {
		if err := os.MkdirAll(l.state(dir), 0o700); err != nil {
			return nil, err
		}
	}
	return r, writePKI(l)
}

// startAll starts what does not run yet, each process after those that it needs.
func startAll(ctx context.Context, l layout, bin binaries, images []image) error {
	if err := writeConfig(l, bin); err != nil {
		return err
	}
	if err := ensureBridge(); err != nil {
		return err
	}
	if err := startContainerd(ctx, l, bin); err != nil {
		return err
	}
	loaded := make(chan error, 1)
	go func() { loaded <- loadImages(ctx, bin.Containerd, images) }()
	client, err := startControlPlane(ctx, l, bin)
	if err != nil {
		return err
	}
	if err := startNode(ctx, l); err != nil {
		return err
	}
	if err := <-loaded; err != nil {
		return err
	}
	return waitForNode(ctx, l, client)
}
