// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
)

// monitoringRootfs is what the exporters of Debian need to run, and no more: the packages are only
// unpacked, and little of what they depend on is ever used.
var monitoringRootfs = rootfs{
	holds:   "Alertmanager and the blackbox exporter",
	usually: "about 10s",
	options: []string{
		"--variant=extract",
		"--include=prometheus-alertmanager,prometheus-blackbox-exporter",
		`--extract-hook=cd "$1/usr" && rm -rf bin/amtool bin/perl* lib/locale lib/systemd lib/*/gconv lib/*/libperl* lib/*/perl* share`,
	},
}

// monitoringImages are what the tests of the monitoring run in the cluster: the real thing, as far
// as the module proxy and Debian have it.
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
	for _, program := range []struct{ image, binary string }{
		{"alertmanager:v0.25.0", "prometheus-alertmanager"},
		{"blackbox-exporter:v0.23.0", "prometheus-blackbox-exporter"},
	} {
		images = append(images, image{
			name:   registry + program.image,
			config: imageConfig{User: nonRoot, Entrypoint: []string{"/usr/bin/" + program.binary}},
			layers: []blob{debian},
		})
	}
	return images, nil
}

// images makes an image of each of a component's binaries, tagged with the component's version.
func (c component) images(ctx context.Context, l layout) ([]image, error) {
	dir, err := c.buildAll(ctx, l)
	if err != nil {
		return nil, err
	}
	version, _, err := c.identity(l)
	if err != nil {
		return nil, err
	}
	var images []image
	for _, s := range c.steps {
		for _, name := range s.names() {
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
			images = append(images, image{
				name:   registry + name + ":" + version,
				config: imageConfig{User: nonRoot, Entrypoint: []string{"/bin/" + name}},
				layers: []blob{layer},
			})
		}
	}
	return images, nil
}
