// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed config
var configFiles embed.FS

var configTemplates = template.Must(template.New("").Option("missingkey=error").ParseFS(configFiles, "config/*"))

// configPaths are the configuration files, and their places among the cluster's state.
var configPaths = map[string]string{
	"audit-policy.yaml": "audit-policy.yaml",
	"cni.conflist":      "cni/10-bridge.conflist",
	"containerd.toml":   "containerd.toml",
	"Corefile":          "Corefile",
	"kube-proxy.yaml":   "kube-proxy.yaml",
	"kubelet.yaml":      "kubelet.yaml",
	"objects.yaml":      "objects.yaml",
}

// writeConfig fills in the configuration files of all programs.
func writeConfig(l layout, bin binaries) error {
	values := map[string]any{
		"State":            l.state(),
		"Config":           l.inState("config"),
		"PKI":              l.inState("pki"),
		"Run":              runDir,
		"ContainerdSocket": containerdSocket,
		"ContainerdBin":    bin.containerd,
		"PauseImage":       pauseImage,
		"Network":          networkName,
		"Bridge":           bridgeName,
		"BridgeIP":         bridgeIP,
		"PodCIDR":          podCIDR,
		"Node":             nodeName,
		"Cgroup":           cgroupName,
		"Ports":            l.ports,
		"Provisioner":      provisionerName,
	}
	for name, path := range configPaths {
		var content bytes.Buffer
		if err := configTemplates.ExecuteTemplate(&content, name, values); err != nil {
			return err
		}
		path = l.config(path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
