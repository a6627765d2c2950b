// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestKillSparesAReusedPid(t *testing.T) {
	victim := exec.CommandContext(t.Context(), "sleep", "60")
	if err := victim.Start(); err != nil {
		t.Skip(err)
	}
	go func() { _ = victim.Wait() }()
	p, err := inspect(victim.Process.Pid)
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}

	earlier := p
	earlier.Started--
	if err := earlier.kill(t.Context()); err != nil || !p.alive() {
		t.Fatalf("a process with the pid, but not the start time, was killed: %v", err)
	}
	otherBoot := p
	otherBoot.Boot = "before"
	if err := otherBoot.kill(t.Context()); err != nil || !p.alive() {
		t.Fatalf("a process with the pid, but of another boot, was killed: %v", err)
	}
	if err := p.kill(t.Context()); err != nil || p.alive() {
		t.Errorf("the recorded process was not killed: %v", err)
	}
}

func TestInspectOfNothing(t *testing.T) {
	if (process{Pid: os.Getpid(), Started: 1}).alive() {
		t.Error("this process is taken for another")
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock(interrupted, path, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a lock: %v", err)
	}
	never := func() error { return errors.New("not yet") }
	if err := waitFor(interrupted, "what never comes", time.Minute, never); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a condition: %v", err)
	}
}
