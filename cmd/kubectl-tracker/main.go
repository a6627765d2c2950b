// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// kubectl-tracker is a kubectl plugin: `kubectl tracker render -f FILE` shows,
// offline, the objects that the operator creates for a tracker, and `kubectl tracker
// page-test NAME` sends test alerts to the receivers of a tracker's alerts.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/catalog"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

// version is set by the linker.
var version = "dev"

const usage = `kubectl-tracker works with InterviewTrackers.

Usage:
  kubectl tracker render -f FILE [flags]   print the objects of a tracker
  kubectl tracker page-test NAME [flags]   send test alerts to the receivers of a level
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

const pageTestUsage = `Send a harmless test alert of each severity to the receivers of a level of escalation of the InterviewTracker
NAME, through the Alertmanager that routes its alerts, and print which receivers Alertmanager says they reach.
Whoever receives one reads that it is a test. It ends by itself after 6 minutes.

The severities are those of the level. Levels are counted from 1, in the order of
spec.monitoring.notifications.escalation; a tracker without notifications has only level 1, of both severities,
critical and warning.

The Alertmanager is the one that selects the tracker's AlertmanagerConfig, or, for a tracker without
spec.monitoring.notifications, the only one of the cluster. Rules of Prometheus take no part: an alert of
the tracker itself waits for its rule to fire, and escalates; a test alert does neither. Alertmanager has to
serve HTTP without TLS and without a login.

The exit status is 0 when each severity reaches a receiver, and 1 otherwise. For a tracker with
spec.monitoring.notifications these are its own. A test alert that is silenced, inhibited or under
spec.maintenance is reported as such, and counts as reaching its receivers.

Permissions that it needs:
  get interviewtrackers and alertmanagerconfigs in the tracker's namespace
  list alertmanagers in all namespaces; with --alertmanager, get in its namespace
  list pods and create pods/portforward in the namespace of Alertmanager
  get the tracker's namespace (without it, each alertmanagerConfigNamespaceSelector counts as selecting it)

Usage:
  kubectl tracker page-test NAME [flags]

Flags:
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
	case "page-test":
		return runPageTest(args[1:], stdout, stderr)
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

func runPageTest(args []string, stdout, stderr io.Writer) error {
	var namespace, named string
	var level int
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	overrides := &clientcmd.ConfigOverrides{}
	flags := flag.NewFlagSet("page-test", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), pageTestUsage)
		flags.PrintDefaults()
	}
	flags.StringVar(&namespace, "n", "", "`namespace` of the tracker (default that of the context)")
	flags.StringVar(&namespace, "namespace", "", "`namespace`, as -n")
	flags.StringVar(&named, "alertmanager", "", "`NAMESPACE/NAME` of the Alertmanager to send to")
	flags.IntVar(&level, "level", 1, "level `N` of escalation, whose receivers are tested")
	flags.StringVar(&rules.ExplicitPath, "kubeconfig", "", "`file` to read instead of those in KUBECONFIG, or ~/.kube/config")
	flags.StringVar(&overrides.CurrentContext, "context", "", "`context` of the kubeconfig to use instead of the current one")
	names, err := parseInterspersed(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return errUsage
	}
	if len(names) != 1 {
		flags.Usage()
		return errUsage
	}
	alertmanager, valid := namespacedName(named)
	if !valid {
		fmt.Fprintln(stderr, "--alertmanager must be NAMESPACE/NAME")
		return errUsage
	}

	kubeconfig := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	if namespace == "" {
		if namespace, _, err = kubeconfig.Namespace(); err != nil {
			return fmt.Errorf("reading the kubeconfig: %w", err)
		}
	}
	config, err := kubeconfig.ClientConfig()
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.Timeout = requestTimeout
	cluster, err := connect(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), pageTestTimeout)
	defer cancel()
	test := pageTest{cluster: cluster, forward: forwarder{config: config, stderr: stderr}.forward, start: time.Now(), out: stdout}
	return test.run(ctx, types.NamespacedName{Namespace: namespace, Name: names[0]}, alertmanager, level)
}

// parseInterspersed parses flags that may come before and after the other arguments, which it
// returns.
func parseInterspersed(flags *flag.FlagSet, args []string) ([]string, error) {
	var others []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return others, nil
		}
		others = append(others, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// namespacedName reads NAMESPACE/NAME, or nothing.
func namespacedName(text string) (types.NamespacedName, bool) {
	namespace, name, _ := strings.Cut(text, "/")
	valid := text == "" || namespace != "" && name != "" && !strings.Contains(name, "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, valid
}
