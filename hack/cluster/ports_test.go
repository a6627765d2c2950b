// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
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
			err := checkFixed(t.Context(), []listener{l})
			if err == nil {
				t.Fatal("the port counts as free")
			}
			want := fmt.Sprintf("port %d (%s) is in use by %s, and the cluster's kubelet needs it on %s: stop it, or ",
				l.port, l.network, thisProcess(t), l.address)
			if !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s…", err, want)
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
		if err := checkFixed(t.Context(), []listener{l}); err != nil {
			t.Error(err)
		}
	}
}

func TestPortsInUseAreReplaced(t *testing.T) {
	taken := occupy(t, "tcp4", "127.0.0.1:0")
	// All want the same port, so each needs one of its own after it.
	chosen := ports{taken, taken, taken, taken, taken, taken, taken}
	if err := chosen.choose(t.Context()); err != nil {
		t.Fatal(err)
	}
	if chosen.APIServer != taken {
		t.Errorf("kube-apiserver gets port %d, although %d is free on its own address", chosen.APIServer, taken)
	}
	seen := map[int]bool{}
	_ = chosen.each(func(l listener, _ *int) error {
		if l.address == loopbackIP && l.port == taken {
			t.Errorf("%s gets a port that is in use", l.process)
		}
		if seen[l.port] || l.port < taken || l.port > taken+alternatives {
			t.Errorf("%s gets port %d, want one of its own after %d", l.process, l.port, taken)
		}
		seen[l.port] = true
		return nil
	})
}

// Every port of the cluster is checked: none is left out of the list, and none stands there twice.
func TestEachPortHasAListener(t *testing.T) {
	p := usualPorts
	fields := map[*int]bool{}
	_ = p.each(func(_ listener, port *int) error {
		fields[port] = true
		return nil
	})
	if want := reflect.TypeFor[ports]().NumField(); len(fields) != want {
		t.Errorf("%d listeners, want %d", len(fields), want)
	}
}

func TestOnlyProcessesThatHaveEndedNeedTheirPorts(t *testing.T) {
	p := usualPorts
	p.Kubelet = occupy(t, "tcp4", "0.0.0.0:0")
	if err := p.checkEnded(t.Context(), func(string) bool { return false }); err != nil {
		t.Errorf("the kubelet runs, and its port is its own: %v", err)
	}
	err := p.checkEnded(t.Context(), func(process string) bool { return process == "kubelet" })
	if err == nil || !strings.Contains(err.Error(), thisProcess(t)) || !strings.Contains(err.Error(), "make cluster-down cluster-up") {
		t.Errorf("the kubelet has ended, and another program has its port: %v", err)
	}
}

func TestParseSockets(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D000 06 00000000:00000000 03:00000F00 00000000     0        0 0 3 0000000000000000
   2: 0000000000000000FFFF00000100007F:0035 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4712 1
   3: nonsense
`
	got := parseSockets(table)
	want := []socket{
		{netip.MustParseAddrPort("127.0.0.1:8080"), "4711"},
		{netip.MustParseAddrPort("[::ffff:127.0.0.1]:53"), "4712"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
