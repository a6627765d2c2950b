// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
)

// RunFunc is what a command does with a tracker of a cluster, which is in the cluster's namespace.
type RunFunc func(ctx context.Context, cluster *Cluster, name string) error

// ForTracker has a command take the name of one tracker. What its flags must be is for its PreRunE to say.
func ForTracker(flags *genericclioptions.ConfigFlags, cmd *cobra.Command, run RunFunc) *cobra.Command {
	cmd.Args = oneName
	return connected(flags, cmd, run)
}

// ForTrackers has a command take the name of one tracker, or none: the name is empty then.
func ForTrackers(flags *genericclioptions.ConfigFlags, cmd *cobra.Command, run RunFunc) *cobra.Command {
	cmd.Args = Args(cobra.MaximumNArgs(1))
	return connected(flags, cmd, run)
}

func connected(flags *genericclioptions.ConfigFlags, cmd *cobra.Command, run RunFunc) *cobra.Command {
	cmd.ValidArgsFunction = completeName(flags)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cluster, err := Connect(flags)
		if err != nil {
			return err
		}
		name := ""
		if len(args) > 0 {
			name = args[0]
		}
		return run(cmd.Context(), cluster, name)
	}
	return cmd
}

func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return Usagef("%s takes the name of one InterviewTracker, and got %d", cmd.CommandPath(), len(args))
	}
	return nil
}

// FailWith has a command fail with a code. It is for those whose code 1 says something else.
func FailWith(code int, cmd *cobra.Command) *cobra.Command {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := run(cmd, args)
		if exit := (*ExitError)(nil); err == nil || errors.As(err, &exit) {
			return err
		}
		return &ExitError{Code: code, Err: err}
	}
	return cmd
}

// CompleteFlag completes the values of a flag that has a few.
func CompleteFlag(cmd *cobra.Command, flag string, values []string) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)))
}

// File is a file with trackers, which a command reads.
type File string

// AddFileFlag adds -f to a command that reads trackers, and the flags of the operator that decide what it makes
// of them.
func AddFileFlag(cmd *cobra.Command, file *File, parts *catalog.Catalog) {
	cmd.Flags().StringVarP((*string)(file), "filename", "f", "", "`file` to read, or - for the standard input")
	own := flag.NewFlagSet(cmd.Name(), flag.ContinueOnError)
	parts.ImageFlags(own)
	parts.PatchFlag(own)
	cmd.Flags().AddGoFlagSet(own)
}

// Open opens the file, or returns the standard input.
func (f File) Open(stdin io.Reader) (io.ReadCloser, error) {
	switch f {
	case "":
		return nil, Usagef("name a file with -f, or - for the standard input")
	case "-":
		return io.NopCloser(stdin), nil
	}
	return os.Open(string(f)) //nolint:gosec // the user names the file
}
