// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	recordFile  = runDir + "/cluster.json"
	machineLock = runDir + ".lock"
	lockTimeout = 3 * time.Minute
)

// record describes the cluster that this machine runs, and the machine as it was before.
type record struct {
	Root    string            // The checkout.
	Ready   bool              // It came up completely.
	Sysctls map[string]string // Kernel settings that the cluster changes, as they were.
	Chains  []string          // iptables chains of other programs that are named like ours.
	Made    []string          // Folders outside the checkout that did not exist.
	Ports   ports
}

// sysctls are the kernel settings that kubelet, kube-proxy and the CNI plugins change.
var sysctls = []string{
	"kernel.keys.root_maxbytes", "kernel.keys.root_maxkeys", "kernel.panic", "kernel.panic_on_oops",
	"net.ipv4.ip_forward", "vm.overcommit_memory", "vm.panic_on_oom",
}

// foldersOutside are the folders that kubelet and the CNI library create at fixed places, and the one in
// which kubelet's cAdvisor looks for containerd.
var foldersOutside = []string{"/var/lib/kubelet", "/var/lib/cni", "/var/log/containers", filepath.Dir(cadvisorSocket)}

func lockMachine(ctx context.Context) (unlock func(), err error) {
	return lock(ctx, machineLock, lockTimeout)
}

// readRecord returns nil when this machine runs no cluster.
func readRecord() (*record, error) {
	var r record
	err := readYAML(recordFile, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && r.Root == "" {
		err = fmt.Errorf("%s names no checkout: remove it if no process of a cluster runs", recordFile)
	}
	for name, l := range chosenListeners { // A port that an earlier version of this program did not choose.
		if _, chosen := r.Ports[name]; !chosen && r.Ports != nil {
			r.Ports[name] = l.port
		}
	}
	return &r, err
}

// checkMachine fails if anything prevents a new cluster on this machine.
func checkMachine(ctx context.Context) error {
	if err := addressesFree(); err != nil {
		return err
	}
	if err := checkFree(ctx, fixedListeners, "stop it, or restrict it to its own addresses"); err != nil {
		return err
	}
	for _, chain := range ourChains() {
		if strings.HasPrefix(chain, "KUBE-") {
			return fmt.Errorf("another Kubernetes node runs on this machine (it has the iptables chain %s): "+
				"stop it, or use it by setting KUBECONFIG", chain)
		}
	}
	hierarchies, err := cgroupMounts()
	if err != nil {
		return err
	}
	if cgroup := anothersPods(hierarchies); cgroup != "" {
		return fmt.Errorf("another kubelet's pods run on this machine (in the cgroup %s): "+
			"stop it, or use its cluster by setting KUBECONFIG", cgroup)
	}
	return nil
}

// claimMachine chooses the cluster's ports and records how the machine is.
func claimMachine(ctx context.Context, root string) (*record, error) {
	chosen, err := choosePorts(ctx, chosenListeners)
	if err != nil {
		return nil, err
	}
	r := &record{Root: root, Ports: chosen, Sysctls: map[string]string{}, Chains: ourChains()}
	for _, name := range sysctls {
		if value, err := os.ReadFile(sysctlPath(name)); err == nil {
			r.Sysctls[name] = strings.TrimSpace(string(value))
		}
	}
	for _, dir := range foldersOutside {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			r.Made = append(r.Made, dir)
		}
	}
	if err := os.MkdirAll(runDir, 0o700); err != nil {
		return nil, err
	}
	return r, writeJSON(recordFile, r)
}

// addressesFree fails if the machine uses one of the cluster's networks.
func addressesFree() error {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, address := range addresses {
		used, err := netip.ParsePrefix(address.String())
		if err != nil {
			continue
		}
		for _, cidr := range []string{podCIDR, serviceCIDR} {
			if used.Overlaps(netip.MustParsePrefix(cidr)) {
				return fmt.Errorf("this machine's address %s lies in %s, which the cluster needs: remove that address, "+
					"or use another cluster by setting KUBECONFIG", used, cidr)
			}
		}
	}
	return nil
}

// restore puts back what the cluster changed on the machine, apart from its own objects.
func (r *record) restore() error {
	var errs []error
	for name, value := range r.Sysctls {
		now, err := os.ReadFile(sysctlPath(name))
		if err == nil && strings.TrimSpace(string(now)) != value {
			errs = append(errs, os.WriteFile(sysctlPath(name), []byte(value), 0o644))
		}
	}
	results, _ := filepath.Glob("/var/lib/cni/results/" + networkName + "-*")
	for _, path := range results {
		errs = append(errs, os.Remove(path))
	}
	for _, dir := range []string{"/var/log/containers", filepath.Dir(cadvisorSocket)} {
		entries, _ := filepath.Glob(dir + "/*")
		for _, path := range entries {
			to, _ := os.Readlink(path)
			if strings.HasPrefix(to, runDir+"/") || strings.HasPrefix(to, layout{root: r.Root}.state()+"/") {
				errs = append(errs, os.Remove(path))
			}
		}
	}
	return errors.Join(errs...)
}

// removeShared removes what has the same name in every Kubernetes, unless another one has been started
// on this machine since then and may use it.
func (r *record) removeShared() error {
	hierarchies, err := cgroupMounts()
	if err != nil {
		return err
	}
	if cgroup := anothersPods(hierarchies); cgroup != "" {
		say("another kubelet's pods run on this machine (in the cgroup %s): leaving the iptables chains KUBE-* and CNI-*, and %s",
			cgroup, strings.Join(r.Made, ", "))
		return nil
	}
	errs := []error{removeChains(r.Chains)}
	for _, dir := range r.Made {
		errs = append(errs, removeTree(dir))
	}
	return errors.Join(errs...)
}

func sysctlPath(name string) string {
	return filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
}
