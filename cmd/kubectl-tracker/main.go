// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// kubectl-tracker is a kubectl plugin, kubectl tracker: it looks at InterviewTrackers, and works
// with them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/diff"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/doctor"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/events"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/logs"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/open"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/pagetest"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/render"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/report"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/restart"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/retry"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/scale"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/status"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/suspend"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/wait"
	"github.com/interview-tracker/interview-tracker-operator/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	code := plugin.Run(ctx, newRoot(streams), os.Args[1:], streams.ErrOut)
	stop()
	os.Exit(code)
}

// newRoot returns kubectl tracker with all of its commands.
func newRoot(streams genericiooptions.IOStreams) *cobra.Command {
	flags := genericclioptions.NewConfigFlags(true)
	root := plugin.NewRoot(flags, streams,
		events.NewCommand(flags, streams),
		logs.NewCommand(flags, streams),
		open.NewCommand(flags, streams),
		doctor.NewCommand(flags, streams),
		diff.NewCommand(flags, streams),
		pagetest.NewCommand(flags, streams),
		render.NewCommand(flags, streams),
		report.NewCommand(flags, streams),
		restart.NewCommand(flags, streams),
		retry.NewCommand(flags, streams),
		scale.NewCommand(flags, streams),
		status.NewCommand(flags, streams),
		suspend.NewCommand(flags, streams),
		suspend.NewResumeCommand(flags, streams),
		wait.NewCommand(flags, streams),
		newVersion(streams),
	)
	root.Version = version.Get().String()
	root.SetVersionTemplate("{{.Version}}\n")
	return root
}

func newVersion(streams genericiooptions.IOStreams) *cobra.Command {
	var format plugin.Format
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this plugin, with its commit",
		Args:  plugin.Args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if format != "" {
				return format.Print(streams.Out, version.Get())
			}
			_, err := fmt.Fprintln(streams.Out, version.Get())
			return err
		},
	}
	plugin.AddFormatFlag(cmd, &format)
	return cmd
}
