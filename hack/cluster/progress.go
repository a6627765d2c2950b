// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	progressInterval = 30 * time.Second
	logTailLines     = 20
)

// say prints progress; only results go to stdout.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "cluster: "+format+"\n", args...)
}

// step runs a part that can take long, and prints at intervals how long it has taken.
func step(what, usually string, do func() error) error {
	start := time.Now()
	elapsed := func() time.Duration { return time.Since(start).Round(time.Second) }
	say("%s … usually %s", what, usually)

	done := make(chan error, 1)
	go func() { done <- do() }()
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if err == nil {
				say("%s: done in %s", what, elapsed())
			}
			return err
		case <-ticker.C:
			say("%s … %s, usually %s", what, elapsed(), usually)
		}
	}
}

// runLogged runs a command to its end, with its output in a log.
func runLogged(cmd *exec.Cmd, logPath string) error {
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return withLog(fmt.Errorf("%s: %w", strings.Join(cmd.Args[:2], " "), err), logPath)
	}
	return nil
}

// output runs a command to its end and returns its stdout; its stderr is in the error.
func output(cmd *exec.Cmd) (string, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), err
}

// withLog adds a log's last lines, and where it is, to an error.
func withLog(err error, path string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\n%s\nthe whole log: %s", err, tail(path), path)
}

func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "  (no log)"
	}
	lines := strings.Split(string(bytes.TrimSpace(content)), "\n")
	if len(lines) > logTailLines {
		lines = lines[len(lines)-logTailLines:]
	}
	return "  " + strings.Join(lines, "\n  ")
}
