// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// kubectl-tracker is a kubectl plugin: `kubectl tracker render -f FILE` shows,
// offline, the objects that the operator creates for a tracker.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// version is set by the linker.
var version = "dev"

const usage = `kubectl-tracker works with InterviewTrackers.

Usage:
  kubectl tracker render -f FILE [flags]   print the objects of a tracker
  kubectl tracker version                  print the version
`

const renderUsage = `Print, offline, the objects that the operator applies for the InterviewTrackers in FILE, as YAML.

They are the objects of new trackers, whatever exists in a cluster. A tracker that the API server would
refuse is refused with the same message, and so is any other kind of object; then nothing is printed, and
the exit status is 1.

With spec.migrations, the Job that migrates the database and the Deployment of the API come last of the
workloads: the operator creates them one after the other.

Monitoring objects of every kind come at the end; the operator creates those whose kind is installed.
Names in spec.monitoring.alerts that no alert has are reported in a comment.

What depends on the cluster is left out: owner references have an empty uid, and the credentials contain
the word ` + placeholder + ` in place of the password that the operator generates. The operator also stores a
hash of each object in its annotation ` + v1alpha1.AnnotationIntent + `.

Usage:
  kubectl tracker render -f FILE [flags]

Flags (set images and allowed patches to the same values as the flags of your operator):
`

// errUsage is the error of an invalid command line; the message has been printed.
var errUsage = errors.New("usage")

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		printError(os.Stderr, err)
		os.Exit(1)
	}
}

// maxLine bounds a line of an error, in characters: it may quote a whole patch.
const maxLine = 20_000

// printError prints an error, which may quote what is in the file, as plain text: a terminal
// would obey some of it.
func printError(stderr io.Writer, err error) {
	prefix := "error: "
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(stderr, prefix+words.Line(line, maxLine))
		prefix = ""
	}
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	command := "help"
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "render":
		return runRender(args[1:], stdin, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, version)
		return nil
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return nil
	default:
		fmt.Fprintf(stderr, "unknown command %q\n\n%s", command, usage)
		return errUsage
	}
}

func runRender(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	var file, namespace string
	parts := catalog.Default()
	flags := flag.NewFlagSet("render", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), renderUsage)
		flags.PrintDefaults()
	}
	flags.StringVar(&file, "f", "", "`file` to read, or - for the standard input")
	flags.StringVar(&file, "filename", "", "`file`, as -f")
	flags.StringVar(&namespace, "n", "", "`namespace` of trackers that name none (default \"default\"); others must be of it")
	flags.StringVar(&namespace, "namespace", "", "`namespace`, as -n")
	parts.ImageFlags(flags)
	parts.PatchFlag(flags)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if file == "" || flags.NArg() > 0 {
		flags.Usage()
		return errUsage
	}

	in := stdin
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the user names the file
		if err != nil {
			return err
		}
		defer opened.Close()
		in = opened
	}
	return render(context.Background(), in, stdout, namespace, parts)
}
