// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// othersCgroups are the names that other kubelets give to the cgroup of all pods, by their driver.
var othersCgroups = []string{"kubepods", "kubepods.slice"}

// cgroupMounts are the cgroup hierarchies: on cgroup v1 there is one for each controller, on v2 a single one.
func cgroupMounts() ([]*mountinfo.Info, error) {
	return mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup", "cgroup2"))
}

// cgroups finds the cgroups at the top of any hierarchy that have one of the names.
func cgroups(hierarchies []*mountinfo.Info, names ...string) []string {
	var found []string
	for _, hierarchy := range hierarchies {
		for _, name := range names {
			dir := filepath.Join(hierarchy.Mountpoint, name)
			if _, err := os.Stat(dir); err == nil {
				found = append(found, dir)
			}
		}
	}
	return found
}

// makeCgroups makes the cgroup below which the kubelet keeps its pods. The kubelet insists on finding
// it in every hierarchy, and on v2 with every controller that it uses.
func makeCgroups(hierarchies []*mountinfo.Info) error {
	unified := !slices.ContainsFunc(hierarchies, func(m *mountinfo.Info) bool { return m.FSType == "cgroup" })
	for _, hierarchy := range hierarchies {
		parent := hierarchy.Mountpoint
		if unified {
			if err := passControllers(parent); err != nil {
				return err
			}
		}
		dir := filepath.Join(parent, cgroupName)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		// What the kubelet gives to all pods. A v1 cgroup weighs as much as one process outside of it,
		// beside which, on a busy machine, the pods would starve.
		settings := map[string]string{"cpu.shares": strconv.Itoa(1024 * runtime.NumCPU())}
		// A cpuset of v1 begins without processors and memory, and takes no process until it has some.
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			if inherited, err := os.ReadFile(filepath.Join(parent, name)); err == nil {
				settings[name] = string(inherited)
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		for name, value := range settings {
			if err := setIfThere(filepath.Join(dir, name), value); err != nil {
				return err
			}
		}
	}
	return nil
}

// passControllers hands the kubelet's controllers, as far as a v2 cgroup has them, to those below it.
func passControllers(dir string) error {
	available, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	var enable []string
	for _, controller := range []string{"cpu", "cpuset", "hugetlb", "memory", "pids"} {
		if slices.Contains(strings.Fields(string(available)), controller) {
			enable = append(enable, "+"+controller)
		}
	}
	return os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte(strings.Join(enable, " ")), 0o644)
}

// setIfThere sets one of a cgroup's values, if its hierarchy has it.
func setIfThere(path, value string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.WriteFile(path, []byte(value), 0o644)
}

// removeCgroups removes the cluster's cgroup with all that the kubelet and runc have made below it.
func removeCgroups(ctx context.Context) error {
	return waitFor(ctx, "the pods' cgroups to be removed", teardownTimeout, func() error {
		hierarchies, err := cgroupMounts()
		errs := []error{err}
		for _, dir := range slices.Backward(below(cgroups(hierarchies, cgroupName))) {
			errs = append(errs, os.Remove(dir)) // A cgroup's files need no removal.
		}
		return errors.Join(errs...)
	})
}

// anothersPods returns a cgroup in which another kubelet's pods run, empty if there is none.
func anothersPods(hierarchies []*mountinfo.Info) string {
	for _, cgroup := range cgroups(hierarchies, othersCgroups...) {
		if len(pidsIn([]string{cgroup})) > 0 {
			return cgroup
		}
	}
	return ""
}

// pidsIn lists the processes in cgroups and all below them.
func pidsIn(cgroups []string) []int {
	var pids []int
	for _, dir := range below(cgroups) {
		content, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		for line := range strings.FieldsSeq(string(content)) {
			if pid, err := strconv.Atoi(line); err == nil && pid > 0 && !slices.Contains(pids, pid) {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// below lists cgroups and all below them, each after its parent.
func below(cgroups []string) []string {
	var dirs []string
	for _, cgroup := range cgroups {
		_ = filepath.WalkDir(cgroup, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() { // One may be removed while we look.
				dirs = append(dirs, path)
			}
			return nil
		})
	}
	return dirs
}
