// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ports are the TCP ports of a cluster that can be chosen. They are chosen when it is made, and are
// part of its record.
type ports struct {
	Etcd, APIServer, ControllerManager, Scheduler, Kubelet, ProxyHealth, ProxyMetrics int
}

// usualPorts are unlike those of other clusters on purpose.
var usualPorts = ports{
	Etcd:              12379,
	APIServer:         16443,
	ControllerManager: 20257,
	Scheduler:         20259,
	Kubelet:           20250,
	ProxyHealth:       20256,
	ProxyMetrics:      20249,
}

const (
	loopbackIP = "127.0.0.1"
	dnsPort    = 53

	// alternatives is how many ports after the usual one are tried.
	alternatives = 200
)

// listener is a port that one of the cluster's processes listens on.
type listener struct {
	process string // The name under which it is recorded.
	network string // "tcp" or "udp"
	address string
	port    int
}

// fixedListeners have ports that can't be chosen: a resolv.conf has no place for a port.
func fixedListeners() []listener {
	return []listener{
		{"coredns", "udp", bridgeIP, dnsPort},
		{"coredns", "tcp", bridgeIP, dnsPort},
	}
}

// each calls a function with every listener and the place of its port.
func (p *ports) each(do func(l listener, port *int) error) error {
	for _, l := range []struct {
		process, address string
		port             *int
	}{
		{"etcd", loopbackIP, &p.Etcd},
		{"kube-apiserver", bridgeIP, &p.APIServer},
		{"kube-controller-manager", loopbackIP, &p.ControllerManager},
		{"kube-scheduler", loopbackIP, &p.Scheduler},
		{"kubelet", bridgeIP, &p.Kubelet},
		{"kube-proxy", loopbackIP, &p.ProxyHealth},
		{"kube-proxy", loopbackIP, &p.ProxyMetrics},
	} {
		if err := do(listener{l.process, "tcp", l.address, *l.port}, l.port); err != nil {
			return err
		}
	}
	return nil
}

// choose replaces each port that is in use by the next one that is free.
func (p *ports) choose(ctx context.Context) error {
	var chosen []int
	return p.each(func(l listener, port *int) error {
		wanted := l
		for ; l.port < wanted.port+alternatives; l.port++ {
			if slices.Contains(chosen, l.port) {
				continue
			}
			inUse, err := l.inUse(ctx)
			if err != nil {
				return err
			}
			if inUse {
				continue
			}
			if l.port != wanted.port {
				say("%s uses port %d: port %d is in use by %s", l.process, l.port, wanted.port, wanted.holder())
			}
			*port = l.port
			chosen = append(chosen, l.port)
			return nil
		}
		return fmt.Errorf("%d ports from %d on are in use, the first by %s, and the cluster's %s needs one of them on %s: stop a process that uses one",
			alternatives, wanted.port, wanted.holder(), l.process, l.address)
	})
}

// checkFixed fails if a port that can't be chosen is in use.
func checkFixed(ctx context.Context, listeners []listener) error {
	for _, l := range listeners {
		if err := l.check(ctx, "stop it, or restrict it to its own addresses"); err != nil {
			return err
		}
	}
	return nil
}

// checkEnded fails if another program has taken a port of one of the cluster's processes that has
// ended and is about to be started again.
func (p *ports) checkEnded(ctx context.Context, ended func(process string) bool) error {
	check := func(l listener, _ *int) error {
		if !ended(l.process) {
			return nil
		}
		return l.check(ctx, "stop it, or make a new cluster, which chooses other ports: make cluster-down cluster-up")
	}
	if err := p.each(check); err != nil {
		return err
	}
	return checkFixed(ctx, slices.DeleteFunc(fixedListeners(), func(l listener) bool { return !ended(l.process) }))
}

// check returns an error with the process that uses the port, and what to do.
func (l listener) check(ctx context.Context, remedy string) error {
	inUse, err := l.inUse(ctx)
	if err != nil || !inUse {
		return err
	}
	return fmt.Errorf("port %d (%s) is in use by %s, and the cluster's %s needs it on %s: %s",
		l.port, l.network, l.holder(), l.process, l.address, remedy)
}

// inUse reports whether the process could not listen now.
func (l listener) inUse(ctx context.Context) (bool, error) {
	// The bridge's address may not exist yet.
	config := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) error {
		const ipFreebind = 15 // See ip(7); package syscall has it for Linux alone.
		var failed error
		err := conn.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipFreebind, 1)
		})
		return errors.Join(err, failed)
	}}
	address := net.JoinHostPort(l.address, strconv.Itoa(l.port))
	var socket interface{ Close() error }
	var err error
	if l.network == "udp" {
		socket, err = config.ListenPacket(ctx, "udp4", address)
	} else {
		socket, err = config.Listen(ctx, "tcp4", address)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("trying port %d (%s) of %s: %w", l.port, l.network, l.process, err)
	}
	return false, socket.Close()
}

// holder names the process that keeps the listener from its port: "nginx (pid 4711)".
func (l listener) holder() string {
	var inodes []string
	for _, table := range []string{l.network, l.network + "6"} {
		content, _ := os.ReadFile("/proc/net/" + table)
		for _, s := range parseSockets(string(content)) {
			if s.conflictsWith(l) {
				inodes = append(inodes, s.inode)
			}
		}
	}
	paths, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, path := range paths {
		target, _ := os.Readlink(path) // It may be closed by now.
		inode := strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")
		if !slices.Contains(inodes, inode) {
			continue
		}
		pid := strings.Split(path, "/")[2]
		name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return "a process that /proc does not show"
}

// socket is a line of /proc/net/tcp, udp, tcp6 or udp6.
type socket struct {
	local netip.AddrPort
	inode string
}

func (s socket) conflictsWith(l listener) bool {
	address := s.local.Addr().Unmap()
	return int(s.local.Port()) == l.port && (address.IsUnspecified() || address == netip.MustParseAddr(l.address))
}

// parseSockets reads such a file: see proc(5).
func parseSockets(table string) []socket {
	const localField, inodeField = 1, 9
	var all []socket
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) <= inodeField || fields[inodeField] == "0" { // No process has it open any more.
			continue
		}
		if local, ok := parseAddress(fields[localField]); ok {
			all = append(all, socket{local, fields[inodeField]})
		}
	}
	return all
}

// parseAddress reads an address such as 0100007F:1F90. It consists of words of four bytes, each in
// the byte order of the machine.
func parseAddress(text string) (netip.AddrPort, bool) {
	address, port, _ := strings.Cut(text, ":")
	bytes, err := hex.DecodeString(address)
	if err != nil || len(bytes)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(bytes, 4) {
		slices.Reverse(word) // Little-endian, as amd64 and arm64 are.
	}
	ip, ok := netip.AddrFromSlice(bytes)
	number, err := strconv.ParseUint(port, 16, 16)
	return netip.AddrPortFrom(ip, uint16(number)), ok && err == nil
}
