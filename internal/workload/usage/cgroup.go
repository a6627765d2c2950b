// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package usage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

// memoryLimit is the minimum of the machine's memory and the limits of the process's cgroup
// and its ancestors. The root folder has /proc and /sys/fs/cgroup.
func memoryLimit(root string) (uint64, error) {
	proc, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return 0, fmt.Errorf("reading the machine's memory: %w", err)
	}
	machine, err := proc.Meminfo()
	if err != nil {
		return 0, fmt.Errorf("reading the machine's memory: %w", err)
	}
	if machine.MemTotalBytes == nil {
		return 0, errors.New("/proc/meminfo has no MemTotal")
	}
	limit := *machine.MemTotalBytes
	for _, folder := range cgroupFolders(root) {
		for _, file := range []string{"memory.max", "memory.limit_in_bytes"} { // v2, v1
			// Without a limit: max, or a number beyond all memory.
			if bytes, err := strconv.ParseUint(readLine(folder, file), 10, 64); err == nil {
				limit = min(limit, bytes)
			}
		}
	}
	return limit, nil
}

// cpuLimit is the minimum of the machine's cores and the limits, in cores, of the process's
// cgroup and its ancestors.
func cpuLimit(root string, cores float64) float64 {
	for _, folder := range cgroupFolders(root) {
		quota, period, _ := strings.Cut(readLine(folder, "cpu.max"), " ") // v2
		if period == "" {
			quota = readLine(folder, "cpu.cfs_quota_us") // v1
			period = readLine(folder, "cpu.cfs_period_us")
		}
		// Without a limit: max, or -1.
		q, errQ := strconv.ParseFloat(quota, 64)
		p, errP := strconv.ParseFloat(period, 64)
		if errQ == nil && errP == nil && q > 0 && p > 0 {
			cores = min(cores, q/p)
		}
	}
	return cores
}

// cgroupFolders lists the folders, which need not exist, that may have limits of this
// process: of each hierarchy its own and its ancestors'. In a container the hierarchy's
// root is usually the container's own cgroup while /proc still has the path on the host:
// walking up finds it.
func cgroupFolders(root string) []string {
	fs, err := procfs.NewFS(filepath.Join(root, "proc"))
	if err != nil {
		return nil // Not Linux: no limits.
	}
	self, err := fs.Self()
	if err != nil {
		return nil
	}
	cgroups, err := self.Cgroups()
	if err != nil {
		return nil
	}
	var folders []string
	for _, cgroup := range cgroups {
		for _, mount := range mounts(cgroup.Controllers) {
			for own := filepath.Clean("/" + cgroup.Path); ; own = filepath.Dir(own) {
				folders = append(folders, filepath.Join(root, "sys/fs/cgroup", mount, own))
				if own == "/" {
					break
				}
			}
		}
	}
	return folders
}

// mounts returns where in /sys/fs/cgroup the hierarchy of the controllers may be mounted.
// Version 2 has no controllers in /proc/self/cgroup.
func mounts(controllers []string) []string {
	if len(controllers) == 0 {
		return []string{"", "unified"}
	}
	for _, controller := range controllers {
		if controller == "memory" || controller == "cpu" {
			return []string{controller}
		}
	}
	return nil
}

// readLine returns the file's content without its newline; empty if it can't be read.
func readLine(folder, file string) string {
	content, _ := os.ReadFile(filepath.Join(folder, file)) //nolint:gosec // a file of the kernel
	return strings.TrimSpace(string(content))
}
