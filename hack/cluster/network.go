// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"slices"
	"strings"
)

// ensureBridge creates the bridge of the pods' network. It exists before any pod, because its address is
// the node's: API server, kubelet and DNS listen on it.
func ensureBridge() error {
	if interfaceExists(bridgeName) {
		return nil
	}
	_, network, err := net.ParseCIDR(podCIDR)
	if err != nil {
		return err
	}
	ones, _ := network.Mask.Size()
	prefix := (&net.IPNet{IP: net.ParseIP(bridgeIP), Mask: net.CIDRMask(ones, 32)}).String()
	for _, args := range [][]string{
		// A fixed hardware address, or it would change with the pods that come and go.
		{"ip", "link", "add", bridgeName, "address", "02:00:0a:c9:00:01", "type", "bridge"},
		{"ip", "address", "add", prefix, "dev", bridgeName},
		{"ip", "link", "set", bridgeName, "up"},
	} {
		if _, err := command("", args...); err != nil {
			return err
		}
	}
	return nil
}

func removeBridge() error {
	if !interfaceExists(bridgeName) {
		return nil
	}
	_, err := command("", "ip", "link", "delete", bridgeName)
	return err
}

func interfaceExists(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil
}

// iptablesFlavours are the programs with which rules can have been made. The legacy ones are used only
// if the kernel has legacy tables: they create the tables.
func iptablesFlavours() []string {
	flavours := []string{"iptables-nft", "ip6tables-nft"}
	for flavour, tables := range map[string]string{
		"iptables-legacy":  "/proc/net/ip_tables_names",
		"ip6tables-legacy": "/proc/net/ip6_tables_names",
	} {
		if content, err := os.ReadFile(tables); err == nil && len(content) > 0 {
			flavours = append(flavours, flavour)
		}
	}
	return flavours
}

// ourChains lists the existing chains that kube-proxy and the CNI plugins make, less the given.
func ourChains(except []string) []string {
	var chains []string
	for _, flavour := range iptablesFlavours() {
		saved, err := command("", flavour+"-save")
		if err != nil {
			continue // Not installed, or not in this kernel: then there are no rules of its kind.
		}
		for line := range strings.Lines(saved) {
			if chain, ok := declaredChain(line); ok && !slices.Contains(except, chain) {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

// removeChains removes those chains, and the rules that lead to them.
func removeChains(except []string) error {
	for _, flavour := range iptablesFlavours() {
		saved, err := command("", flavour+"-save")
		if err != nil {
			continue
		}
		if script := removalScript(saved, except); script != "" {
			if _, err := command(script, flavour+"-restore", "--noflush"); err != nil {
				return err
			}
		}
	}
	return nil
}

// removalScript turns an iptables-save into the input of iptables-restore --noflush that removes
// our chains (less the given) and the built-in chains' rules that jump to them.
func removalScript(saved string, except []string) string {
	var script strings.Builder
	var table string
	var flush, unlink, remove []string
	for line := range strings.Lines(saved) {
		line = strings.TrimSpace(line)
		chain, declared := declaredChain(line)
		switch {
		case strings.HasPrefix(line, "*"):
			table, flush, unlink, remove = line, nil, nil, nil
		case declared && !slices.Contains(except, chain):
			flush = append(flush, ":"+chain+" - [0:0]") // Declaring an existing chain empties it.
			remove = append(remove, "-X "+chain)
		case strings.HasPrefix(line, "-A "):
			// The last -j: an earlier one is part of a comment.
			source, target := strings.Fields(line)[1], line[strings.LastIndex(line, " -j ")+1:]
			target, _, _ = strings.Cut(strings.TrimPrefix(target, "-j "), " ")
			if slices.Contains(remove, "-X "+target) && !slices.Contains(remove, "-X "+source) {
				unlink = append(unlink, "-D "+strings.TrimPrefix(line, "-A "))
			}
		case line == "COMMIT" && len(remove) > 0:
			for _, lines := range [][]string{{table}, flush, unlink, remove, {line}} {
				for _, l := range lines {
					script.WriteString(l + "\n")
				}
			}
		}
	}
	return script.String()
}

// declaredChain returns the chain that a line of iptables-save declares, if it is named like ours.
func declaredChain(line string) (string, bool) {
	name, isChain := strings.CutPrefix(strings.TrimSpace(line), ":")
	name, _, _ = strings.Cut(name, " ")
	return name, isChain && (strings.HasPrefix(name, "KUBE-") || strings.HasPrefix(name, "CNI-"))
}
