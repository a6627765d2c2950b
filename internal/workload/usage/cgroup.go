// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package usage

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// memoryLimit is the minimum of the machine's memory and the limits of the process's cgroup
// and its ancestors.
func memoryLimit(root fs.FS) (uint64, error) {
	limit, err := machineMemory(root)
	if err != nil {
		return 0, err
	}
	for _, folder := range cgroupFolders(root) {
		for _, file := range []string{"memory.max", "memory.limit_in_bytes"} { // v2, v1
			// Without a limit: max, or a number beyond all memory.
			if bytes, err := strconv.ParseUint(readLine(root, path.Join(folder, file)), 10, 64); err == nil {
				limit = min(limit, bytes)
			}
		}
	}
	return limit, nil
}

// cpuLimit is the minimum of the machine's cores and the limits, in cores, of the process's
// cgroup and its ancestors.
func cpuLimit(root fs.FS, cores float64) float64 {
	for _, folder := range cgroupFolders(root) {
		quota, period, _ := strings.Cut(readLine(root, path.Join(folder, "cpu.max")), " ") // v2
		if period == "" {
			quota = readLine(root, path.Join(folder, "cpu.cfs_quota_us")) // v1
			period = readLine(root, path.Join(folder, "cpu.cfs_period_us"))
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
func cgroupFolders(root fs.FS) []string {
	content, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil // Not Linux: no limits.
	}
	var folders []string
	for line := range strings.Lines(string(content)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // ID:CONTROLLERS:PATH
		if len(fields) != 3 {
			continue
		}
		for _, top := range hierarchies(fields[1]) {
			for own := path.Clean("/" + fields[2]); ; own = path.Dir(own) {
				folders = append(folders, path.Join(top, own))
				if own == "/" {
					break
				}
			}
		}
	}
	return folders
}

// hierarchies returns where the hierarchy of the controllers may be mounted. Version 2 has
// no controllers in /proc/self/cgroup.
func hierarchies(controllers string) []string {
	const mount = "sys/fs/cgroup"
	if controllers == "" {
		return []string{mount, mount + "/unified"}
	}
	for controller := range strings.SplitSeq(controllers, ",") {
		if controller == "memory" || controller == "cpu" {
			return []string{path.Join(mount, controller)}
		}
	}
	return nil
}

func machineMemory(root fs.FS) (uint64, error) {
	const file = "proc/meminfo"
	content, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, fmt.Errorf("reading the machine's memory: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line) // MemTotal: 1024 kB
		if len(fields) == 3 && fields[0] == "MemTotal:" {
			kib, err := strconv.ParseUint(fields[1], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("/%s: %w", file, err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("/%s has no MemTotal", file)
}

// readLine returns the file's content without its newline; empty if it can't be read.
func readLine(root fs.FS, file string) string {
	content, err := fs.ReadFile(root, file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
