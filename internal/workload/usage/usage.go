// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package usage measures what this process uses of the memory, processor and
// disk that it may use.
package usage

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// interval is how often the processor time is read: CPUPercent is the average
// of one interval.
const interval = 5 * time.Second

// Meter measures this process, and the limits of the cgroup that it is in. In a
// container the process is alone, so its usage is the container's.
type Meter struct {
	root  fs.FS // of the file system: /proc and /sys/fs/cgroup are read
	cores float64

	mu       sync.Mutex
	last     reading
	percent  float64 // between the last two readings
	measured bool    // there have been two
}

// reading is the processor time that the process had used at a moment.
type reading struct {
	used time.Duration
	at   time.Time
}

// NewMeter makes a meter of this process.
func NewMeter() *Meter {
	root := os.DirFS("/")
	return &Meter{root: root, cores: cpuLimit(root, float64(runtime.NumCPU())), last: readCPU()}
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

// CPUPercent is the processor time used, in percent of the cgroup's limit, or
// of all cores where there is none, from 0 to 100: the average of the last whole
// interval of five seconds, and before there is one, since NewMeter.
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
		panic(err) // it does not fail for ourselves
	}
	return reading{used: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), at: time.Now()}
}

// percent is the share that was used of the cores between two readings. The
// clocks are not quite the same: it may come out a little above the possible.
func percent(from, to reading, cores float64) float64 {
	elapsed := to.at.Sub(from.at).Seconds()
	if elapsed <= 0 {
		return 0
	}
	return min(100, 100*(to.used-from.used).Seconds()/(elapsed*cores))
}

// MemoryBytes is the resident memory.
func (m *Meter) MemoryBytes() (uint64, error) {
	const file = "proc/self/statm" // size and resident, in pages
	content, err := fs.ReadFile(m.root, file)
	if err != nil {
		return 0, fmt.Errorf("reading the resident memory: %w", err)
	}
	fields := strings.Fields(string(content))
	if len(fields) < 2 {
		return 0, fmt.Errorf("/%s is %q", file, content)
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/%s: %w", file, err)
	}
	return pages * uint64(os.Getpagesize()), nil //nolint:gosec // a page size is positive
}

// MemoryLimitBytes is the cgroup's memory limit, or the machine's memory where
// that is less.
func (m *Meter) MemoryLimitBytes() (uint64, error) {
	return memoryLimit(m.root)
}

// Metrics are the measurements in the units of /health/detailed, without the
// uptime.
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
	Free  uint64 // for a process without privileges
	Total uint64
}

// TemporaryDisk measures the file system of the folder for temporary files, the
// only place where the tracker may write, or of / where there is no such folder.
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
