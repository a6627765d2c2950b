// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
)

// chart is the name of the Helm chart.
const chart = "interview-tracker-operator"

// writeManifests writes install.yaml, crds.yaml and the packaged chart. hack/dist makes them from config/, as it
// makes those that are in the repository. They have the digest of the operator's image if that is published:
// a node that has loaded an image from an archive knows it by its tag alone.
func (r release) writeManifests(ctx context.Context, digest, work, to string) error {
	args := []string{"run", "./hack/dist", "--out", work, "--version", r.number(), "--registry", r.imageRegistry()}
	if r.registry != "" {
		args = append(args, "--digest", digest)
	}
	if _, err := output(ctx, r.root, "go", args...); err != nil {
		return err
	}
	for _, name := range []string{"install.yaml", "crds.yaml"} {
		if err := os.Rename(filepath.Join(work, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return r.packageChart(filepath.Join(work, chart), to)
}

// packageChart packages a chart, as `helm package` does but for the times of its files.
func (r release) packageChart(folder, to string) error {
	files, err := readFolder(folder, chart+"/")
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	if err := writeTarGz(&packed, r.date, files); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, chart+"-"+r.number()+".tgz"), packed.Bytes(), 0o644)
}
