// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

const minimal = `apiVersion: apps.interviewtracker.dev/v1alpha1
kind: InterviewTracker
metadata: {name: hiring}
spec: {version: "1.0.0"}
`

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"version"}, {"render", "--help"}, {"help", "render"}} {
		streams, _, stdout, stderr := genericiooptions.NewTestIOStreams()
		if code := plugin.Run(t.Context(), newRoot(streams), args, stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%v: code %d, %s", args, code, stderr)
		}
		if stdout.Len() == 0 {
			t.Errorf("%v: no help", args)
		}
	}
}

// What scripts see: exit codes, and standard output apart from standard error.
func TestExitCodes(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "kubectl-tracker")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file := filepath.Join(t.TempDir(), "tracker.yaml")
	if err := os.WriteFile(file, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args   []string
		input  string
		code   int
		stderr string
	}{
		"file":    {args: []string{"render", "-f", file}},
		"pipe":    {args: []string{"render", "-f", "-"}, input: minimal},
		"dash":    {args: []string{"render", "-filename", file, "-api-repository=r/api"}},
		"help":    {args: []string{"render", "-h"}},
		"invalid": {args: []string{"render", "-f", "-"}, input: strings.ReplaceAll(minimal, "version", "versionn"), code: 1, stderr: "error: InterviewTracker in version"},
		"hostile": {
			args: []string{"render", "-f", "-"}, input: strings.ReplaceAll(minimal, "version", `"ver\e[31m\u202esion\x07"`), code: 1,
			stderr: `unknown field "spec.version"`,
		},
		"usage":   {args: []string{"render"}, code: 2, stderr: "Usage:"},
		"unknown": {args: []string{"draw"}, code: 2, stderr: `unknown command "draw"`},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			command := exec.CommandContext(t.Context(), binary, test.args...)
			command.Stdin, command.Stdout, command.Stderr = strings.NewReader(test.input), &stdout, &stderr
			err := command.Run()
			if got := command.ProcessState.ExitCode(); got != test.code {
				t.Errorf("got code %d (%v), want %d", got, err, test.code)
			}
			if !strings.Contains(stderr.String(), test.stderr) || (test.stderr == "") != (stderr.Len() == 0) {
				t.Errorf("stderr: got %q, want %q", stderr.String(), test.stderr)
			}
			if (test.stderr == "") != (stdout.Len() > 0) {
				t.Errorf("stdout: %.100q", stdout.String())
			}
		})
	}
}
