// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moby/sys/mount"
	"github.com/moby/sys/mountinfo"
	"github.com/prometheus/procfs"
)

// teardownTimeout is how long a busy machine may take for a part, such as the end of hundreds of processes one by one.
const teardownTimeout = 2 * time.Minute

// down stops the checkout's cluster and removes what it made, whatever state it is in.
func down(ctx context.Context, l layout) error {
	unlock, err := lockMachine(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := readRecord()
	if err != nil {
		return err
	}
	if r != nil && r.Root != l.root {
		say("the cluster on this machine belongs to %s: leaving it alone", r.Root)
		r = nil
	}
	if r == nil {
		return removeState(l) // What is left after a reboot of the machine.
	}
	start := time.Now()
	if err := teardown(ctx, l, r); err != nil {
		return fmt.Errorf("stopping the cluster: %w", err)
	}
	say("down in %s; logs and the audit log are kept in %s", time.Since(start).Round(100*time.Millisecond), l.state())
	return nil
}

// untouched reports whether nothing is left of the checkout's cluster. A user who may not read the
// machine's record has not started it.
func untouched(l layout) bool {
	_, err := os.Stat(recordFile)
	exists := err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
	state, err := l.leftInState()
	return !exists && err == nil && len(state) == 0
}

// teardown first removes what starts processes, then what they use. It removes the record last, so that a
// failed teardown can be repeated.
func teardown(ctx context.Context, l layout, r *record) error {
	for _, part := range []func() error{
		func() error { return killRecorded(ctx) },
		func() error { return killShimsAndPods(ctx) },
		func() error { return unmountBelow(ctx, runDir) },
		func() error { return unmountBelow(ctx, l.state()) },
		removeBridge,
		func() error { return removeCgroups(ctx) },
		r.restore,
		r.removeShared,
		func() error { return removeState(l) },
		func() error { return removeTree(runDir) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// killRecorded kills the kubelet and containerd first, as they would start more processes.
func killRecorded(ctx context.Context) error {
	processes := allRecorded()
	slices.SortStableFunc(processes, func(a, b process) int { return killRank(a.Name) - killRank(b.Name) })
	for _, p := range processes {
		if err := p.kill(ctx); err != nil {
			return err
		}
	}
	return nil
}

func killRank(name string) int {
	if i := slices.Index([]string{"kubelet", "containerd"}, name); i >= 0 {
		return i
	}
	return 2
}

// killShimsAndPods ends what containerd started: its shims and runc's, and all that runs in the
// cluster's cgroup.
func killShimsAndPods(ctx context.Context) error {
	return waitFor(ctx, "the end of the pods' processes", teardownTimeout, func() error {
		pids, err := runtimePids()
		if err != nil {
			return err
		}
		hierarchies, err := cgroupMounts()
		if err != nil {
			return err
		}
		pids = append(pids, pidsIn(cgroups(hierarchies, cgroupName))...)
		for _, pid := range pids {
			if p, err := inspect(pid); err == nil { // It may be gone by now.
				p.Name = "a pod's process"
				if err := p.kill(ctx); err != nil {
					return err
				}
			}
		}
		if len(pids) > 0 {
			return fmt.Errorf("%d are left", len(pids))
		}
		return nil
	})
}

// runtimePids finds the shims and runc's that work in the cluster's own folder.
func runtimePids() ([]int, error) {
	processes, err := procfs.AllProcs()
	var pids []int
	for _, p := range processes {
		if argv, err := p.CmdLine(); err == nil && isOurRuntime(argv) { // It may have ended by now.
			pids = append(pids, p.PID)
		}
	}
	return pids, err
}

func isOurRuntime(argv []string) bool {
	if len(argv) == 0 { // A kernel thread.
		return false
	}
	program := filepath.Base(argv[0])
	return (program == "containerd-shim-runc-v2" || program == "runc") &&
		slices.ContainsFunc(argv, func(arg string) bool { return strings.HasPrefix(arg, runDir+"/") })
}

// mountsBelow lists the mounts on a folder and below it.
func mountsBelow(dir string) ([]*mountinfo.Info, error) {
	return mountinfo.GetMounts(mountinfo.PrefixFilter(dir))
}

// unmountBelow unmounts what is listed below a folder, and nothing that the folder, if it is a link, leads to.
func unmountBelow(ctx context.Context, dir string) error {
	return waitFor(ctx, "unmounting", teardownTimeout, func() error {
		mounts, err := mountsBelow(dir)
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(mounts) {
			// Lazily: a process that is still dying may hold a mount for a moment.
			if err := mount.Unmount(m.Mountpoint); err != nil {
				return err
			}
		}
		left, err := mountsBelow(dir)
		if len(left) > 0 {
			return fmt.Errorf("%d mounts are left below %s", len(left), dir)
		}
		return err
	})
}

// removeState removes the state of the checkout's cluster, except its logs.
func removeState(l layout) error {
	paths, err := l.leftInState()
	errs := []error{err}
	for _, path := range paths {
		errs = append(errs, removeTree(path))
	}
	return errors.Join(errs...)
}

// leftInState lists what removeState removes.
func (l layout) leftInState() ([]string, error) {
	entries, err := os.ReadDir(l.state())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	for _, entry := range entries {
		if name := entry.Name(); name != "logs" && name != "audit.log" {
			paths = append(paths, l.state(name))
		}
	}
	return paths, err
}

// removeTree is os.RemoveAll that refuses to walk into a mount, behind which may be anything.
func removeTree(dir string) error {
	below, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	if len(below) > 0 {
		return fmt.Errorf("%s is not removed, as %s is mounted there: unmount it first", dir, below[0].Mountpoint)
	}
	return os.RemoveAll(dir)
}
