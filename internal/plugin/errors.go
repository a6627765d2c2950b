// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// The exit codes that commands share.
const (
	// CodeFailure is that of an error.
	CodeFailure = 1
	// CodeUsage is that of a command line that is not valid.
	CodeUsage = 2
	// codeInterrupted is the one of a program that SIGINT ends.
	codeInterrupted = 130
)

// MaxLine bounds a line of what is printed, in characters: it may quote a whole patch.
const MaxLine = 20_000

// ExitError is an error with the exit code that documents it. Without an error in it, it is
// not printed: what there is to say has been.
type ExitError struct {
	Code int
	Err  error
	// usage has the usage of the command printed below it.
	usage bool
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the error without its exit code.
func (e *ExitError) Unwrap() error { return e.Err }

// Usagef returns an error of a command line that is not valid.
func Usagef(format string, args ...any) error {
	return &ExitError{Code: CodeUsage, Err: fmt.Errorf(format, args...), usage: true}
}

// Args makes usage errors of those of cobra's validation of arguments.
func Args(validate cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := validate(cmd, args); err != nil {
			return Usagef("%w", err)
		}
		return nil
	}
}

// codeOf returns the exit code that an error documents.
func codeOf(err error) int {
	if exit := (*ExitError)(nil); errors.As(err, &exit) {
		return exit.Code
	}
	return CodeFailure
}

// isUsage reports whether an error is one of a command line that is not valid.
func isUsage(err error) bool {
	exit := (*ExitError)(nil)
	return errors.As(err, &exit) && exit.usage
}

// silent reports whether an error has been printed already.
func silent(err error) bool {
	exit := (*ExitError)(nil)
	return errors.As(err, &exit) && exit.Err == nil
}

// printError prints an error, which may quote what is in a file or an object, as plain text: a
// terminal would obey some of it.
func printError(stderr io.Writer, err error) {
	prefix := "error: "
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(stderr, prefix+words.Line(line, MaxLine))
		prefix = ""
	}
}
