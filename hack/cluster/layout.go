// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
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

func (l layout) state() string                { return filepath.Join(l.root, ".cluster") }
func (l layout) kubeconfig() string           { return l.inState("kubeconfig") }
func (l layout) log(name string) string       { return l.inState("logs", name+".log") }
func (l layout) config(name string) string    { return l.inState("config", name) }
func (l layout) pki(name string) string       { return l.inState("pki", name) }
func (l layout) component(name string) string { return l.inProgram("components", name) }

func (l layout) apiServerURL() string {
	return fmt.Sprintf("https://%s:%d", bridgeIP, l.ports["APIServer"])
}

func (l layout) inState(parts ...string) string {
	return filepath.Join(append([]string{l.state()}, parts...)...)
}

func (l layout) inProgram(parts ...string) string {
	return filepath.Join(append([]string{l.root, "hack", "cluster"}, parts...)...)
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
