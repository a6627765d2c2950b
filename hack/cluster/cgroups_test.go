// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/sys/mountinfo"
)

// hierarchy imitates a cgroup mount. The kernel makes a cgroup's files with it; here they are made
// beforehand.
func hierarchy(t *testing.T, kind string, files map[string]string) *mountinfo.Info {
	t.Helper()
	m := &mountinfo.Info{Mountpoint: t.TempDir(), FSType: kind}
	for name, content := range files {
		path := filepath.Join(m.Mountpoint, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func contents(t *testing.T, m *mountinfo.Info, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(m.Mountpoint, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

func TestMakeCgroupsOnV1(t *testing.T) {
	cpuset := hierarchy(t, "cgroup", map[string]string{
		"cpuset.cpus": "0-3\n", cgroupName + "/cpuset.cpus": "\n",
		"cpuset.mems": "0\n", cgroupName + "/cpuset.mems": "\n",
	})
	pids := hierarchy(t, "cgroup", nil)
	// A machine with v1's controllers may have v2 mounted beside them, to no effect.
	v2 := hierarchy(t, "cgroup2", map[string]string{"cgroup.controllers": "hugetlb\n", "cgroup.subtree_control": ""})
	if err := makeCgroups([]*mountinfo.Info{cpuset, pids, v2}); err != nil {
		t.Fatal(err)
	}

	if got := cgroups([]*mountinfo.Info{cpuset, pids, v2}, cgroupName); len(got) != 3 {
		t.Errorf("it exists in %q", got)
	}
	for name, want := range map[string]string{"cpuset.cpus": "0-3", "cpuset.mems": "0"} {
		if got := contents(t, cpuset, filepath.Join(cgroupName, name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := contents(t, v2, "cgroup.subtree_control"); got != "" {
		t.Errorf("the machine's cgroup v2 was changed: %q", got)
	}
}

func TestMakeCgroupsOnV2(t *testing.T) {
	v2 := hierarchy(t, "cgroup2", map[string]string{
		"cgroup.controllers": "cpuset cpu io memory pids misc\n", "cgroup.subtree_control": "",
	})
	if err := makeCgroups([]*mountinfo.Info{v2}); err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, v2, "cgroup.subtree_control"), "+cpu +cpuset +memory +pids"; got != want {
		t.Errorf("the cgroup gets the controllers %q, want %q", got, want)
	}
	if got := cgroups([]*mountinfo.Info{v2}, cgroupName); len(got) != 1 {
		t.Errorf("it exists in %q", got)
	}
}

func TestAnothersPods(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"ours":                     {map[string]string{cgroupName + "/kubepods/burstable/pod1/cgroup.procs": "4711\n"}, false},
		"another's":                {map[string]string{"kubepods/burstable/pod1/cgroup.procs": "4711\n"}, true},
		"another's, under systemd": {map[string]string{"kubepods.slice/pod1.slice/cgroup.procs": "4711\n"}, true},
		"what one has left":        {map[string]string{"kubepods/burstable/cgroup.procs": ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if cgroup := anothersPods([]*mountinfo.Info{hierarchy(t, "cgroup", test.files)}); (cgroup != "") != test.want {
				t.Errorf("got %q", cgroup)
			}
		})
	}
}
