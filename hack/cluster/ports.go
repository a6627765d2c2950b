// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"syscall"

	"github.com/prometheus/procfs"
	psnet "github.com/shirou/gopsutil/v4/net"
)

// ports are the TCP ports of a cluster that can be chosen, by their names in chosenListeners. They are
// chosen when it is made, and are part of its record.
type ports map[string]int

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

// chosenListeners have ports that can be chosen. The usual ones are unlike those of other clusters on purpose.
var chosenListeners = map[string]listener{
	"Etcd":              {"etcd", "tcp", loopbackIP, 12379},
	"APIServer":         {"kube-apiserver", "tcp", bridgeIP, 16443},
	"ControllerManager": {"kube-controller-manager", "tcp", loopbackIP, 20257},
	"Scheduler":         {"kube-scheduler", "tcp", loopbackIP, 20259},
	"Kubelet":           {"kubelet", "tcp", bridgeIP, 20250},
	"ProxyHealth":       {"kube-proxy", "tcp", loopbackIP, 20256},
	"ProxyMetrics":      {"kube-proxy", "tcp", loopbackIP, 20249},
}

// fixedListeners have ports that can't be chosen: a resolv.conf has no place for a port.
var fixedListeners = []listener{
	{"coredns", "udp", bridgeIP, dnsPort},
	{"coredns", "tcp", bridgeIP, dnsPort},
}

// choosePorts gives each of the listeners its usual port, or the next one that is free.
func choosePorts(ctx context.Context, listeners map[string]listener) (ports, error) {
	chosen := ports{}
	for _, name := range slices.Sorted(maps.Keys(listeners)) {
		wanted := listeners[name]
		l := wanted
		for ; ; l.port++ {
			if l.port == wanted.port+alternatives {
				return nil, fmt.Errorf("%d ports from %d on are in use, the first by %s, and the cluster's %s needs one of them on %s: "+
					"stop a process that uses one", alternatives, wanted.port, wanted.holder(), l.process, l.address)
			}
			inUse, err := l.inUse(ctx)
			if err != nil {
				return nil, err
			}
			if !inUse && !slices.Contains(slices.Collect(maps.Values(chosen)), l.port) {
				break
			}
		}
		if l.port != wanted.port {
			say("%s uses port %d: port %d is in use by %s", l.process, l.port, wanted.port, wanted.holder())
		}
		chosen[name] = l.port
	}
	return chosen, nil
}

// checkEnded fails if another program has taken a port of one of the cluster's processes that has
// ended and is about to be started again.
func (p ports) checkEnded(ctx context.Context, runs func(process string) bool) error {
	listeners := slices.Clone(fixedListeners)
	for name, l := range chosenListeners {
		l.port = p[name]
		listeners = append(listeners, l)
	}
	listeners = slices.DeleteFunc(listeners, func(l listener) bool { return runs(l.process) })
	return checkFree(ctx, listeners, "stop it, or make a new cluster, which chooses other ports: make cluster-down cluster-up")
}

// checkFree fails if a port of the listeners is in use, with the process that uses it, and what to do.
func checkFree(ctx context.Context, listeners []listener, remedy string) error {
	for _, l := range listeners {
		inUse, err := l.inUse(ctx)
		if err != nil {
			return err
		}
		if inUse {
			return fmt.Errorf("port %d (%s) is in use by %s, and the cluster's %s needs it on %s: %s",
				l.port, l.network, l.holder(), l.process, l.address, remedy)
		}
	}
	return nil
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
	sockets, err := psnet.Connections(l.network) // Of IPv6, too.
	if err != nil {
		return fmt.Sprintf("a process that can't be found (%v)", err)
	}
	for _, s := range sockets {
		if int(s.Laddr.Port) == l.port && s.Pid != 0 && slices.Contains([]string{"0.0.0.0", "::", l.address}, s.Laddr.IP) {
			owner, err := procfs.NewProc(int(s.Pid))
			if err != nil { // It has just ended.
				continue
			}
			name, _ := owner.Comm()
			return fmt.Sprintf("%s (pid %d)", name, s.Pid)
		}
	}
	return "a process that /proc does not show"
}
