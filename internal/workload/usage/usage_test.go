// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package usage

import (
	"runtime"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	start := time.Now()
	after := func(elapsed, used time.Duration) reading { return reading{used: used, at: start.Add(elapsed)} }
	for name, test := range map[string]struct {
		to    reading
		cores float64
		want  float64
	}{
		"half of one core":     {after(10*time.Second, 5*time.Second), 1, 50},
		"of two cores":         {after(10*time.Second, 5*time.Second), 2, 25},
		"all of a small limit": {after(10*time.Second, 5*time.Second), 0.5, 100},
		"never above 100":      {after(10*time.Second, 11*time.Second), 1, 100},
		"no time has passed":   {after(0, time.Second), 1, 0},
	} {
		if got := percent(after(0, 0), test.to, test.cores); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// The measurements change with what the process does.
func TestMeasured(t *testing.T) {
	meter := NewMeter()
	before, err := meter.MemoryBytes()
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<20)
	for i := range block {
		block[i] = byte(i)
	}
	after, err := meter.MemoryBytes()
	if err != nil || after < before+(48<<20) {
		t.Errorf("%d bytes, and %d (%v) after taking 64 MiB", before, after, err)
	}
	runtime.KeepAlive(block)

	if cpu := meter.CPUPercent(); !(cpu > 0 && cpu <= 100) {
		t.Errorf("CPU %v%% after some work", cpu)
	}
	if m := meter.Metrics(); m.MemoryUsageMB < 48 {
		t.Errorf("metrics %+v", m)
	}
	disk, err := TemporaryDisk()
	if err != nil || disk.Total == 0 || disk.Free > disk.Total {
		t.Errorf("disk %+v, %v", disk, err)
	}
}

// Not every image has a folder for temporary files.
func TestTemporaryDiskWithoutFolder(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	if disk, err := TemporaryDisk(); err != nil || disk.Total == 0 {
		t.Errorf("disk %+v, %v", disk, err)
	}
}
