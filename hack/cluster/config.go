// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"embed"
	"os"
	"text/template"
)

//go:embed config
var configFiles embed.FS

var configTemplates = template.Must(template.New("").Option("missingkey=error").ParseFS(configFiles, "config/*"))

// writeConfig fills in the configuration files of all programs.
func writeConfig(l layout, bin binaries) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	values := map[string]any{
		"State":            l.state(),
		"Config":           l.inState("config"),
		"PKI":              l.inState("pki"),
		"Run":              runDir,
		"ContainerdSocket": containerdSocket,
		"Bin":              bin,
		"PauseImage":       pauseImage,
		"Network":          networkName,
		"Bridge":           bridgeName,
		"BridgeIP":         bridgeIP,
		"LoopbackIP":       loopbackIP,
		"PodCIDR":          podCIDR,
		"ServiceCIDR":      serviceCIDR,
		"Node":             nodeName,
		"KubeletDir":       kubeletDir,
		"Cgroup":           cgroupName,
		"Ports":            l.ports,
		"Provisioner":      provisionerName,
		"Self":             self,
		"Provision":        provisionCommand,
	}
	if err := os.MkdirAll(l.inState("config"), 0o700); err != nil {
		return err
	}
	for _, file := range configTemplates.Templates() {
		var content bytes.Buffer
		if err := file.Execute(&content, values); err != nil {
			return err
		}
		if err := os.WriteFile(l.config(file.Name()), content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
