// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// occupy listens on a port of an address until the test ends.
func occupy(t *testing.T, network, address string) int {
	t.Helper()
	if strings.HasPrefix(network, "udp") {
		conn, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return portOf(conn.LocalAddr())
	}
	server, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return portOf(server.Addr())
}

func portOf(address net.Addr) int { return int(netip.MustParseAddrPort(address.String()).Port()) }

// thisProcess is how an error names the test's own process.
func thisProcess(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	return fmt.Sprintf("%s (pid %d)", strings.TrimSpace(string(name)), os.Getpid())
}

func TestAPortInUseIsReportedWithItsProcess(t *testing.T) {
	for name, test := range map[string]struct{ network, listens, wanted string }{
		"the same address":     {"tcp4", "127.0.0.1:0", loopbackIP},
		"all IPv4 addresses":   {"tcp4", "0.0.0.0:0", loopbackIP},
		"all addresses":        {"tcp", "[::]:0", loopbackIP},
		"a bridge to be made":  {"tcp4", "0.0.0.0:0", bridgeIP},
		"a DNS server's port":  {"udp4", "0.0.0.0:0", bridgeIP},
		"on all addresses too": {"udp", "[::]:0", bridgeIP},
	} {
		t.Run(name, func(t *testing.T) {
			l := listener{"kubelet", test.network[:3], test.wanted, occupy(t, test.network, test.listens)}
			err := checkFree(t.Context(), []listener{l}, "stop it")
			if err == nil {
				t.Fatal("the port counts as free")
			}
			want := fmt.Sprintf("port %d (%s) is in use by %s, and the cluster's kubelet needs it on %s: stop it",
				l.port, l.network, thisProcess(t), l.address)
			if err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestAPortOfAnotherAddressIsFree(t *testing.T) {
	port := occupy(t, "tcp4", "127.0.0.1:0")
	for _, l := range []listener{
		{"kubelet", "tcp", bridgeIP, port}, // The server listens elsewhere.
		{"coredns", "udp", loopbackIP, port},
	} {
		if err := checkFree(t.Context(), []listener{l}, "stop it"); err != nil {
			t.Error(err)
		}
	}
}

func TestPortsInUseAreReplaced(t *testing.T) {
	taken := occupy(t, "tcp4", "127.0.0.1:0")
	// All want the same port, so each needs one of its own after it.
	wanted := maps.Clone(chosenListeners)
	for name, l := range wanted {
		l.port = taken
		wanted[name] = l
	}
	chosen, err := choosePorts(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if chosen["APIServer"] != taken {
		t.Errorf("kube-apiserver gets port %d, although %d is free on its own address", chosen["APIServer"], taken)
	}
	seen := map[int]bool{}
	for name, port := range chosen {
		if wanted[name].address == loopbackIP && port == taken {
			t.Errorf("%s gets a port that is in use", name)
		}
		if seen[port] || port < taken || port > taken+alternatives {
			t.Errorf("%s gets port %d, want one of its own after %d", name, port, taken)
		}
		seen[port] = true
	}
	if len(chosen) != len(wanted) {
		t.Errorf("%d of %d listeners get a port", len(chosen), len(wanted))
	}
}

func TestOnlyProcessesThatHaveEndedNeedTheirPorts(t *testing.T) {
	p := ports{"Kubelet": occupy(t, "tcp4", "0.0.0.0:0")}
	if err := p.checkEnded(t.Context(), func(string) bool { return true }); err != nil {
		t.Errorf("the kubelet runs, and its port is its own: %v", err)
	}
	err := p.checkEnded(t.Context(), func(process string) bool { return process != "kubelet" })
	if err == nil || !strings.Contains(err.Error(), thisProcess(t)) || !strings.Contains(err.Error(), "make cluster-down cluster-up") {
		t.Errorf("the kubelet has ended, and another program has its port: %v", err)
	}
}
