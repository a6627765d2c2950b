// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

const rootHelp = `Look at InterviewTrackers, and work with them.

Exit codes: 0 is success, 1 a failure, and 2 a command line that is not valid. Commands with
others say so in their help.`

// NewRoot returns kubectl tracker with its commands, and with kubectl's own flags.
func NewRoot(flags *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams, commands ...*cobra.Command) *cobra.Command {
	log.SetLogger(logr.Discard()) // Without one, controller-runtime's client complains of it after half a minute.
	root := &cobra.Command{
		Use:           "kubectl-tracker",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl tracker"},
		Short:         "Look at InterviewTrackers, and work with them",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return Usagef("%w", err) })
	flags.AddFlags(root.PersistentFlags())
	root.AddCommand(commands...)
	root.AddCommand(newCompletion(streams), newOptions(streams))
	completeFlags(root, flags)
	return root
}

// known refuses a command that there is not.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see kubectl tracker --help"
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		hint = "did you mean " + strings.Join(similar, " or ") + "?"
	}
	return Usagef("unknown command %q: %s", args[0], hint)
}

// Run runs a command line and returns the exit code. It prints the error, if there is one.
func Run(ctx context.Context, root *cobra.Command, args []string, stderr io.Writer) int {
	root.SetArgs(twoDashes(root, args))
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return codeInterrupted
	case silent(err):
		return codeOf(err)
	}
	printError(stderr, err)
	if isUsage(err) {
		fmt.Fprintf(stderr, "\nUsage:\n  %s\n\nSee %s --help.\n", command.UseLine(), command.CommandPath())
	}
	return codeOf(err)
}

// twoDashes writes -flag as --flag: earlier versions took both.
func twoDashes(root *cobra.Command, args []string) []string {
	command, _, err := root.Find(args)
	if err != nil {
		return args
	}
	args = append([]string{}, args...) // Not nil: cobra would take the program's own.
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && len(name) > 1 && command.Flag(name) != nil {
			args[i] = "-" + arg
		}
	}
	return args
}

// usage prints how a command is used. kubectl's own flags are listed by one command.
func usage(cmd *cobra.Command) error {
	out := cmd.OutOrStderr()
	fmt.Fprintf(out, "Usage:\n  %s\n", useLine(cmd))
	if cmd.HasExample() {
		fmt.Fprintf(out, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(out, "\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(out, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if own := cmd.LocalNonPersistentFlags(); own.HasAvailableFlags() {
		fmt.Fprintf(out, "\nFlags:\n%s", own.FlagUsages())
	}
	fmt.Fprint(out, "\nkubectl's own flags, such as -n and --context, are listed by kubectl tracker options.\n")
	return nil
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}

func newOptions(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "options",
		Short: "List kubectl's own flags, which every command takes",
		Args:  Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(streams.Out, cmd.Root().PersistentFlags().FlagUsages())
			return err
		},
	}
}
