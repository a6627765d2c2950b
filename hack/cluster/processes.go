// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/yaml"
)

const (
	execCommand  = "exec-recorded"
	searchPath   = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	processesDir = runDir + "/processes"
	deathTimeout = time.Minute
)

// process identifies a started process: a pid alone may have been reused by another one.
type process struct {
	Name    string
	Pid     int
	Started uint64 // Clock ticks from boot to the process's start.
	Boot    string // The kernel's random id of this boot.
}

// start runs long-lived processes of the cluster, as config/commands.yaml has them, unless they already run.
func (l layout) start(ctx context.Context, names ...string) error {
	var commands map[string][]string
	if err := readYAML(l.config("commands.yaml"), &commands); err != nil {
		return err
	}
	for _, name := range names {
		if runs(name) {
			continue
		}
		if err := l.startProcess(ctx, name, commands[name]); err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
	}
	return nil
}

// startProcess uses execRecorded, so that no process runs without a record, whenever this program is killed.
func (l layout) startProcess(ctx context.Context, name string, argv []string) error {
	if err := os.MkdirAll(processesDir, 0o700); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(l.log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(self, append([]string{execCommand, name}, argv...)...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + searchPath, "HOME=" + l.state()}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // Collects it when it ends.
	return waitFor(ctx, name+"'s record", deathTimeout, func() error {
		p, err := recorded(name)
		if err == nil && p.Pid != cmd.Process.Pid {
			err = errors.New("not written yet")
		}
		return err
	})
}

// init keeps main on the process's first thread: if another thread executes a program, the kernel shows the
// process as a zombie for a moment, and it would count as ended.
func init() { runtime.LockOSThread() }

// execRecorded records this process under the name args[0] and becomes the program args[1:].
func execRecorded(args []string) error {
	p, err := inspect(os.Getpid())
	if err != nil {
		return err
	}
	p.Name = args[0]
	if err := writeJSON(recordPath(p.Name), p); err != nil {
		return err
	}
	return syscall.Exec(args[1], args[1:], os.Environ())
}

func recordPath(name string) string { return filepath.Join(processesDir, name+".json") }

func recorded(name string) (process, error) {
	var p process
	return p, readYAML(recordPath(name), &p)
}

// allRecorded lists the recorded processes, dead ones included.
func allRecorded() []process {
	paths, _ := filepath.Glob(recordPath("*"))
	var all []process
	for _, path := range paths {
		if p, err := recorded(strings.TrimSuffix(filepath.Base(path), ".json")); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// alive reports whether the recorded process still runs, and not another one with its pid.
func (p process) alive() bool {
	now, err := inspect(p.Pid)
	return err == nil && now.Started == p.Started && now.Boot == p.Boot
}

// runs reports whether the process that is recorded under a name is alive.
func runs(name string) bool {
	p, err := recorded(name)
	return err == nil && p.alive()
}

// kill ends the recorded process, and nothing else that has got its pid since.
func (p process) kill(ctx context.Context) error {
	// The handle is bound to one process before the check, so that the check holds for it. It always exists on Unix.
	handle, _ := os.FindProcess(p.Pid)
	if !p.alive() {
		return nil
	}
	// SIGKILL, as the whole cluster is about to be removed and kube-apiserver would drain for a minute.
	if err := handle.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending %s (pid %d): %w", p.Name, p.Pid, err)
	}
	return waitFor(ctx, fmt.Sprintf("the end of %s (pid %d)", p.Name, p.Pid), deathTimeout, func() error {
		if p.alive() {
			return errors.New("it still runs")
		}
		return nil
	})
}

// inspect reads a live process's identity.
func inspect(pid int) (process, error) {
	live, err := procfs.NewProc(pid)
	if err != nil {
		return process{}, err
	}
	stat, err := live.Stat()
	if err != nil {
		return process{}, err
	}
	if stat.State == "Z" || stat.State == "X" {
		return process{}, os.ErrProcessDone
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return process{Pid: pid, Started: stat.Starttime, Boot: strings.TrimSpace(string(boot))}, err
}

// waitFor repeats a check until it passes.
func waitFor(ctx context.Context, what string, timeout time.Duration, check func() error) error {
	var failed error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, timeout, true, func(context.Context) (bool, error) {
		failed = check()
		return failed == nil, nil
	})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
	}
	return fmt.Errorf("waited %s for %s: %w", timeout, what, failed)
}

// readyTimeout is generous: a start on an idle machine takes seconds.
const readyTimeout = 2 * time.Minute

// waitUntilReady repeats a check until it passes, or the process that it is about has ended.
func (l layout) waitUntilReady(ctx context.Context, name, what string, check func() error) error {
	var ended error
	err := waitFor(ctx, what, readyTimeout, func() error {
		if runs(name) {
			return check()
		}
		ended = fmt.Errorf("%s has ended", name)
		return nil // There is nothing to wait for.
	})
	if ctx.Err() != nil {
		return err
	}
	return withLog(errors.Join(ended, err), l.log(name))
}

// readYAML reads a file in YAML or JSON.
func readYAML(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(content, into)
}

// writeJSON replaces a file as a whole.
func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
