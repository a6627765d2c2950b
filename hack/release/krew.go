// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/krew/pkg/index"
	"sigs.k8s.io/yaml"
)

const pluginDescription = `Shows whether the trackers of the Interview Tracker Operator work, and if not, why, and checks what
they need in the cluster. Waits for them, suspends, restarts and scales them, opens their page, reads
their logs and events, and collects a report for others without a secret. Says what the operator would
change, and prints the objects of a tracker without a cluster. It has the rights of the user who runs it.
`

// writeKrewManifest writes what krew installs the plugin with: `kubectl krew install --manifest=tracker.yaml`.
func (r release) writeKrewManifest(archives []archive, to string) error {
	text, err := yaml.Marshal(r.krewManifest(archives))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "tracker.yaml"), text, 0o644)
}

func (r release) krewManifest(archives []archive) index.Plugin {
	manifest := index.Plugin{
		TypeMeta:   metav1.TypeMeta{APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin"},
		ObjectMeta: metav1.ObjectMeta{Name: "tracker"},
		Spec: index.PluginSpec{
			Version:          r.version,
			ShortDescription: "Look at and drive InterviewTrackers",
			Description:      pluginDescription,
			Homepage:         repository,
		},
	}
	for _, a := range archives {
		if a.binary.program.name != plugin {
			continue
		}
		manifest.Spec.Platforms = append(manifest.Spec.Platforms, index.Platform{
			URI:      r.baseURL + "/" + a.name,
			Sha256:   a.sha256,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"os": a.binary.platform.os, "arch": a.binary.platform.arch}},
			Files:    []index.FileOperation{{From: a.binary.file(), To: "."}, {From: "LICENSE", To: "."}},
			Bin:      a.binary.file(),
		})
	}
	return manifest
}
