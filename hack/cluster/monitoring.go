// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// monitoringRootfs is what Debian's Alertmanager and blackbox exporter need to run: the packages are
// only unpacked, and little of what they depend on is ever used.
var monitoringRootfs = rootfs{
	holds:   "Alertmanager and the blackbox exporter",
	usually: "about 10s",
	options: []string{
		"--variant=extract",
		"--include=prometheus-alertmanager,prometheus-blackbox-exporter",
		`--extract-hook=cd "$1/usr" && rm -rf bin/amtool bin/perl* lib/locale lib/systemd lib/*/gconv lib/*/libperl* lib/*/perl*`,
		// Alertmanager reads its default templates from there.
		`--extract-hook=cd "$1/usr/share" && find . -mindepth 1 -maxdepth 1 ! -name prometheus -exec rm -r {} +`,
	},
}

// monitoring loads the images that the tests of the monitoring run.
func monitoring(ctx context.Context, l layout) error { return loadLater(ctx, l, monitoringImages) }

// logging loads the image of the collector that config/logging runs.
func logging(ctx context.Context, l layout) error {
	return loadLater(ctx, l, otelCollectorComponent.images)
}

// loadLater builds images and loads them into the running cluster. A tracker becomes Ready without
// them, so up does not wait for them.
func loadLater(ctx context.Context, l layout, build func(context.Context, layout) ([]image, error)) error {
	isUp, err := l.isUp()
	if err != nil {
		return err
	}
	if !isUp {
		return errors.New("the local cluster is not up: run 'make cluster-up' first")
	}
	images, err := build(ctx, l)
	if err != nil {
		return err
	}
	containerd, err := containerdComponent.build(ctx, l)
	if err != nil {
		return err
	}
	unlock, err := lockMachine(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return loadImages(ctx, containerd, images)
}

// loadPackage is the load test, which is of a module of its own.
const loadPackage = "github.com/interview-tracker/interview-tracker-operator/test/load"

// monitoringImages are built from source where the module proxy has it, and from Debian's packages
// otherwise. Among them is that of the load test.
func monitoringImages(ctx context.Context, l layout) ([]image, error) {
	var images []image
	for _, c := range []component{prometheusOperatorComponent, prometheusComponent} {
		built, err := c.images(ctx, l)
		if err != nil {
			return nil, err
		}
		images = append(images, built...)
	}
	debian, err := monitoringRootfs.build(ctx)
	if err != nil {
		return nil, err
	}
	for name, binary := range map[string]string{
		"alertmanager:v0.25.0":      "prometheus-alertmanager",
		"blackbox-exporter:v0.23.0": "prometheus-blackbox-exporter",
	} {
		config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/usr/bin/" + binary}}
		images = append(images, image{registry + name, config, []blob{debian}})
	}
	load, err := buildProgram(ctx, filepath.Join(l.root, "test", "load"), loadPackage, "load")
	if err != nil {
		return nil, err
	}
	config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/load"}}
	return append(images, image{registry + "interview-tracker-load:dev", config, []blob{load}}), nil
}

// images makes an image of each of a component's binaries, tagged with the component's version.
func (c component) images(ctx context.Context, l layout) ([]image, error) {
	dir, err := c.build(ctx, l)
	if err != nil {
		return nil, err
	}
	src, err := c.source(l)
	if err != nil {
		return nil, err
	}
	var images []image
	for _, name := range src.names() {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		layer, err := newLayer(
			file{path: "bin", mode: fs.ModeDir | 0o755},
			file{path: "bin/" + name, mode: 0o755, content: content},
		)
		if err != nil {
			return nil, err
		}
		config := ocispec.ImageConfig{User: nonRoot, Entrypoint: []string{"/bin/" + name}}
		images = append(images, image{registry + name + ":" + src.version, config, []blob{layer}})
	}
	return images, nil
}
