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

// Names and addresses on the machine. They are unusual on purpose, so as not to clash with a
// network that the machine already has; nothing listens on an address that other machines can reach.
const (
	nodeName    = "local"
	bridgeName  = "itracker0"
	networkName = "interview-tracker"
	cgroupName  = "interview-tracker-cluster"

	bridgeIP     = "10.201.0.1"
	podCIDR      = "10.201.0.0/16"
	serviceCIDR  = "10.202.0.0/16"
	kubernetesIP = "10.202.0.1" // The API server's own Service: the first address of serviceCIDR.

	// What describes the running cluster lies here and not in the checkout: there is one cluster
	// on a machine, its sockets need short paths, and it can be ended after its checkout is gone.
	runDir           = "/run/interview-tracker-cluster"
	containerdSocket = runDir + "/containerd.sock"
	kubeletDir       = runDir + "/kubelet" // A bind mount of the checkout's folder.

	// Where kubelet's cAdvisor looks for containerd; no flag changes it.
	cadvisorSocket = "/run/containerd/containerd.sock"
)

// layout is where the files of a checkout's cluster are, and the ports of the cluster once it has some.
type layout struct {
	root  string
	ports ports
}

func (l layout) kubeconfig() string           { return l.state("kubeconfig") }
func (l layout) log(name string) string       { return l.state("logs", name+".log") }
func (l layout) config(name string) string    { return l.state("config", name) }
func (l layout) pki(name string) string       { return l.state("pki", name) }
func (l layout) component(name string) string { return l.program("components", name) }

// state is the folder of the cluster's files, or a path in it.
func (l layout) state(parts ...string) string {
	return filepath.Join(l.root, ".cluster", filepath.Join(parts...))
}

// program is the folder of this program, or a path in it.
func (l layout) program(parts ...string) string {
	return filepath.Join(l.root, "hack", "cluster", filepath.Join(parts...))
}

// cacheDir holds what takes long to build and does not belong to one checkout.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "interview-tracker-operator")
	return dir, os.MkdirAll(dir, 0o755)
}

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
		"Config":           l.state("config"),
		"PKI":              l.state("pki"),
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
	if err := os.MkdirAll(l.state("config"), 0o700); err != nil {
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
