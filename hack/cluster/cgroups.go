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
)

// othersCgroups are the names that other kubelets give to the cgroup of all pods, by their driver.
var othersCgroups = []string{"kubepods", "kubepods.slice"}

// cgroups finds the cgroups at the top of any hierarchy that have one of the names: on cgroup v1
// there is a hierarchy for each controller, on v2 a single one.
func cgroups(all []mount, names ...string) []string {
	var found []string
	for _, hierarchy := range hierarchies(all) {
		for _, name := range names {
			dir := filepath.Join(hierarchy.point, name)
			if _, err := os.Stat(dir); err == nil {
				found = append(found, dir)
			}
		}
	}
	return found
}

func hierarchies(all []mount) []mount {
	var found []mount
	for _, m := range all {
		if m.kind == "cgroup" || m.kind == "cgroup2" {
			found = append(found, m)
		}
	}
	return found
}

// makeCgroups makes the cgroup below which the kubelet keeps its pods. The kubelet insists on finding
// it in every hierarchy, and on v2 with every controller that it uses.
func makeCgroups(all []mount) error {
	unified := !slices.ContainsFunc(all, func(m mount) bool { return m.kind == "cgroup" })
	for _, hierarchy := range hierarchies(all) {
		if unified {
			if err := passControllers(hierarchy.point); err != nil {
				return err
			}
		}
		dir := filepath.Join(hierarchy.point, cgroupName)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		// A cpuset of v1 begins without processors and memory, and takes no process until it has some.
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			inherited, err := os.ReadFile(filepath.Join(hierarchy.point, name))
			if err == nil {
				err = setIfThere(filepath.Join(dir, name), string(inherited))
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		// What the kubelet gives to all pods. A v1 cgroup weighs as much as one process outside of it,
		// beside which, on a busy machine, the pods would starve.
		if err := setIfThere(filepath.Join(dir, "cpu.shares"), strconv.Itoa(1024*runtime.NumCPU())); err != nil {
			return err
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
		var errs []error
		for _, cgroup := range cgroups(mounts(), cgroupName) {
			var dirs []string
			_ = filepath.WalkDir(cgroup, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					dirs = append(dirs, path)
				}
				return nil
			})
			slices.Reverse(dirs) // The innermost first; a cgroup's files need no removal.
			for _, dir := range dirs {
				errs = append(errs, os.Remove(dir))
			}
		}
		return errors.Join(errs...)
	})
}

// anothersPods returns a cgroup in which another kubelet's pods run, if there is one.
func anothersPods(all []mount) (cgroup string, found bool) {
	for _, cgroup := range cgroups(all, othersCgroups...) {
		if len(pidsIn(cgroup)) > 0 {
			return cgroup, true
		}
	}
	return "", false
}

// pidsIn lists the processes in cgroups and all below them.
func pidsIn(cgroups ...string) []int {
	var pids []int
	for _, cgroup := range cgroups {
		_ = filepath.WalkDir(cgroup, func(path string, entry fs.DirEntry, _ error) error {
			if entry == nil || entry.Name() != "cgroup.procs" {
				return nil // A cgroup may be removed while we look.
			}
			content, _ := os.ReadFile(path)
			for line := range strings.FieldsSeq(string(content)) {
				if pid, err := strconv.Atoi(line); err == nil && pid > 0 && !slices.Contains(pids, pid) {
					pids = append(pids, pid)
				}
			}
			return nil
		})
	}
	return pids
}
