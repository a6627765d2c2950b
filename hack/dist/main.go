// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Dist generates what users install, from the kustomize bases in config: install.yaml, the templates and
// the README of the Helm chart, and a bundle for the Operator Lifecycle Manager. It runs in the repository's root. Without flags it
// writes what is committed (`make manifests`); with --out, what a release publishes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// chart is the folder of the chart, and its name.
const (
	chartName = "interview-tracker-operator"
	chart     = "charts/" + chartName
)

// release is what differs between releases; the zero value is what is committed.
type release struct {
	registry string // of the three images, such as registry.example.com/team
	version  string // of the chart, the operator and its image; a semantic version
	digest   string // of the operator's image
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var r release
	flags := flag.NewFlagSet("dist", flag.ExitOnError)
	out := flags.String("out", "", "`folder` for install.yaml, crds.yaml, the chart and the bundle of a release; empty writes what is committed")
	flags.StringVar(&r.registry, "registry", "", "`registry` of the images of a release, such as registry.example.com/team")
	flags.StringVar(&r.version, "version", "", "semantic `version` of a release, without v")
	flags.StringVar(&r.digest, "digest", "", "`digest` of the operator's image, such as sha256:…; the image is named by its version if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" {
		if flags.NFlag() > 0 {
			return errors.New("--registry, --version and --digest are those of a release: add --out")
		}
		return writeCommitted()
	}
	if err := r.validate(); err != nil {
		return err
	}
	return writeRelease(*out, r)
}

var (
	semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`) // without build metadata, which no image's tag may have
	sha256   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

func (r release) validate() error {
	if !semantic.MatchString(r.version) {
		return fmt.Errorf("--version is %q, must be a semantic version such as 1.2.3", r.version)
	}
	if r.registry == "" || strings.HasSuffix(r.registry, "/") {
		return fmt.Errorf("--registry is %q, must be a registry such as registry.example.com/team", r.registry)
	}
	if r.digest != "" && !sha256.MatchString(r.digest) {
		return fmt.Errorf("--digest is %q, must be sha256: and 64 digits", r.digest)
	}
	return nil
}

// writeCommitted writes dist/install.yaml, the bundle and the generated files of the chart.
func writeCommitted() error {
	text, err := installYAML(release{})
	if err != nil {
		return err
	}
	if err := write("dist/install.yaml", text); err != nil {
		return err
	}
	if err := writeBundle("bundle", release{}); err != nil {
		return err
	}
	return writeChart(chart)
}

// writeRelease writes install.yaml, crds.yaml, the bundle and the whole chart.
func writeRelease(out string, r release) error {
	install, err := installYAML(r)
	if err != nil {
		return err
	}
	crds, err := crdsYAML()
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"install.yaml": install, "crds.yaml": crds} {
		if err := write(filepath.Join(out, name), text); err != nil {
			return err
		}
	}
	if err := writeBundle(filepath.Join(out, "bundle"), r); err != nil {
		return err
	}
	folder := filepath.Join(out, chartName)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.CopyFS(folder, os.DirFS(chart)); err != nil {
		return err
	}
	if err := r.stamp(folder); err != nil {
		return err
	}
	return writeChart(folder)
}

// write writes a file and the folder that it is in.
func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
