// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package usage measures the memory, CPU and disk usage of this process, and their limits.
package usage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/procfs"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// interval is how often the CPU time is read: CPUPercent is the average of one interval.
const interval = 5 * time.Second

// Meter measures this process, and the limits of its cgroup. In a container it is the only
// process, so its usage is the container's.
type Meter struct {
	cores float64

	mu       sync.Mutex
	last     reading
	percent  float64 // Between the last two readings.
	measured bool    // There have been two readings.
}

// reading is the CPU time that the process had used at some time.
type reading struct {
	used time.Duration
	at   time.Time
}

// NewMeter returns a meter of this process.
func NewMeter() *Meter {
	return &Meter{cores: cpuLimit("/", float64(runtime.NumCPU())), last: readCPU()}
}

// Run keeps CPUPercent current until ctx ends.
func (m *Meter) Run(ctx context.Context) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			now := readCPU()
			m.mu.Lock()
			m.percent, m.last, m.measured = percent(m.last, now, m.cores), now, true
			m.mu.Unlock()
		}
	}
}

// CPUPercent is the CPU time used, in percent of the cgroup's limit, or of all cores without
// one, from 0 to 100: the average of the last complete interval of five seconds, and before
// the first, since NewMeter.
func (m *Meter) CPUPercent() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.measured {
		return percent(m.last, readCPU(), m.cores)
	}
	return m.percent
}

func readCPU() reading {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // It can't fail for the own process.
	}
	return reading{used: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), at: time.Now()}
}

// percent is the share of the cores that was used between two readings. The two clocks
// differ slightly, so the quotient may exceed 100.
func percent(from, to reading, cores float64) float64 {
	elapsed := to.at.Sub(from.at).Seconds()
	if elapsed <= 0 {
		return 0
	}
	return min(100, 100*(to.used-from.used).Seconds()/(elapsed*cores))
}

// MemoryBytes is the resident memory.
func (m *Meter) MemoryBytes() (uint64, error) {
	self, err := procfs.Self()
	if err != nil {
		return 0, fmt.Errorf("reading the resident memory: %w", err)
	}
	stat, err := self.Stat()
	if err != nil {
		return 0, fmt.Errorf("reading the resident memory: %w", err)
	}
	return uint64(stat.ResidentMemory()), nil //nolint:gosec // a size is positive
}

// MemoryLimitBytes is the cgroup's memory limit, or the machine's memory if that is smaller.
func (m *Meter) MemoryLimitBytes() (uint64, error) { return memoryLimit("/") }

// Metrics returns the measurements in the units of /health/detailed, without the uptime.
func (m *Meter) Metrics() contract.Metrics {
	const mib = 1 << 20
	bytes, err := m.MemoryBytes()
	if err != nil {
		bytes = 0 // not Linux
	}
	return contract.Metrics{
		MemoryUsageMB:   int64((bytes + mib/2) / mib),
		CPUUsagePercent: math.Round(m.CPUPercent()*10) / 10,
	}
}

// Disk is the space of a file system in bytes.
type Disk struct {
	Free  uint64 // For unprivileged processes.
	Total uint64
}

// TemporaryDisk measures the file system of the folder for temporary files, the only place
// where the tracker may write, or of / if there is none.
func TemporaryDisk() (Disk, error) {
	folder := os.TempDir()
	if _, err := os.Stat(folder); err != nil {
		folder = "/"
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return Disk{}, fmt.Errorf("measuring the disk of %s: %w", folder, err)
	}
	block := uint64(stat.Bsize) //nolint:gosec // a block size is positive
	return Disk{Free: stat.Bavail * block, Total: stat.Blocks * block}, nil
}

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
