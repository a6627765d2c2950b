// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// ensureBridge creates the bridge of the pods' network. It exists before any pod, because its address is
// the node's: API server, kubelet and DNS listen on it.
func ensureBridge() error {
	if interfaceExists(bridgeName) {
		return nil
	}
	prefix := netip.PrefixFrom(netip.MustParseAddr(bridgeIP), netip.MustParsePrefix(podCIDR).Bits()).String()
	for _, args := range [][]string{
		// A fixed hardware address, or it would change with the pods that come and go.
		{"link", "add", bridgeName, "address", "02:00:0a:c9:00:01", "type", "bridge"},
		{"address", "add", prefix, "dev", bridgeName},
		{"link", "set", bridgeName, "up"},
	} {
		if _, err := output(exec.Command("ip", args...)); err != nil {
			return err
		}
	}
	return nil
}

func removeBridge() error {
	if !interfaceExists(bridgeName) {
		return nil
	}
	_, err := output(exec.Command("ip", "link", "delete", bridgeName))
	return err
}

func interfaceExists(name string) bool {
	_, err := net.InterfaceByName(name)
	return err == nil
}

// savedRules are the machine's rules as iptables-save prints them, by the flavour of iptables that made
// them. The legacy ones are used only if the kernel has legacy tables: they create the tables.
func savedRules() map[string]string {
	rules := map[string]string{}
	for flavour, tables := range map[string]string{
		"iptables-nft":     "",
		"ip6tables-nft":    "",
		"iptables-legacy":  "/proc/net/ip_tables_names",
		"ip6tables-legacy": "/proc/net/ip6_tables_names",
	} {
		if content, _ := os.ReadFile(tables); tables != "" && len(content) == 0 {
			continue
		}
		// It fails if it is not installed, or not in this kernel: then there are no rules of its kind.
		if saved, err := output(exec.Command(flavour + "-save")); err == nil {
			rules[flavour] = saved
		}
	}
	return rules
}

// ourChains lists the existing chains that kube-proxy and the CNI plugins make.
func ourChains() []string {
	var chains []string
	for _, saved := range savedRules() {
		for line := range strings.Lines(saved) {
			if chain, ok := declaredChain(line); ok {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

// removeChains removes those chains, less the given, and the rules that lead to them.
func removeChains(except []string) error {
	for flavour, saved := range savedRules() {
		if script := removalScript(saved, except); script != "" {
			restore := exec.Command(flavour+"-restore", "--noflush")
			restore.Stdin = strings.NewReader(script)
			if _, err := output(restore); err != nil {
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
			for _, l := range slices.Concat([]string{table}, flush, unlink, remove, []string{line}) {
				script.WriteString(l + "\n")
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
