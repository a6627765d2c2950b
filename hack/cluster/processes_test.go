// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
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

// execTest is the environment variable by which the test binary executes another program at once.
const execTest = "CLUSTER_TEST_EXEC"

func TestMain(m *testing.M) {
	if program := os.Getenv(execTest); program != "" {
		// While main waits, its thread may run something else.
		signals, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		context.AfterFunc(signals, stop)
		stop()
		<-signals.Done()
		panic(syscall.Exec(program, []string{program, "60"}, nil))
	}
	os.Exit(m.Run())
}

// A process that executes another program never looks as if it had ended.
func TestExecutingIsNotEnding(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		c := exec.CommandContext(t.Context(), os.Args[0])
		c.Env = []string{execTest + "=" + sleep}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for executed := false; !executed; {
			if _, err := inspect(c.Process.Pid); err != nil {
				t.Fatalf("the process counts as ended: %v", err)
			}
			program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", c.Process.Pid))
			executed = err == nil && filepath.Base(program) != filepath.Base(os.Args[0])
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // It was killed.
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
