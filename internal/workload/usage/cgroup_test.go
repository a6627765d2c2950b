// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package usage

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

const meminfo = "MemTotal:       16384000 kB\nMemFree:         1024 kB\n" // 16000 MiB

// copied writes the files to a folder, in which this process has the ID 1.
func copied(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	if len(files) > 0 {
		if err := os.Symlink("1", filepath.Join(folder, "proc", "self")); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestLimits(t *testing.T) {
	const mib = 1 << 20
	for name, test := range map[string]struct {
		files  map[string]string
		memory uint64
		cores  float64
	}{
		"no cgroups": {
			files:  map[string]string{},
			memory: 16000 * mib, cores: 8,
		},
		"v2 in a container": {
			files: map[string]string{
				"proc/1/cgroup":            "0::/\n",
				"sys/fs/cgroup/memory.max": "268435456\n",
				"sys/fs/cgroup/cpu.max":    "50000 100000\n",
			},
			memory: 256 * mib, cores: 0.5,
		},
		"v2 without limits": {
			files: map[string]string{
				"proc/1/cgroup":            "0::/\n",
				"sys/fs/cgroup/memory.max": "max\n",
				"sys/fs/cgroup/cpu.max":    "max 100000\n",
			},
			memory: 16000 * mib, cores: 8,
		},
		"v2 with the limit on an ancestor": {
			files: map[string]string{
				"proc/1/cgroup":                                         "0::/system.slice/tracker.service\n",
				"sys/fs/cgroup/system.slice/memory.max":                 "536870912\n",
				"sys/fs/cgroup/system.slice/tracker.service/memory.max": "max\n",
				"sys/fs/cgroup/system.slice/tracker.service/cpu.max":    "200000 100000\n",
			},
			memory: 512 * mib, cores: 2,
		},
		"v1 in a container, which sees the path of the host": {
			files: map[string]string{
				"proc/1/cgroup": "5:cpu,cpuacct:/kubepods/pod1/abc\n4:memory:/kubepods/pod1/abc\n1:name=systemd:/kubepods\n",
				"sys/fs/cgroup/memory/memory.limit_in_bytes": "134217728\n",
				"sys/fs/cgroup/cpu/cpu.cfs_quota_us":         "150000\n",
				"sys/fs/cgroup/cpu/cpu.cfs_period_us":        "100000\n",
			},
			memory: 128 * mib, cores: 1.5,
		},
		"v1 without limits": {
			files: map[string]string{
				"proc/1/cgroup": "5:cpu,cpuacct:/\n4:memory:/\n",
				"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
				"sys/fs/cgroup/cpu/cpu.cfs_quota_us":         "-1\n",
				"sys/fs/cgroup/cpu/cpu.cfs_period_us":        "100000\n",
			},
			memory: 16000 * mib, cores: 8,
		},
		"both versions": {
			files: map[string]string{
				"proc/1/cgroup": "3:memory:/a\n0::/a\n",
				"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "134217728\n",
				"sys/fs/cgroup/unified/a/cpu.max":              "100000 100000\n",
			},
			memory: 128 * mib, cores: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{"proc/meminfo": {Data: []byte(meminfo)}}
			for file, content := range test.files {
				root[file] = &fstest.MapFile{Data: []byte(content)}
			}
			folder := copied(t, root)
			memory, err := memoryLimit(folder)
			if err != nil || memory != test.memory {
				t.Errorf("memory %d (%v), want %d", memory, err, test.memory)
			}
			if cores := cpuLimit(folder, 8); cores != test.cores {
				t.Errorf("cores %v, want %v", cores, test.cores)
			}
		})
	}
}

func TestMachineMemoryUnknown(t *testing.T) {
	for name, root := range map[string]fstest.MapFS{
		"no file":  {},
		"no total": {"proc/meminfo": {Data: []byte("MemFree: 1 kB\n")}},
		"nonsense": {"proc/meminfo": {Data: []byte("MemTotal: much kB\n")}},
	} {
		if _, err := memoryLimit(copied(t, root)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
